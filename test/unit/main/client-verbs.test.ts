import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeContexts } from '../../../src/cli/connection/contexts.ts';
import { own } from '../../../src/system/own-files.ts';
import { eventually } from '../../support/eventually.ts';
import { printed } from '../../support/printed.ts';
import { type ShopApi, startShopApi } from '../../support/shop-api.ts';
import { signingKey } from '../../support/signing.ts';
import { shows, startOnTerminal, type TerminalProcess } from '../../support/terminal.ts';

// Every verb of the command line as people and pipelines have it: the package that the API offers, as a process of its own,
// on a terminal and in a pipe, beside an API that answers what Gantry's would.

const digest = `sha256:${'ab'.repeat(32)}`;
const key = `gtk_${'0'.repeat(16)}_${'a'.repeat(43)}`;
const junit = '<testsuite timestamp="2026-11-23T08:12:40Z" time="2"><testcase name="adds"/></testsuite>';

let api: ShopApi;
let folder: string;
/** The program of the package. */
let gantry: string;
const open: (() => unknown)[] = [];
beforeAll(async () => {
  api = await startShopApi();
  folder = await mkdtemp(join(tmpdir(), 'gantry-verbs-'));
  await promisify(execFile)('tar', ['-xzf', own('dist/cli.tgz'), '-C', folder]);
  gantry = join(folder, 'package/bin/gantry.js');
  const repository = join(folder, 'repository');
  await mkdir(join(repository, 'dev'), { recursive: true });
  const files = {
    'shop.yaml': 'service: shop\nenvironment: production\nprocedure: blue-green\n',
    'report.xml': junit,
    'ci.key': signingKey().privatePem,
    'envelope.json': JSON.stringify({ payload: '', payloadType: '', signatures: [] }),
    'dev/endpoints.json': JSON.stringify({ api: api.url }),
    'dev/tokens.json': JSON.stringify({ 'key:alice': key }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(repository, name), content);
  await writeContexts(join(repository, 'config.json'), {
    current: 'mine',
    contexts: { mine: { api: api.url, subject: 'key:alice', key } },
  });
});
afterAll(async () => {
  for (const end of open) end();
  api.close();
  await rm(folder, { recursive: true, force: true });
});

/** A repository with a login, for one process. */
async function newRepository(): Promise<string> {
  const into = await mkdtemp(join(folder, 'run-'));
  await cp(join(folder, 'repository'), into, { recursive: true });
  return into;
}

interface How {
  /** Variables beside those of a login that is kept. */
  readonly env?: Readonly<Record<string, string>>;
  /** What comes on the input of a pipe. */
  readonly input?: string;
}

async function onTerminal(words: readonly string[], { env = {} }: How = {}): Promise<TerminalProcess> {
  const into = await newRepository();
  const started = startOnTerminal(words, { GANTRY_CONFIG: join(into, 'config.json'), ...env }, into, 100, gantry);
  open.push(started.kill);
  return started;
}

async function startPiped(words: readonly string[], { env = {}, input = '' }: How = {}) {
  const into = await newRepository();
  const child = spawn(process.execPath, [gantry, ...words], {
    cwd: into,
    env: { PATH: process.env['PATH'] ?? '', GANTRY_CONFIG: join(into, 'config.json'), ...env },
  });
  open.push(() => child.kill('SIGKILL'));
  child.stdin.end(input);
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')] as const).then(
    ([output, talk, [code]]) => ({ code: code as number | null, output, talk }),
  );
  return { child, ended };
}
const inPipe = async (words: readonly string[], how?: How) => (await startPiped(words, how)).ended;

interface Example {
  readonly words: readonly string[];
  /** What a person sees, and a pipe has on its output. */
  readonly shows: RegExp;
  /** What a person is asked, and answers with yes. */
  readonly asks?: RegExp;
}

const request = [
  '--project',
  'shop.yaml',
  '--release',
  '1.4.2',
  '--digest',
  digest,
  '--uri',
  'shop:1.4.2',
  '--reason',
  'a fix',
];
const stage = ['--stage', 'system', '--artifact', digest];
const reason = ['--reason', 'a test'];

/** One call of each command that speaks to the API. */
const examples: Readonly<Record<string, Example>> = {
  init: { words: ['cart', '--yes'], shows: /^ {2}gantry\.yaml$/m },
  login: {
    words: ['again', '--dev', 'dev', '--as', 'key:alice'],
    shows: /^Logged in to .* as Alice Roe \(key:alice\)/m,
  },
  logout: { words: [], shows: /^mine is forgotten\.$/m },
  plan: { words: [...request, '-o', 'plan.json'], shows: /^Nothing is blocked\.$/m },
  deploy: { words: request, shows: /^shop\.production\.7 {2}1\.4\.2 {2}executing$/m },
  watch: { words: ['shop.production.6'], shows: /succeeded[^]*^shop\/production serves 1\.4\.1$/m },
  status: {
    words: ['https://any.example/deployments/shop.production.7'],
    shows: /^ {2}→ gantry approve shop\/production --gate go$/m,
  },
  list: { words: [], shows: /^shop\.production\.7 {2}1\.4\.2 {2}.*executing$/m },
  record: { words: ['@'], shows: /^# Record of shop$/m },
  approve: {
    words: ['shop/production', '--gate', 'go'],
    asks: /\/release: 1\.4\.1 → 1\.4\.2\n+Approve shop\.production\.7\? \[y\/N\]/,
    shows: /^You approved gate go of shop\.production\.7\.$/m,
  },
  reject: {
    words: ['@'],
    asks: /undo start: [^]*Reject shop\.production\.7\?/,
    shows: /^You rejected shop\.production\.7\.$/m,
  },
  withdraw: {
    words: ['@', '--gate', 'go'],
    shows: /^You withdrew your approval of gate go of shop\.production\.7\.$/m,
  },
  abort: {
    words: ['@'],
    asks: /undo start: [^]*Abort shop\.production\.7\?/,
    shows: /^shop\.production\.7 is being aborted\.[^]*^→ gantry watch shop\.production\.7 follows/m,
  },
  rollback: {
    words: ['shop/production'],
    asks: /undo start: [^]*Abort shop\.production\.7\?/,
    shows: /^shop\.production\.7 is being aborted\.$/m,
  },
  pause: { words: ['@'], shows: /^shop\.production\.7 pauses before its next step or phase\.$/m },
  resume: { words: ['@'], shows: /^shop\.production\.7 goes on\.$/m },
  acknowledge: { words: ['@', '--for', 'handoff'], shows: /^You acknowledged the handoff of shop\.production\.7\.$/m },
  complete: { words: ['@', '--step', 'go'], shows: /^Step go is reported as done\.$/m },
  note: { words: ['@', 'as expected'], shows: /^Your note stands in the record of shop\.production\.7\.$/m },
  'evidence list': { words: [digest], shows: /^system {7}PASSED/m },
  'evidence run': {
    words: [...stage, '--key', 'ci.key', '--no-reports', '--', 'true'],
    shows: /^system PASSED of sha256:/m,
  },
  'evidence keygen': { words: ['--out', 'new'], shows: /^new\.key signs, keep it secret/m },
  'evidence sign': { words: [...stage, '--key', 'ci.key', '--junit', 'report.xml'], shows: /"signatures": \[/ },
  'evidence statement': { words: [...stage, '--junit', 'report.xml'], shows: /"predicateType": / },
  'evidence submit': { words: ['envelope.json'], shows: /^system PASSED of sha256:/m },
  'target list': { words: [], shows: /^shop\/production {2}1\.4\.1 \(blue\) {2}held by shop\.production\.7$/m },
  'target show': { words: ['shop/production'], shows: /^serves 1\.4\.1 for .* now, by shop\.production\.6$/m },
  'target adopt': {
    words: ['shop/production', '--release', '1.4.2', '--digest', digest, '--uri', 'shop:1.4.2', ...reason],
    asks: /Adopt shop\/production as serving 1\.4\.2\?/,
    shows: /^shop\/production {2}1\.4\.1/m,
  },
  'target resolve': {
    words: ['shop/production', '--decision', 'compensate', ...reason],
    asks: /Compensate shop\.production\.7\?/,
    shows: /^The repair is shop\.production\.8/m,
  },
  'target review': {
    words: ['shop/production', '--findings', 'fine'],
    shows: /^Your findings close the review of shop\.production\.6\.$/m,
  },
  'freeze list': { words: [], shows: /^f1 {2}shop\/production {2}active/m },
  'freeze add': {
    words: ['--service', 'shop', ...reason],
    asks: /It would hold back:\n {2}shop\/production [^]*Freeze service shop until somebody lifts it\?/,
    shows: /^ {2}holds back shop\/production$/m,
  },
  'freeze lift': { words: ['f1', ...reason], asks: /Lift the freeze f1\?/, shows: /^f1 .* by key:alice: over/m },
  'policy show': { words: [], shows: /^Environment production$/m },
  'procedure list': { words: [], shows: /^blue-green {2}.*From slot to slot$/m },
  'procedure show': { words: ['blue-green'], shows: /^ {2}1\. switch: Move traffic/m },
  'token show': { words: [], shows: /^Alice Roe \(key:alice\), a person$/m },
  'key show': { words: [], shows: /^ed25519-1 abab/m },
  open: {
    words: ['@', '--no-browser'],
    shows: /^self {6}http:\/\/127\.0\.0\.1:\d+\/v1\/deployments\/shop\.production\.7$/m,
  },
  completion: { words: ['bash'], shows: /^complete .* gantry$/m },
};

/** Those that no other suite starts with a pipe for their output. */
const alsoInPipe = [
  'reject',
  'withdraw',
  'pause',
  'resume',
  'acknowledge',
  'complete',
  'note',
  'evidence keygen',
  'evidence sign',
  'evidence statement',
  'target review',
];

/** What each exit code is for, but for 0; a person who is asked and says no (1) is in another suite. */
const exits: readonly {
  readonly code: number;
  readonly why: string;
  readonly words: readonly string[];
  readonly how?: How;
}[] = [
  { code: 1, why: 'a deployment that was rolled back', words: ['watch', 'shop.production.1'] },
  { code: 2, why: 'a word that names no deployment', words: ['status', 'shop'] },
  { code: 3, why: 'what the API refuses', words: ['status', 'shop.production.99'] },
  { code: 4, why: 'a deployment that needs a person', words: ['watch', 'shop.production.2'] },
  {
    code: 5,
    why: 'nobody who answers',
    words: ['plan', ...request],
    how: { env: { GANTRY_API: 'http://127.0.0.1:1', GANTRY_TOKEN: key } },
  },
  { code: 6, why: 'a deployment that still runs', words: ['watch', '--timeout', '1s'] },
  { code: 7, why: 'nobody who is logged in', words: ['list'], how: { env: { GANTRY_CONFIG: '/nowhere/config.json' } } },
];

describe.concurrent('on a terminal', () => {
  it('is each command looked at', () => {
    expect(new Set(Object.keys(examples))).toEqual(new Set(Object.keys(printed)));
  });

  it.each(Object.entries(examples))('%s says what it has done', async (command, { words, asks, shows: wanted }) => {
    const started = await onTerminal([...command.split(' '), ...words]);
    if (asks) {
      await shows(started, asks);
      started.type('y\r');
    }
    expect({ code: await started.ended, shown: started.shown().join('\n') }).toEqual({
      code: 0,
      shown: expect.stringMatching(wanted) as unknown,
    });
  });

  it.each(exits)('the exit code is $code for $why', async ({ code, words, how }) => {
    expect(await (await onTerminal(words, how)).ended).toBe(code);
  });

  it('doctor and policy check, which look at what is here, say what is wrong and where', async () => {
    const into = await newRepository();
    await writeFile(join(into, 'policy.yaml'), 'gantry: 1\npeople: nobody\n');
    const [doctor, check] = [
      startOnTerminal(['doctor'], { GANTRY_LISTEN: 'nowhere' }, into),
      startOnTerminal(['policy', 'check', 'policy.yaml'], {}, into),
    ];
    open.push(doctor.kill, check.kill);
    expect([await doctor.ended, await check.ended]).toEqual([1, 1]);
    expect(doctor.shown().join('\n')).toMatch(/^fault {4}configuration: GANTRY_LISTEN[^]*\n {9}→ mend the variable/m);
    expect(check.shown().join('\n')).toContain(
      'policy.yaml:2 /people: write a list, not a string\n  2 | people: nobody\n    | ^\n',
    );
  });

  it('colours what stands out, and nothing with NO_COLOR', async () => {
    const [coloured, plain] = await Promise.all([
      onTerminal(['procedure', 'list']),
      onTerminal(['procedure', 'list'], { env: { NO_COLOR: '1' } }),
    ]);
    await Promise.all([coloured.ended, plain.ended]);
    expect(coloured.written().startsWith('\u001b[1mblue-green\u001b[22m  sha256:')).toBe(true);
    expect(plain.written()).toBe(coloured.shown().join('') + '\r\n');
  });

  it('watch prints lines where a terminal can do no more', async () => {
    const dumb = await onTerminal(['watch', 'shop.production.6'], { env: { TERM: 'dumb' } });
    expect(await dumb.ended).toBe(0);
    expect(dumb.written()).not.toContain('\u001b');
    expect(dumb.shown()[0]).toMatch(/^2026-\S+Z +1 {2}ended/);
  });

  it('Ctrl-C leaves a deployment running and says how to come back, though the API has fallen silent', async () => {
    const silent = await startShopApi();
    open.push(() => silent.close());
    // What is asked for beside the deployment holds nobody.
    silent.instead(/^GET \/v1\/deployments\?/, () => undefined);
    const env = { GANTRY_API: silent.url, GANTRY_TOKEN: key };
    const watched = await onTerminal(['watch', 'shop.production.7'], { env });
    await shows(watched, /waits for gate: go/);
    watched.type('\u0003');
    await shows(watched, /^shop\.production\.7 goes on\. Come back with: gantry watch shop\.production\.7$/m);
    expect(await Promise.race([watched.ended, delay(15_000, 'it still runs', { ref: false })])).toBe(130);
  });

  it('Ctrl-C at a question sends nothing', async () => {
    const asked = await onTerminal(['abort', '@']);
    await shows(asked, /Abort shop\.production\.7\? \[y\/N\]/);
    asked.type('\u0003');
    expect(await asked.ended).toBe(130);
    expect(asked.shown().join('\n')).not.toContain('is being aborted');
  });

  it('what is watched is drawn anew, whole and once, where the terminal becomes narrow and wide again', async () => {
    const watched = await onTerminal(['watch', '@']);
    await shows(watched, /waits for gate: go · 1 service-owner \(key:bob, key:olga\), since/);
    const isWhole = /^shop\.production\.7 [^]*\nif you abort now:\n {2}undo start: DELETE/;
    const isDrawnOnce = async (columns: number) => {
      watched.resize(columns, 30);
      const before = watched.draws();
      await eventually(
        () => Promise.resolve(watched.shown()),
        (shown) =>
          watched.draws() > before + 1 &&
          isWhole.test(shown.join('\n')) &&
          shown.filter((line) => line.includes('shop.production.7')).length === 1 &&
          shown.every((line) => line.length <= columns),
      );
    };
    for (const columns of [40, 100, 60]) await isDrawnOnce(columns);
    watched.type('\u0003');
    expect(await watched.ended).toBe(130);
  });

  it('watch goes on over an API that was away', async () => {
    const away = await startShopApi();
    open.push(() => away.close());
    const watched = await onTerminal(['watch', 'shop.production.7'], {
      env: { GANTRY_API: away.url, GANTRY_TOKEN: key },
    });
    await shows(watched, /waits for gate: go/);
    const { refused, comeBack } = away.leave();
    away.add({ type: 'health-breached', check: 'front-door', summary: '4 of the last 20 failed' });
    await eventually(
      () => Promise.resolve(refused()),
      (times) => times > 0,
    );
    await shows(watched, /^No answer for \d+ s from http:\/\/127\.0\.0\.1:\d+; asking again\.$/m);
    comeBack();
    await shows(watched, /health: front-door failed {2}4 of the last 20 failed/);
    watched.type('\u0003');
    expect(await watched.ended).toBe(130);
    expect(watched.shown().join('\n')).not.toContain('No answer');
  });
});

describe.concurrent('in a pipe', () => {
  it.each(alsoInPipe)('%s has its output alone on the output, without colours', async (command) => {
    const { words, asks, shows: wanted } = examples[command] ?? { words: [], shows: /^$/ };
    const { code, output } = await inPipe([...command.split(' '), ...words, ...(asks ? ['--yes'] : [])]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(wanted) as unknown });
    expect(output).not.toContain('\u001b');
  });

  it('login takes a key from the input', async () => {
    const env = { GANTRY_API: api.url };
    expect(await inPipe(['login', 'piped'], { input: `${key}\n`, env })).toMatchObject({
      code: 0,
      output: expect.stringMatching(/as Alice Roe \(key:alice\); kept as piped in /) as unknown,
    });
  });

  it.each(exits.filter(({ code }) => code === 4))('the exit code is $code for $why', async ({ code, words, how }) => {
    expect(await inPipe(words, how)).toMatchObject({ code });
  });

  it('an interrupt leaves a deployment running, and says on the other output how to come back', async () => {
    const { child, ended } = await startPiped(['watch', '@']);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { code, output, talk } = await ended;
    expect(code).toBe(130);
    expect(output).toMatch(/^\S+Z +1 {2}requested/);
    expect(talk).toContain('shop.production.7 goes on. Come back with: gantry watch shop.production.7\n');
  });
});

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../src/api/http/problem.ts';
import { digestOf } from '../../../src/domain/base/canonical-json.ts';
import { GantryError } from '../../../src/domain/base/errors.ts';
import type { Statement } from '../../../src/domain/evidence/statement.ts';
import { sortSubmission } from '../../../src/domain/evidence/submission.ts';
import type { EvidenceSubmission } from '../../../src/domain/evidence/submission-schema.ts';
import { eventually } from '../../support/eventually.ts';
import { type GantryProcess, startGantry } from '../../support/processes.ts';
import { signerOf, signingKey } from '../../support/signing.ts';
import { startOnTerminal } from '../../support/terminal.ts';

const artifact = `sha256:${'ab'.repeat(32)}`;
const ci = signingKey();
const token = `gtk_0123456789abcdef_${'s'.repeat(43)}`;
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

let folder: string;
let server: Server;
/** Statements that the API has taken, verified as it verifies them. */
const taken: { readonly statement: Statement; readonly signers: readonly string[] }[] = [];
/** What it answers in place of an answer. */
let refusal: GantryError | null = null;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  server = createServer((request, reply) => {
    void text(request).then((body) => {
      const { taken: rows, issues } = sortSubmission(JSON.parse(body) as EvidenceSubmission, {
        submittedBy: 'key:ci',
        now: Date.now(),
        signers: [signerOf('ci', ci.pem)],
      });
      const refused = refusal ?? (issues.length > 0 ? new GantryError('invalid-evidence', 'no', { issues }) : null);
      if (refused === null) taken.push(...rows);
      const answer = rows.map(({ row, signers }) => ({ ...row, signers, shard: null }));
      reply
        .writeHead(refused ? 422 : 201, { 'content-type': 'application/json' })
        .end(JSON.stringify(refused ? problemOf(refused) : { evidence: answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());
beforeEach(async () => {
  taken.length = 0;
  refusal = null;
  folder = await mkdtemp(join(tmpdir(), 'gantry-run-'));
  await writeFile(at('ci.key'), ci.privatePem);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = () => ({
  GANTRY_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  GANTRY_TOKEN: token,
  GANTRY_CONFIG: at('config.json'),
});

const start = (options: readonly string[], command: readonly string[], more: object = {}): GantryProcess =>
  startGantry(
    ['evidence', 'run', '--stage', 'system', '--artifact', artifact, ...options, '--', ...command],
    { ...environment(), ...more },
    folder,
  );
async function run(options: readonly string[], command: readonly string[], more: object = {}) {
  const started = start(options, command, more);
  const { code } = await started.ended;
  return { code, output: started.output() };
}

const signed = ['--key', 'ci.key'];
/** A command of Node, which has the words behind it as arguments. */
const node = (script: string, ...words: string[]) => [process.execPath, '-e', script, '--', ...words];

const hasPytest = (() => {
  try {
    execFileSync('pytest', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Test runners as they are, with a test that passes, or one that fails. */
const runners = [
  {
    name: 'node:test',
    file: 'own.test.mjs',
    source: (good: boolean) =>
      `import { test } from 'node:test'; import assert from 'node:assert'; test('adds', () => assert.equal(1 + 1, ${good ? 2 : 3}));`,
    command: [
      process.execPath,
      '--test',
      '--test-reporter=junit',
      '--test-reporter-destination=report.xml',
      'own.test.mjs',
    ],
    there: true,
  },
  {
    name: 'vitest',
    file: 'own.test.mjs',
    source: (good: boolean) => `test('adds', () => { expect(1 + 1).toBe(${good ? 2 : 3}); });`,
    command: [
      process.execPath,
      vitest,
      'run',
      '--globals',
      '--root',
      '.',
      '--reporter=junit',
      '--outputFile=report.xml',
    ],
    there: true,
  },
  {
    name: 'pytest',
    file: 'test_own.py',
    source: (good: boolean) => `def test_adds():\n    assert 1 + 1 == ${good ? 2 : 3}\n`,
    command: ['pytest', '-p', 'no:cacheprovider', '--junitxml=report.xml', 'test_own.py'],
    there: hasPytest,
  },
];

describe('gantry evidence run', () => {
  it.each(runners.filter(({ there }) => there))(
    'signs and sends what $name reports, passed and failed, and passes its exit code on',
    async ({ file, source, command }) => {
      await writeFile(at(file), source(true));
      const before = Date.now();
      const passed = await run([...signed, '--junit', 'report.xml'], command);
      expect(passed).toMatchObject({
        code: 0,
        output: expect.stringMatching(/^system PASSED of sha256:\S+: taken as .*, signed by ci$/m) as unknown,
      });
      await writeFile(at(file), source(false));
      const failed = await run([...signed, '--junit', 'report.xml'], command);
      expect(failed).toMatchObject({
        code: 1,
        output: expect.stringMatching(
          /^system FAILED: 1 reports, 1 tests, 1 failed, 1 attempts\n {2}✗ the command ended with exit code 1\n {2}✗ .*adds.*\n/m,
        ) as unknown,
      });
      expect(taken).toMatchObject([
        {
          signers: ['ci'],
          statement: {
            subject: [{ digest: { sha256: 'ab'.repeat(32) } }],
            predicate: { stage: 'system', result: 'PASSED', counts: { tests: 1, passed: 1 } },
          },
        },
        { signers: ['ci'], statement: { predicate: { result: 'FAILED', counts: { tests: 1, failed: 1 } } } },
      ]);
      const [first] = taken.map(({ statement }) => statement.predicate);
      const [from, to] = [Date.parse(first?.startedOn ?? ''), Date.parse(first?.finishedOn ?? '')];
      expect([from >= before, to > from, to <= Date.now()]).toEqual([true, true, true]);
    },
  );

  it('gives the command its words as they are, the output and no secret', async () => {
    const script =
      'console.log(JSON.stringify([process.argv.slice(1), Object.keys(process.env).filter((name) => /TOKEN|KEY/.test(name))])); console.error("talk")';
    const { code, output } = await run(['--no-reports'], node(script, '$HOME', '--', 'a b'), {
      GANTRY_EVIDENCE_KEY: ci.privatePem,
      GANTRY_ID_TOKEN: token,
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/token',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      NPM_TOKEN: 'of another registry',
    });
    expect(code).toBe(0);
    expect(output).toContain('[["$HOME","--","a b"],["NPM_TOKEN"]]\n');
    expect(output).toContain('talk\n');
    expect(taken).toMatchObject([{ signers: ['ci'] }]);
  });

  it('takes the exit code alone for the result where it is told to, and the evidence says so', async () => {
    expect(await run([...signed, '--no-reports'], node(''))).toMatchObject({ code: 0 });
    expect(await run([...signed, '--no-reports'], node('process.exit(7)'))).toMatchObject({
      code: 7,
      output: expect.stringContaining('system FAILED: 1 by exit code alone') as unknown,
    });
    expect(taken.map(({ statement }) => statement.predicate)).toMatchObject([
      { result: 'PASSED', counts: { exitCodes: 1 }, passedTests: ['the command ended with exit code 0'] },
      { result: 'FAILED', counts: { exitCodes: 1 }, failedTests: ['the command ended with exit code 7'] },
    ]);
  });

  it('says that nothing is signed where it has no key, once in a pipeline: at its first stage', async () => {
    const { output: atSystem } = await run(['--no-reports'], node(''));
    expect(atSystem).toMatch(/taken as sha256:\w+, unsigned\n$/);
    expect(atSystem).not.toContain('Not signed');
    refusal = new GantryError('unknown-signer', 'no');
    const { code, output } = await run(['--no-reports', '--stage', 'integration'], node('process.exit(4)'));
    // The command's own failure comes first.
    expect(code).toBe(4);
    expect(output).toContain('Not signed, for want of a key');
    expect(output).toContain('error[unknown-signer]: no');
  });

  const junit = '<testsuite><testcase name="adds"/></testsuite>';
  const writes = (xml: string, code = 0) =>
    node(`require('node:fs').writeFileSync('report.xml', process.argv[1]); process.exit(${code})`, xml);

  it('reads no report that was there before, and fails where the command wrote none', async () => {
    await mkdir(at('reports'));
    await writeFile(at('reports/old.xml'), junit.replace('/>', '><failure/></testcase>'));
    const named = [...signed, '--junit', 'reports'];
    expect(await run(named, node(''))).toMatchObject({
      code: 3,
      output: expect.stringContaining('No report was written by this run: reports') as unknown,
    });
    expect(await run([...signed, '--junit', 'report.xml'], node(''))).toMatchObject({
      code: 2,
      output: expect.stringContaining('report.xml cannot be read') as unknown,
    });
    expect(taken).toEqual([]);
    const moved = node(`require('node:fs').writeFileSync('reports/new.xml', process.argv[1])`, junit);
    expect(await run(named, moved)).toMatchObject({ code: 0 });
    expect(taken).toMatchObject([{ statement: { predicate: { result: 'PASSED', counts: { reports: 1 } } } }]);
    // As a cache would bring it back.
    const cached = junit.replace('<testsuite', '<testsuite timestamp="2026-11-23T08:12:40Z" time="1"');
    expect(await run([...signed, '--junit', 'report.xml'], writes(cached))).toMatchObject({
      code: 3,
      output: expect.stringContaining('report.xml is older than this run of the stage') as unknown,
    });
  });

  it('sends that a stage failed whatever its reports say, or do not say', async () => {
    expect(await run([...signed, '--junit', 'report.xml'], node('process.exit(3)'))).toMatchObject({ code: 3 });
    expect(await run([...signed, '--junit', 'report.xml'], writes(junit, 5))).toMatchObject({ code: 5 });
    const broken = junit.replace('/>', '><failure/></testcase>');
    expect(await run([...signed, '--junit', 'report.xml'], writes(broken))).toMatchObject({
      code: 1,
      output: expect.stringContaining('its reports do not agree') as unknown,
    });
    expect(await run([...signed, '--no-reports'], node('process.kill(process.pid, "SIGKILL")'))).toMatchObject({
      code: 137,
    });
    expect(taken.map(({ statement }) => statement.predicate)).toMatchObject([
      { result: 'FAILED', counts: { exitCodes: 1 }, failedTests: ['the command ended with exit code 3'] },
      { result: 'FAILED', counts: { tests: 1, passed: 1 }, failedTests: ['the command ended with exit code 5'] },
      { result: 'FAILED', counts: { tests: 1, failed: 1 }, failedTests: ['adds'] },
      { result: 'FAILED', failedTests: ['the command ended with SIGKILL'] },
    ]);
  });

  it('fails where a stage passed and its evidence was refused or reached nobody, and keeps it for another try', async () => {
    refusal = new GantryError('unknown-signer', 'nobody knows this key');
    expect(await run([...signed, '--no-reports', '--out', 'kept.json'], node(''))).toMatchObject({ code: 3 });
    refusal = null;
    const again = startGantry(['evidence', 'submit', 'kept.json'], environment(), folder);
    expect((await again.ended).code).toBe(0);
    expect(taken).toMatchObject([{ signers: ['ci'], statement: { predicate: { result: 'PASSED' } } }]);
    const nobody = { GANTRY_API: 'http://127.0.0.1:1' };
    expect(await run([...signed, '--no-reports'], node(''), nobody)).toMatchObject({
      code: 5,
      output: expect.stringContaining('error[not-ready]') as unknown,
    });
  });

  it('starts nothing where it could not send in the end', async () => {
    const touch = node(`require('node:fs').writeFileSync('ran', '')`);
    const cases: [string[], object?][] = [
      [['--no-reports', '--key', 'none.key']],
      [['--no-reports'], { GANTRY_EVIDENCE_KEY: ci.pem }],
      [signed],
      [[...signed, '--no-reports', '--junit', 'report.xml']],
      [[...signed, '--no-reports', '--file', 'none.tar']],
      [[...signed, '--no-reports', '--shard', '1/2']],
      [[...signed, '--no-reports', '--stage', 'smoke']],
    ];
    for (const [options, more] of cases) expect((await run(options, touch, more)).code).toBe(2);
    expect((await run([...signed, '--no-reports'], touch, { GANTRY_TOKEN: '' })).code).toBe(7);
    expect(await run([...signed, '--no-reports'], ['./no-such-program'])).toMatchObject({
      code: 2,
      output: expect.stringContaining('./no-such-program cannot be started (ENOENT)') as unknown,
    });
    await expect(readFile(at('ran'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(taken).toEqual([]);
  });

  it('computes the digest of a file, which the stage must leave as it is', async () => {
    await writeFile(at('app.tar'), 'bytes');
    const words = (script: string) =>
      startGantry(
        ['evidence', 'run', '--stage', 'system', '--file', 'app.tar', ...signed, '--no-reports', '--', ...node(script)],
        environment(),
        folder,
      );
    expect((await words('').ended).code).toBe(0);
    expect(taken[0]?.statement.subject).toEqual([{ digest: { sha256: digestOf('bytes').replace('sha256:', '') } }]);
    const changing = words(`require('node:fs').writeFileSync('app.tar', 'others')`);
    expect((await changing.ended).code).toBe(3);
    expect(changing.output()).toContain('app.tar was changed while the stage ran');
    expect(taken).toHaveLength(1);
  });

  const waits = `process.on('SIGTERM', () => { console.log('told'); process.exit(0); }); console.log('runs ' + process.pid); setInterval(() => {}, 1000)`;

  it('passes a signal on to the command, waits for it, and sends nothing', async () => {
    const started = start([...signed, '--no-reports'], node(waits));
    await started.printed('runs ');
    expect(await started.kill('SIGTERM')).toMatchObject({ code: 143 });
    expect(started.output()).toContain('told\nInterrupted by SIGTERM: nothing was sent.\n');
    expect(taken).toEqual([]);
  });

  it('ends with its command on Ctrl-C, which the terminal gives to both, once', async () => {
    const counts = `let n = 0; process.on('SIGINT', () => { n += 1; setTimeout(() => { console.log('interrupts: ' + n); process.exit(1); }, 200); }); console.log('runs'); setInterval(() => {}, 1000)`;
    const terminal = startOnTerminal(
      [
        'evidence',
        'run',
        '--stage',
        'system',
        '--artifact',
        artifact,
        ...signed,
        '--no-reports',
        '--',
        ...node(counts),
      ],
      environment(),
      folder,
    );
    const shown = () => Promise.resolve(terminal.shown().join('\n'));
    await eventually(shown, (lines) => lines.includes('runs'));
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(await shown()).toMatch(/interrupts: 1\n+Interrupted by SIGINT: nothing was sent\./);
    expect(taken).toEqual([]);
  });
});

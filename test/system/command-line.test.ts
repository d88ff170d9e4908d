import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { createColors } from 'picocolors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { clientVerbs } from '../../src/cli/verbs/index.ts';
import { recordSchema } from '../../src/contract/record.ts';
import { statusSchema } from '../../src/contract/status.ts';
import type { HealthSoFar } from '../../src/domain/health/so-far.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { surroundings } from '../../src/main/surroundings.ts';
import { startTcpProxy } from '../faults/tcp-proxy.ts';
import { artifactOf, changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { installCommandLine } from '../support/install-command-line.ts';
import { printedBy } from '../support/printed.ts';
import { type GantryProcess, startGantry } from '../support/processes.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { shows, startOnTerminal, type TerminalProcess } from '../support/terminal.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
let folder: string;
let world: World;
/** The command line as runners have it: from the API, by npm. */
let installed: string;
const open: (() => unknown)[] = [];
beforeAll(async () => {
  rig = await startRig();
  folder = join(rig.folder, 'repository');
  await mkdir(folder);
  world = await rig.world('shop');
  // A procedure that waits for somebody in the middle: long enough to be looked at.
  const { procedure } = changeOf(world, {
    steps: [steps.startByHttp(world), steps.switch(world), steps.gate()],
    procedure: { procedure: 'shop-cli', environments: { production: {} } },
  });
  await mkdir(join(rig.procedures, 'shop-cli'));
  await writeFile(
    join(rig.procedures, 'shop-cli', 'procedure.yaml'),
    stringify(procedure, { aliasDuplicateObjects: false }),
  );
  await writeFile(
    join(folder, 'gantry.yaml'),
    stringify({ service: 'shop', environment: 'production', procedure: 'shop-cli' }),
  );
  installed = await installCommandLine(`${rig.url}/cli.tgz`, join(rig.folder, 'installed'));
});
afterAll(async () => {
  for (const end of open) end();
  await rig.close();
});

const config = () => ({ GANTRY_CONFIG: join(folder, 'config.json') });
const as = (subject: string) => ({ ...config(), GANTRY_API: rig.url, GANTRY_TOKEN: rig.tokens.get(subject) ?? '' });

/** A verb in a pipe: what it printed, and its exit code. */
async function gantry(who: string | Readonly<Record<string, string>>, ...words: string[]) {
  const started: GantryProcess = startGantry(words, typeof who === 'string' ? as(who) : who, folder, installed);
  open.push(() => started.kill('SIGKILL').catch(() => undefined));
  const { code } = await started.ended;
  return { code, output: started.output(), lines: started.output().trimEnd().split('\n') };
}

function onTerminal(who: string, ...words: string[]): TerminalProcess {
  const started = startOnTerminal(words, as(who), folder, 100, installed);
  open.push(started.kill);
  return started;
}

const release = (name: string) => {
  const { uri, digest } = artifactOf(name);
  return ['--release', name, '--digest', digest, '--uri', uri, '--reason', 'a test'];
};

describe('gantry on the command line', () => {
  it('takes a release from its plan to its record: plan, deploy, approve, watch, record', async () => {
    await rig.submitEvidence('1.4.2');
    const planned = await gantry('key:alice', 'plan', ...release('1.4.2'), '-o', 'plan.json');
    expect(planned).toMatchObject({ code: 0, lines: expect.arrayContaining(['Nothing is blocked.']) as unknown });

    const requested = await gantry('key:alice', 'deploy', '--plan', 'plan.json', '--json');
    expect(requested.code).toBe(0);
    const { id, planDigest } = statusSchema.parse(JSON.parse(requested.output));
    expect(planDigest).toBe(
      (JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as { planDigest: string }).planDigest,
    );
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');

    // In a pipe nobody can be asked; a person is shown what differs, and asked.
    expect(await gantry('key:bob', 'approve', id)).toMatchObject({ code: 2 });
    const asked = onTerminal('key:bob', 'approve', 'shop/production');
    await shows(asked, /No plan has run on this target before\.\n+Approve shop\.production\.1\? \[y\/N\]/);
    asked.type('y\r');
    expect(await asked.ended).toBe(0);

    const watched = onTerminal('key:alice', 'watch');
    await shows(watched, /▸ executing .* step 3 of 3: go, running/);
    await shows(watched, /waits for gate: go.*\n +→ gantry approve \S+\/production --gate go/);
    // The counts of the monitor, which the journal has only at the end.
    await shows(watched, /health: front-door watching {2}[1-9]\d* good, 0 bad {2}last: 200 in \d+ ms, by 1\.4\.2/);
    const health = () => rig.call<HealthSoFar>('key:dan', 'GET', `/v1/deployments/${id}/health`);
    const { body: early } = await health();
    expect(early).toMatchObject({ state: 'watching', checks: [{ id: 'front-door', failed: 0, badAnswersBy: {} }] });
    await eventually(health, ({ body }) => (body.checks[0]?.passed ?? 0) > (early.checks[0]?.passed ?? 0));
    expect((await gantry('key:dan', 'status', id)).output).toMatch(/health: front-door watching {2}\d+ good, 0 bad/);
    await shows(watched, /if you abort now:\n {2}undo switch: PUT .*\n {2}undo start-idle: DELETE /);
    watched.resize(40, 12);
    await eventually(
      () => Promise.resolve(Math.max(...watched.shown().map((line) => line.length))),
      (widest) => widest <= 40,
    );
    const before = watched.draws();
    expect((await gantry('key:olga', 'approve', '--gate', 'go', '--yes', id)).code).toBe(0);
    expect(await watched.ended).toBe(0);
    expect(watched.shown().join('\n')).toContain('succeeded');
    expect(watched.draws()).toBeGreaterThan(before);

    const piped = await gantry('key:alice', 'watch', '@');
    expect(piped.code).toBe(0);
    const journal = await rig.journal(id);
    expect(piped.lines).toHaveLength(journal.length + 2);
    expect(piped.lines.slice(-2)).toEqual([
      `${id}  1.4.2  succeeded`,
      expect.stringMatching(/^\S+\/production serves 1\.4\.2$/),
    ]);
    const entries = (await gantry('key:alice', 'watch', id, '--json')).lines.map((line) => JSON.parse(line) as unknown);
    expect(entries).toEqual(journal);

    expect((await gantry('key:dan', 'record', id)).output).toBe(await rig.record(id));
    const [observed] = entriesOf(journal, 'health-observed');
    expect((await health()).body).toMatchObject({
      state: 'observed',
      at: observed?.at,
      worker: early.worker,
      checks: [{ samples: observed?.summaries[0]?.samples }],
    });
    const record = await gantry('key:dan', 'record', id, '--json');
    expect(recordSchema.safeParse(JSON.parse(record.output)).success).toBe(true);
    const listed = await gantry('key:dan', 'list', '--service', 'shop', '--outcome', 'succeeded');
    expect(listed.output).toMatch(new RegExp(`^${id.replaceAll('.', '\\.')}  1\\.4\\.2  .*  succeeded$`, 'm'));
  });

  it('leaves a deployment running when it is interrupted or its time is over, and aborts it when told to', async () => {
    await rig.submitEvidence('1.4.3');
    const requested = await gantry('key:alice', 'deploy', ...release('1.4.3'), '--until', 'requested');
    expect(requested.code).toBe(0);
    const id = /shop\.production\.\d+/.exec(requested.output)?.[0] ?? '';
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    expect(await gantry('key:alice', 'watch', id, '--timeout', '1s')).toMatchObject({
      code: 6,
      output: expect.stringContaining(`Come back with: gantry watch ${id}`) as unknown,
    });
    const watched = onTerminal('key:alice', 'watch', id);
    await shows(watched, /waits for approval/);
    watched.type('\u0003');
    expect(await watched.ended).toBe(130);
    expect((await rig.status(id)).outcome).toBeNull();

    const refused = onTerminal('key:alice', 'abort', id);
    await shows(refused, /nothing would be undone\n+Abort .*\[y\/N\]/);
    refused.type('n\r');
    expect(await refused.ended).toBe(1);
    expect((await rig.status(id)).outcome).toBeNull();

    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    const aborted = await gantry('key:alice', 'abort', id, '--yes', '--reason', 'enough');
    expect(aborted.code).toBe(0);
    expect(aborted.lines.at(-1)).toBe(`→ gantry watch ${id} follows it to its end`);
    expect((await gantry('key:alice', 'watch', id)).code).toBe(1);
    expect((await rig.status(id)).outcome).toBe('rolled-back');
  });

  it('goes back to the release that served before, or aborts what runs', async () => {
    expect(await gantry('key:alice', 'rollback', 'shop.production.1', '--yes')).toMatchObject({
      code: 3,
      output: expect.stringContaining('No deployment brought 1.4.1, which served shop/production before') as unknown,
    });
    await rig.submitEvidence('1.4.7');
    const requested = await gantry('key:alice', 'deploy', ...release('1.4.7'), '--json');
    const { id } = statusSchema.parse(JSON.parse(requested.output));
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    await rig.approve(id, 'key:olga', 'go');
    expect((await rig.ended(id)).outcome).toBe('succeeded');

    const asked = onTerminal('key:alice', 'rollback', 'shop/production');
    await shows(asked, /\/release: 1\.4\.7 → 1\.4\.2\n[^]*Request 1\.4\.2 for shop\/production again\? \[y\/N\]/);
    asked.type('y\r');
    expect(await asked.ended).toBe(0);
    const { items } = (
      await rig.call<{ items: { id: string; release: string }[] }>(
        'key:alice',
        'GET',
        '/v1/deployments?service=shop&limit=1',
      )
    ).body;
    expect(items).toMatchObject([{ release: '1.4.2' }]);
    const back = items[0]?.id ?? '';
    expect((await gantry('key:alice', 'rollback', back, '--yes')).code).toBe(0);
    expect((await rig.ended(back)).outcome).toBe('aborted');
  });

  it('follows on over connections that are cut, and asks for the same deployment where an answer was lost', async () => {
    await rig.submitEvidence('1.4.8');
    const proxy = await startTcpProxy(() => Number(new URL(rig.url).port));
    open.push(() => proxy.close());
    const through = { ...as('key:alice'), GANTRY_API: `http://127.0.0.1:${proxy.port}` };
    const before = (await rig.call<{ items: unknown[] }>('key:alice', 'GET', '/v1/deployments')).body.items.length;
    const lost = proxy.lose('answers', Buffer.from('POST /v1/deployments'));
    const deployed = startGantry(['deploy', ...release('1.4.8'), '--watch'], through, folder, installed);
    open.push(() => deployed.kill('SIGKILL'));
    await lost;
    proxy.cut();
    proxy.open();
    await deployed.printed('is requested.');
    const { items } = (await rig.call<{ items: { id: string }[] }>('key:alice', 'GET', '/v1/deployments')).body;
    expect(items).toHaveLength(before + 1);
    const id = items[0]?.id ?? '';
    await deployed.printed('awaiting-approval');
    proxy.refuse();
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/note`, { severity: 'minor', statement: 'meanwhile' });
    proxy.open();
    await deployed.printed('meanwhile');
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await deployed.ended).code).toBe(1);
    const entries = deployed
      .output()
      .split('\n')
      .filter((line) => /^\d{4}-.*Z +\d+ {2}/.test(line));
    expect(entries).toHaveLength((await rig.journal(id)).length);
  });

  it('takes up what an attempt of a pipeline has left open, and requests anew what has ended otherwise', async () => {
    await rig.submitEvidence('1.4.4');
    const pipeline = (attempt: string) => ({
      ...as('key:alice'),
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_ATTEMPT: attempt,
    });
    const deploy = async (attempt: string) => {
      const { code, output } = await gantry(pipeline(attempt), 'deploy', ...release('1.4.4'), '--json');
      expect(code).toBe(0);
      return statusSchema.parse(JSON.parse(output)).id;
    };
    const abort = async (id: string) => {
      expect((await gantry('key:alice', 'abort', '--yes', id)).code).toBe(0);
      await rig.ended(id);
    };
    const first = await deploy('1');
    expect([await deploy('1'), await deploy('2')]).toEqual([first, first]);
    await abort(first);
    expect(await deploy('1')).toBe(first);
    const second = await deploy('2');
    expect(second).not.toBe(first);
    await abort(second);
  });

  it('refuses a plan that would be another one by now, and starts nothing', async () => {
    await rig.submitEvidence('1.4.5');
    expect((await gantry('key:alice', 'plan', ...release('1.4.5'), '-o', 'old.json')).code).toBe(0);
    await rig.submitEvidence('1.4.5');
    const before = (await rig.call<{ items: unknown[] }>('key:alice', 'GET', '/v1/deployments')).body.items.length;
    expect(await gantry('key:alice', 'deploy', '--plan', 'old.json')).toMatchObject({
      code: 3,
      output: expect.stringMatching(/^error\[plan-changed\]: The plan would be sha256:/m) as unknown,
    });
    expect((await rig.call<{ items: unknown[] }>('key:alice', 'GET', '/v1/deployments')).body.items).toHaveLength(
      before,
    );
  });

  it('keeps a login that its owner alone may read, uses it, and forgets it', async () => {
    const key = join(folder, 'alice.key');
    await writeFile(key, rig.tokens.get('key:alice') ?? '');
    const endpoints = { 'endpoints.json': { api: rig.url }, 'tokens.json': Object.fromEntries(rig.tokens) };
    for (const [name, value] of Object.entries(endpoints)) await writeFile(join(folder, name), JSON.stringify(value));
    const login = await gantry(config(), 'login', 'mine', '--dev', '.', '--as', 'key:alice');
    expect(login).toMatchObject({
      code: 0,
      output: expect.stringContaining('as Alice Roe (key:alice); kept as mine') as unknown,
    });
    expect((await gantry(config(), 'status', 'shop.production.1')).code).toBe(0);
    expect((await gantry(config(), 'logout')).code).toBe(0);
    expect(await gantry(config(), 'status', 'shop.production.1')).toMatchObject({
      code: 7,
      output: expect.stringContaining('error[unauthenticated]') as unknown,
    });
  });

  it.each<readonly [number, string, readonly string[]]>([
    [2, 'an option that there is not', ['deploy', '--nope']],
    [2, 'a verb that there is not', ['deplyo']],
    [2, 'what names no deployment', ['status', 'shop']],
    [2, 'an artifact without a digest', ['deploy', '--image', 'shop:1.4.2', '--reason', 'x']],
    [3, 'what is not there', ['status', 'shop.production.999']],
    [3, 'an abort of what has ended', ['abort', '--yes', 'shop.production.1']],
  ])('ends with %i for %s', async (code, _, words) => {
    expect(await gantry('key:alice', ...words)).toMatchObject({ code });
  });

  it('ends with 5 where nothing answers, and says with which key to repeat', async () => {
    const nowhere = { ...as('key:alice'), GANTRY_API: 'http://127.0.0.1:1' };
    const { code, output } = await gantry(nowhere, 'deploy', ...release('1.4.6'), '--key', 'again');
    expect(code).toBe(5);
    expect(output).toContain('repeat with --key again');
  });

  it('ends with 7 for a key that was revoked', async () => {
    const revoked = { ...as('key:alice'), GANTRY_TOKEN: `gtk_${'0'.repeat(8)}_${'a'.repeat(43)}` };
    expect(await gantry(revoked, 'list')).toMatchObject({ code: 7 });
  });
});

describe('--json of a verb', () => {
  const prints = printedBy(
    () => rig.url,
    (command) => !command.includes(' '),
  );

  /** A verb within this process, which takes no second to start. */
  async function json(who: string, ...words: string[]): Promise<readonly string[]> {
    const lines: string[] = [];
    const [name = ''] = words;
    const [, load] = clientVerbs[name] ?? [];
    const program = new Command('gantry').enablePositionalOptions();
    const around = surroundings({ say: (line) => void lines.push(line), paint: createColors(false) });
    (await load?.())?.(program.command(name), { ...around, environment: as(who), confirm: null, screen: null });
    await program.parseAsync([...words, '--json'], { from: 'user' });
    // Verbs say by it how a deployment came out.
    process.exitCode = undefined;
    await prints.check(words, lines);
    return lines;
  }

  it('is as the document of the API says, of each of them', async () => {
    const repository = ['--service', 'shop', '--environment', 'production', '--procedure', 'shop-cli'];
    await rig.submitEvidence('1.5.0');
    await json('key:alice', 'plan', ...repository, ...release('1.5.0'));
    const [requested = ''] = await json('key:alice', 'deploy', ...repository, ...release('1.5.0'));
    const { id } = statusSchema.parse(JSON.parse(requested));
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await json('key:bob', 'reject', id, '--yes');
    await rig.ended(id);
    for (const words of [['status'], ['watch', '--health'], ['record']]) await json('key:dan', ...words, id);
    await json('key:dan', 'list');

    const told = await rig.world('told', 'strict');
    const how = {
      service: 'told',
      environment: 'strict',
      steps: [steps.startByHttp(told), steps.switch(told), steps.manual(), steps.gate()],
    };
    const strict = await rig.request(told, how);
    await rig.until(strict, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'readiness'));
    await json('key:dan', 'acknowledge', strict, '--for', 'readiness');
    await rig.until(strict, ({ phase }) => phase === 'awaiting-approval');
    for (const verb of ['approve', 'withdraw', 'approve'])
      await json('key:bob', verb, strict, ...(verb === 'approve' ? ['--yes'] : []));
    await rig.approve(strict, 'key:carol');
    await rig.until(strict, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'manual'));
    for (const verb of ['pause', 'resume']) await json('key:alice', verb, strict);
    await json('key:alice', 'note', strict, 'as expected');
    await json('key:dan', 'complete', strict, '--step', 'call');
    await rig.until(strict, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    await json('key:alice', 'rollback', strict, '--yes');
    await rig.ended(strict);

    const other = await rig.request(told, how);
    await json('key:alice', 'abort', other, '--yes');
    await rig.ended(other);
    expect(prints.unseen()).toEqual([]);
  });
});

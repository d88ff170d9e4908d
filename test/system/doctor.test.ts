import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { usualSlots } from '../../src/domain/base/task-queues.ts';
import { openPolicy } from '../../src/files/policy.ts';
import { examineAsSet } from '../../src/main/commands/doctor.ts';
import { type Finding, findingSchema } from '../../src/main/doctor/finding.ts';
import { keepSayingPolicy } from '../../src/main/say-policy.ts';
import { openStore } from '../../src/store/index.ts';
import { startDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { makeCurrent } from '../../src/temporal/worker-versions.ts';
import { steps } from '../support/change.ts';
import { clockOff } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type PostgresServer, query, startPostgres } from '../support/postgres.ts';
import { startGantry } from '../support/processes.ts';
import { startReceiver } from '../support/receiver.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { cliForTests } from '../support/temporal.ts';

const run = promisify(execFile);

let rig: Rig;
let folder: string;
let cli: string;
let postgres: PostgresServer;
/** As the role that owns it: more than a process needs, and no superuser. */
let store: string;
beforeAll(async () => {
  // One deployment that is watched takes all that a worker has.
  const slots = { ...usualSlots, monitors: 1 };
  [rig, cli, postgres] = await Promise.all([startRig({ slots }), cliForTests(), startPostgres()]);
  const asSuperuser = new URL(await postgres.newDatabase());
  const database = asSuperuser.pathname.slice(1);
  await query(asSuperuser.href, "create role doctor login password 'doctor'");
  await query(asSuperuser.href, `alter database ${database} owner to doctor`);
  store = `postgres://doctor:doctor@${asSuperuser.host}/${database}`;
  const opened = await openStore(store);
  await opened.migrate();
  await opened.close();
  folder = await mkdtemp(join(tmpdir(), 'gantry-doctor-'));
  await mkdir(join(folder, 'secrets'), { mode: 0o700 });
  await mkdir(join(folder, 'records'));
  await cp(rig.procedures, join(folder, 'procedures'), { recursive: true });
  await writePolicy(testPolicy);
});
afterAll(async () => {
  await rig.stop();
  await postgres.remove();
  await rm(folder, { recursive: true, force: true });
});

const writePolicy = (policy: unknown) =>
  writeFile(join(folder, 'policy.yaml'), stringify(policy, { aliasDuplicateObjects: false }));

const variables = (more: Readonly<Record<string, string>> = {}) => ({
  GANTRY_POLICY: join(folder, 'policy.yaml'),
  GANTRY_PROCEDURES: join(folder, 'procedures'),
  GANTRY_STORE: store,
  GANTRY_SECRETS: join(folder, 'secrets'),
  GANTRY_RECORDS: join(folder, 'records'),
  TEMPORAL_ADDRESS: rig.server.address,
  TEMPORAL_NAMESPACE: rig.server.namespace,
  ...more,
});

/** A store of the process itself: each one that opens it takes a second to do so. */
const embedded = () => ({ GANTRY_STORE: `pglite:${join(folder, 'store')}` });

interface Examined {
  readonly of: (check: string) => readonly Finding[];
  readonly all: readonly Finding[];
  /** Whether something would hurt. */
  readonly isFaulty: boolean;
}

const examined = (all: readonly Finding[]): Examined => ({
  all,
  of: (check) => all.filter((finding) => finding.check === check),
  isFaulty: all.some(({ state }) => state === 'fault'),
});

/** What `gantry doctor` finds, in this process: each of its own takes a second of CPU to load all of Gantry. */
async function doctor(more: Readonly<Record<string, string>> = {}, notify = false): Promise<Examined> {
  const all: Finding[] = [];
  const { PATH = '', HOME = '' } = process.env;
  const options = { notify, log: () => {} };
  await examineAsSet({ PATH, HOME, ...variables(more) }, options, (finding) => all.push(findingSchema.parse(finding)));
  return examined(all);
}

/** What `gantry doctor --json` prints as a process of its own, each line as its schema has it, and its exit code. */
async function doctorProcess(more: Readonly<Record<string, string>> = {}, ...words: string[]) {
  const started = startGantry(['doctor', '--json', ...words], variables(more), folder);
  const { code } = await started.ended;
  const lines = started
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return { code, ...examined(lines.map((line) => findingSchema.parse(JSON.parse(line)))) };
}

const temporal = (...words: string[]) => run(cli, [...words, '--address', rig.server.address]);
const gantry = async (words: string[], more: Readonly<Record<string, string>> = {}) => {
  const { code } = await startGantry(words, variables(more), folder).ended;
  expect(code).toBe(0);
};

// A process of its own loads all of Gantry: a second, and many on a busy machine.
describe('gantry doctor', { timeout: 300_000 }, () => {
  it('finds a migration that is outstanding, and none once the store is migrated', async () => {
    const absent = await doctor(embedded());
    expect(absent.isFaulty).toBe(true);
    expect(absent.of('store')).toMatchObject([{ state: 'fault', advice: 'gantry migrate makes it' }]);
    await (await openStore(embedded().GANTRY_STORE)).close();
    const before = await doctorProcess(embedded());
    expect(before.code).toBe(1);
    expect(before.of('schema')).toMatchObject([{ state: 'fault', advice: 'gantry migrate' }]);
    await gantry(['migrate'], embedded());
    const after = await doctorProcess(embedded());
    expect(after.of('schema')).toMatchObject([{ state: 'ok' }]);
    expect(after.all.filter(({ state }) => state === 'fault')).toEqual([]);
    expect(after.code).toBe(0);
  });

  it('says of everything else that it is well, and of what people should know what to do', async () => {
    const { code, all, of } = await doctorProcess();
    expect(code).toBe(0);
    for (const check of ['policy', 'procedures', 'programs', 'secrets', 'message-key', 'store', 'disk', 'temporal'])
      expect(of(check)[0]).toMatchObject({ check, state: 'ok' });
    expect(of('search-attributes')).toMatchObject([{ state: 'ok' }]);
    expect(of('timers')).toMatchObject([{ state: 'ok' }]);
    expect(of('clock')).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
    expect(of('workers')).toMatchObject([{ state: 'ok' }]);
    expect(of('builds')).toMatchObject([{ state: 'ok' }]);
    for (const { state, advice } of all) expect(advice === null).toBe(state === 'ok');
  });

  it('prints it for people, too, and that the clock of this machine is behind', async () => {
    const started = startGantry(['doctor'], variables(await clockOff('-20s')), folder);
    const { code } = await started.ended;
    expect(code).toBe(0);
    // Whether anything listens there is not known.
    expect(started.output()).toMatch(/^ok {7}exposure: The API is to listen on 127\.0\.0\.1:8080, which only/m);
    expect(started.output()).toMatch(/^ok {7}policy: .*policy\.yaml: 5 people/m);
    expect(started.output()).toMatch(/^warning {2}retention: .*\n {9}→ temporal operator namespace update /m);
    expect(started.output()).toMatch(
      /^warning {2}clock: The clock of the store is \d+ s ahead of .*\n {9}→ let both /m,
    );
    expect(started.output()).toMatch(/^warning {2}clock: The clock of Temporal is \d+ s ahead of .*\n {9}→ let both /m);
    expect(started.output()).toMatch(/^\d+ well, \d+ to know, 0 to mend\.$/m);
  });

  it('finds that the clock of this machine is ahead, and sees all the same who polls', async () => {
    const { code, of } = await doctorProcess(await clockOff('+100s'));
    expect(code).toBe(1);
    expect(of('clock')).toMatchObject(
      ['the store', 'Temporal'].map((whose) => ({
        state: 'fault',
        found: expect.stringMatching(`The clock of ${whose} is 1\\d\\d s behind this machine's.`) as unknown,
        advice: expect.stringContaining('follow one source of time') as unknown,
      })),
    );
    expect(of('timers')).toMatchObject([{ state: 'ok' }]);
    expect(of('workers')).toMatchObject([{ state: 'ok' }]);
  });

  it('finds histories that are kept too short, and its advice mends that', async () => {
    const [short] = (await doctor()).of('retention');
    expect(short).toMatchObject({ state: 'warning', found: expect.stringContaining('kept for 1.0 days') as unknown });
    await run(cli, (short?.advice ?? '').split(' ').slice(1));
    expect((await doctor()).of('retention')).toMatchObject([{ state: 'ok' }]);
  });

  it('finds a namespace that is not there, and search attributes that it lacks; its advice makes both', async () => {
    const more = { TEMPORAL_NAMESPACE: 'elsewhere' };
    const absent = await doctor(more);
    expect(absent.isFaulty).toBe(true);
    const [namespace] = absent.of('namespace');
    expect(namespace).toMatchObject({ state: 'fault', found: expect.stringContaining('no namespace') as unknown });
    await run(cli, (namespace?.advice ?? '').split(' ').slice(1));

    const lacking = await eventually(
      () => doctor(more),
      ({ of }) => of('search-attributes').length > 0,
    );
    const [missing] = lacking.of('search-attributes');
    expect(missing).toMatchObject({ state: 'fault', found: expect.stringMatching(/not registered/) as unknown });
    const [command = ''] = (missing?.advice ?? '').split(' (');
    await temporal(...command.split(' ').slice(1));
    await eventually(
      () => doctor(more),
      ({ of }) => of('search-attributes')[0]?.state === 'ok',
    );
  });

  it('finds that Temporal does not answer, and that another process has the embedded store', async () => {
    const held = await openStore(embedded().GANTRY_STORE);
    const { isFaulty, of } = await doctor({ TEMPORAL_ADDRESS: '127.0.0.1:1', ...embedded() });
    await held.close();
    expect(isFaulty).toBe(true);
    expect(of('store')).toMatchObject([{ state: 'warning' }]);
    expect(of('temporal')).toMatchObject([
      {
        state: 'fault',
        found: expect.stringContaining('127.0.0.1:1') as unknown,
        advice: expect.stringContaining('TEMPORAL_ADDRESS') as unknown,
      },
    ]);
  });

  it('measures that timers are late where a server has the settings that servers usually have', async () => {
    const usual = [
      'history.timerProcessorMaxTimeShift="1s"',
      'history.timerProcessorMaxPollRPS=20',
      'history.transferProcessorMaxPollRPS=20',
    ];
    const server = await startDevServer({ cli, dataDir: null, uiPort: null, dynamicConfig: usual });
    try {
      const { of } = await doctor({ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace });
      expect(of('timers')).toMatchObject([
        { state: 'warning', advice: expect.stringContaining('history.timerProcessorMaxTimeShift="10ms"') as unknown },
      ]);
    } finally {
      await server.stop();
    }
  });

  it('finds that the store does not answer', async () => {
    const { isFaulty, of } = await doctor({ GANTRY_STORE: 'postgres://somebody@127.0.0.1:1/none' });
    expect(isFaulty).toBe(true);
    expect(of('store')).toMatchObject([
      { state: 'fault', found: expect.stringContaining('postgres://127.0.0.1:1/none') as unknown },
    ]);
  });

  it('finds that no worker polls; one that is started mends it, and then has the wrong policy', async () => {
    const more = { TEMPORAL_NAMESPACE: 'elsewhere' };
    const idle = await doctor(more);
    expect(idle.isFaulty).toBe(true);
    expect(idle.of('workers')).toMatchObject([
      {
        state: 'fault',
        found: expect.stringContaining('No worker polls gantry, gantry-actions') as unknown,
        advice: expect.stringContaining('gantry worker') as unknown,
      },
    ]);
    const [right, other] = ['policy.yaml', 'other.yaml'].map((name) => join(folder, name)) as [string, string];
    await writeFile(other, `${await readFile(right, 'utf8')}# not yet changed here\n`);
    const here = { ...more, GANTRY_POLICY: other, GANTRY_SLOTS_MONITORS: '7' };
    const worker = startGantry(['worker'], variables(here), folder);
    const opened = await openStore(store);
    const api = keepSayingPolicy({ store: opened, policy: await openPolicy(right), kind: 'api' });
    try {
      await worker.printed('The worker polls.');
      const served = await eventually(
        () => doctor(more),
        ({ of }) =>
          of('builds')[0]?.state === 'ok' &&
          of('slots')[0]?.found.startsWith('Free are') === true &&
          of('policies')[0]?.state === 'fault',
      );
      expect(served.of('workers')).toMatchObject([{ state: 'ok' }]);
      // As this worker itself has told Temporal, and the store.
      expect(served.of('slots')[0]?.found).toContain('7 of gantry-monitors');
      expect(served.of('worker').map(({ found }) => found)).toEqual([
        expect.stringMatching(/: build 0\S+; policy sha256:[0-9a-f]{64}; free are .*\b7 of gantry-monitors/),
      ]);
      const [, ofWorker = 'none'] = /policy (\S+);/.exec(served.of('worker')[0]?.found ?? '') ?? [];
      const [ofFile = 'none'] = /sha256:[0-9a-f]+/.exec(served.of('policy')[0]?.found ?? '') ?? [];
      expect(served.isFaulty).toBe(true);
      expect(served.of('policies')[0]?.found).toMatch(new RegExp(`${ofFile}: API .*${ofWorker}: worker`));

      // As it advises: the same file for all. The worker takes it by itself.
      await cp(right, other);
      await eventually(
        () => opened.processes(),
        (known) => known.every(({ policyDigest }) => policyDigest === ofFile),
      );
      await eventually(
        () => doctor(more),
        ({ of }) => of('policies')[0]?.state === 'ok',
      );
    } finally {
      await api.stop();
      await opened.close();
      await worker.kill('SIGTERM');
    }
  });

  it('finds what is wrong with a policy, with its line', async () => {
    await writePolicy({ ...testPolicy, people: [{ subject: 'nobody', name: 'N', roles: [] }] });
    const { isFaulty, of } = await doctor();
    await writePolicy(testPolicy);
    expect(isFaulty).toBe(true);
    const [broken] = of('policy');
    expect(broken).toMatchObject({ state: 'fault', advice: expect.stringContaining('gantry policy check') as unknown });
    expect(broken?.found).toMatch(/policy\.yaml:\d+ /);
  });

  it('finds a procedure that cannot be planned, and a program that no machine has', async () => {
    const procedure = (program: string) =>
      stringify({
        gantry: 1,
        procedure: 'small',
        description: 'One command.',
        steps: [
          {
            id: 'go',
            title: 'Go',
            do: { command: [program, '${artifact.digest}'] },
            undo: { command: ['true'] },
            done: { command: ['true'] },
            verify: [{ id: 'is', command: ['true', '${artifact.digest}'], within: '1s' }],
          },
        ],
        health: [{ id: 'front-door', availability: 'http://127.0.0.1:1/', rate: 10, failureLimit: 3, timeout: '1s' }],
        validation: {
          smoke: [{ id: 'home', http: 'http://127.0.0.1:1/' }],
          performance: { none: 'no metrics here' },
          integrations: { none: 'calls nobody' },
          features: { none: 'nothing to try' },
        },
        rollback: { settle: '1s', verify: [{ id: 'previous', command: ['true'], within: '2s' }] },
        monitoring: { period: '1s' },
        environments: { production: {} },
      });
    const own = join(folder, 'procedures', 'small');
    await mkdir(own);
    try {
      await writeFile(join(own, 'procedure.yaml'), procedure('no-such-program'));
      const lacking = await doctor();
      expect(lacking.isFaulty).toBe(true);
      expect(lacking.of('programs')).toMatchObject([
        { state: 'fault', found: 'small runs no-such-program, which is no program of this machine.' },
      ]);
      await writeFile(join(own, 'procedure.yaml'), procedure('true'));
      expect((await doctor()).of('programs')).toMatchObject([{ state: 'ok' }]);
      await writeFile(join(own, 'procedure.yaml'), 'gantry: 1\nprocedure: small\nsteps: none\n');
      const broken = await doctor();
      expect(broken.isFaulty).toBe(true);
      expect(broken.of('procedures')[0]).toMatchObject({ state: 'fault' });
      // What cannot be planned names programs that nobody has looked for.
      expect(broken.of('programs')).toEqual([]);
      expect(broken.of('procedures')[0]?.found).toMatch(/small\/procedure\.yaml:\d+ /);
    } finally {
      await rm(own, { recursive: true });
    }
  });

  it('refuses secrets that everybody may read; its advice mends that', async () => {
    const file = join(folder, 'secrets', 'chat-hook');
    await writeFile(file, 'secret', { mode: 0o644 });
    await chmod(file, 0o644);
    const { isFaulty, of } = await doctor();
    expect(isFaulty).toBe(true);
    expect(of('secrets')).toMatchObject([{ state: 'fault', advice: `chmod 600 ${file}` }]);
    await run('sh', ['-c', of('secrets')[0]?.advice ?? 'false']);
    expect((await doctor()).of('secrets')).toMatchObject([{ state: 'ok' }]);
  });

  it('refuses a public address without TLS, and takes one behind a proxy that has it', async () => {
    const { isFaulty, of } = await doctor({ GANTRY_LISTEN: '0.0.0.0:8080' });
    expect(isFaulty).toBe(true);
    expect(of('exposure')[0]).toMatchObject({
      state: 'fault',
      found: expect.stringContaining('0.0.0.0:8080') as unknown,
    });
    const behind = await doctor({
      GANTRY_LISTEN: '0.0.0.0:8080',
      GANTRY_PUBLIC_URL: 'https://gantry.example',
      GANTRY_TRUST_PROXY: '10.0.0.7',
    });
    expect(behind.of('exposure')[0]).toMatchObject({ state: 'ok' });
  });

  it('finds that an API here could vouch for nothing where the policy asks for that; gantry key create mends it', async () => {
    await writePolicy({
      ...testPolicy,
      environments: { production: { ...rules, messages: { unsigned: 'refuse' } } },
    });
    expect((await doctor()).of('message-key')).toMatchObject([{ state: 'warning' }]);
    await gantry(['key', 'create']);
    expect((await doctor()).of('message-key')).toMatchObject([{ state: 'ok' }]);
    await writeFile(join(folder, 'secrets', 'message-key'), 'not a key', { mode: 0o600 });
    expect((await doctor()).of('message-key')).toMatchObject([{ state: 'fault' }]);
    await rm(join(folder, 'secrets', 'message-key'));
    await writePolicy(testPolicy);
  });

  it('finds variables that are wrong', async () => {
    const { isFaulty, of } = await doctor({ GANTRY_LISTEN: 'nowhere' });
    expect(isFaulty).toBe(true);
    expect(of('configuration')).toMatchObject([
      { state: 'fault', found: expect.stringContaining('GANTRY_LISTEN') as unknown },
    ]);
  });

  it('sends stakeholders a test message only when it is told to, and finds who is not reached', async () => {
    await writeFile(join(folder, 'secrets', 'chat-hook'), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { mode: 0o600 });
    const receiver = await startReceiver((response) => response.end());
    const stakeholders = [
      { name: 'Shop team', webhook: receiver.url, secret: 'chat-hook', on: rules.stakeholders[0]?.on },
    ];
    await writePolicy({ ...testPolicy, environments: { production: { ...rules, stakeholders } } });
    await doctor();
    expect(receiver.received).toHaveLength(0);
    expect((await doctor({}, true)).of('notifiers')).toMatchObject([{ state: 'ok' }]);
    expect(receiver.received).toHaveLength(1);
    await receiver.close();
    const unheard = await doctorProcess({}, '--notify');
    expect(unheard.code).toBe(1);
    expect(unheard.of('notifiers')).toMatchObject([
      { state: 'fault', found: expect.stringContaining('Shop team') as unknown },
    ]);
    await writePolicy(testPolicy);
  });

  it('finds that no worker has a slot free, until the deployment that takes it has ended', async () => {
    const world = await rig.world('watched');
    const id = await rig.request(world, {
      service: 'watched',
      steps: [steps.startByHttp(world), steps.gate('10m')],
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'approval'));
    await rig.approve(id);
    const full = await eventually(
      () => doctor(),
      ({ of }) => of('slots')[0]?.state === 'warning',
    );
    expect(full.of('slots')).toMatchObject([
      {
        found: 'No worker has a free slot on gantry-monitors: what comes there waits.',
        advice: expect.stringContaining('start another gantry worker') as unknown,
      },
    ]);

    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, { reason: 'seen enough' });
    await rig.ended(id);
    await eventually(
      () => doctor(),
      ({ of }) => of('slots')[0]?.found.includes(' 1 of gantry-monitors') === true,
    );
  });

  it('finds that new deployments go to a build whose workers are gone; its advice gives them one that is there', async () => {
    const { connection } = rig.client;
    const ending = await rig.startWorker({ build: 'gone' });
    await makeCurrent(connection, rig.server.namespace, 'gone');
    await eventually(
      () => doctor(),
      ({ of }) => of('builds')[0]?.found.endsWith('new deployments go to gone.') === true,
    );
    await rig.startWorker({ build: 'kept' });
    await ending.stop();
    const orphaned = await eventually(
      () => doctor(),
      ({ of }) => of('builds')[0]?.state === 'fault',
    );
    expect(orphaned.isFaulty).toBe(true);
    expect(orphaned.of('builds')[0]?.found).toMatch(
      /^New deployments go to build gone, of which no worker polls; .*kept/,
    );

    const [, command = 'none'] = (orphaned.of('builds')[0]?.advice ?? '').split(', or: gantry ');
    expect(command).toBe('worker promote kept');
    await gantry(command.split(' '));
    expect((await doctor()).of('builds')).toMatchObject([
      { state: 'ok', found: expect.stringContaining('new deployments go to kept') as unknown },
    ]);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';

const secret = 'S3cret & "quoted" pässword/+=';
let rig: Rig;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(folder, 'pass'), `${secret}\n`);
  process.env['GANTRY_TEST_CANARY'] = 'the worker alone knows this';
  rig = await startRig({ secrets: folder });
});
afterAll(async () => {
  delete process.env['GANTRY_TEST_CANARY'];
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

/** Prints a secret in many ways, in pieces too, then fails with it in an error. */
const leak = `
const s = process.env.PASS;
console.log(s);
console.log(Buffer.from(s).toString('base64'), Buffer.from('user:' + s).toString('base64'), Buffer.from('ab' + s + 'cd').toString('base64url'));
console.log(encodeURIComponent(s), encodeURIComponent(s).replaceAll('%20', '+'), Buffer.from(s).toString('hex'), JSON.stringify({ s }));
process.stdout.write(s.slice(0, 7));
setTimeout(() => { process.stdout.write(s.slice(7) + '\\n'); console.error('failed with ' + s); console.log(require('fs').readFileSync(process.argv[1], 'utf8')); process.exit(3); }, 50);
`;

describe('a secret that a command prints', () => {
  it('appears in no answer, record, log, file or exported history, in whatever form', async () => {
    const world = await rig.world('leaky');
    const step = {
      ...steps.startByHttp(world),
      do: {
        command: [process.execPath, '-e', leak, '${secret-file:pass}', '${artifact.digest}'],
        env: { PASS: '${secret:pass}' },
      },
    };
    const check = {
      id: 'told',
      http: `${world.url}/`,
      headers: { authorization: 'Bearer ${secret:pass}' },
    };
    const { id, status } = await rig.deploy(world, { service: 'leaky', steps: [{ ...step, verify: [check] }] });
    expect(status.outcome).toBe('rolled-back');
    const journal = await rig.journal(id);
    const output = entriesOf(journal, 'action-completed')[0]?.outcome.output;
    expect(output?.head).toContain('[secret:pass]');
    const stored = await rig.store.output(output?.digest ?? '');
    expect(stored).toContain('failed with [secret:pass]');

    const histories = await Promise.all(
      [workflowIdOf(id), 'target/leaky/production'].map((workflow) =>
        rig.client.workflow.getHandle(workflow).fetchHistory(),
      ),
    );
    const decoded = JSON.stringify(histories, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    // The store holds the record at once; its file follows.
    const records = await eventually(
      () => readdir(join(rig.folder, 'records')).catch(() => []),
      ({ length }) => length > 0,
    );
    const everything = [
      JSON.stringify(journal),
      JSON.stringify((await rig.call('key:alice', 'GET', `/v1/deployments/${id}`)).body),
      JSON.stringify((await rig.call('key:alice', 'GET', `/v1/deployments/${id}/plan`)).body),
      JSON.stringify((await rig.call('key:alice', 'GET', `/v1/deployments/${id}/record`)).body),
      await rig.record(id),
      ...(await Promise.all(records.map((name) => readFile(join(rig.folder, 'records', name), 'utf8')))),
      rig.told.join('\n'),
      stored ?? '',
      decoded,
    ].join('\n');
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('base64'),
      Buffer.from(`user:${secret}`).toString('base64').slice(8, -4),
      bytes.toString('hex'),
      encodeURIComponent(secret),
      encodeURIComponent(secret).replaceAll('%20', '+'),
      secret.slice(7),
    ])
      expect(everything).not.toContain(form);
  });

  it('is refused when it is missing, before anything happens', async () => {
    const world = await rig.world('missing');
    const start = steps.startByHttp(world);
    const action = start['do'] as object;
    const { status, journal } = await rig.deploy(world, {
      service: 'missing',
      steps: [{ ...start, do: { ...action, headers: { 'x-key': '${secret:nowhere}' } } }],
    });
    expect(status.outcome).toBe('rolled-back');
    expect(world.changes.filter((change) => change.startsWith('PUT'))).toEqual([]);
    expect(JSON.stringify(journal)).toContain('Secret nowhere has no file');
  });
});

describe('a command', () => {
  it('sees nothing of the environment of its worker, and who it acts for', async () => {
    const world = await rig.world('bare');
    const start = steps.startByHttp(world);
    const look =
      "console.log(JSON.stringify({ cwd: process.cwd(), env: process.env, stdin: require('fs').readFileSync(0, 'utf8') }))";
    const { id, status, journal } = await rig.deploy(world, {
      service: 'bare',
      steps: [
        start,
        {
          ...start,
          id: 'look',
          do: { command: [process.execPath, '-e', look], env: { OWN: '1' } },
          undo: { none: 'looks' },
          done: undefined,
          verify: { none: 'looks' },
        },
      ],
    });
    expect(status.outcome).toBe('succeeded');
    const printed = entriesOf(journal, 'action-completed').find(({ step }) => step === 'look')?.outcome.output;
    const { env, cwd, stdin } = JSON.parse((await rig.store.output(printed?.digest ?? '')) ?? '{}') as {
      env: Record<string, string>;
      cwd: string;
      stdin: string;
    };
    expect(Object.keys(env).sort()).toEqual(
      [
        'GANTRY_DEPLOYMENT',
        'GANTRY_FENCE',
        'GANTRY_STEP',
        'GANTRY_STEP_KEY',
        'HOME',
        'LANG',
        'OWN',
        'PATH',
        'TZ',
      ].sort(),
    );
    expect(env).toMatchObject({ GANTRY_DEPLOYMENT: id, GANTRY_FENCE: '1', GANTRY_STEP: 'look', TZ: 'UTC', OWN: '1' });
    expect(stdin).toBe('');
    await expect(readdir(cwd)).rejects.toThrow('ENOENT');
    expect(world.lastHeaders).toMatchObject({
      'gantry-deployment': id,
      'gantry-fence': '1',
      'idempotency-key': `${id}/start-idle`,
    });
  });
});

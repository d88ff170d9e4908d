import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { completionStatement } from '../../src/domain/record/certifying-statement.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { sayMigrated } from '../support/next-schema.ts';
import { query } from '../support/postgres.ts';
import { isAlive } from '../support/processes.ts';
import { type TwoBuilds, twoBuilds } from '../support/two-builds.ts';

let folder: string;
let builds: TwoBuilds;
let there: Installation;
let store: string;
/** The API of the newer build, which has an address of its own. */
let newer: ApiClient;
let listen: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-two-builds-'));
  builds = await twoBuilds(join(folder, 'next'));
  there = await startInstallation({
    build: builds.former,
    isForgetful: true,
    env: async (_, parts) => {
      store = parts.store;
      return {};
    },
  });
  await there.startWorker({ GANTRY_BUILD: 'former' });
  const [port = 0] = await freePorts('127.0.0.1', 1);
  listen = `127.0.0.1:${port}`;
  newer = createApiClient(`http://${listen}`, there.tokens);
}, 180_000);
afterAll(async () => {
  await newer.closeWorlds();
  // Not replayed by one bundle: two builds may have two.
  await there.stop();
  await rm(folder, { recursive: true });
});

const ofNewer = (more: Readonly<Record<string, string>> = {}) => ({ build: builds.newer, more });
const isWaiting = (api: ApiClient, id: string, kind: string) =>
  api.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));

/** Requested through one API and left at a gate in the middle of its steps. */
async function upToGate(api: ApiClient, service: string): Promise<string> {
  const world = await api.world(service);
  const id = await api.request(world, { service, steps: [steps.startByHttp(world), steps.gate('10m')] });
  await isWaiting(api, id, 'approval');
  await api.approve(id);
  await isWaiting(api, id, 'gate');
  return id;
}

/** Lets it go on through another API than it was requested by, and reads what became of it through both. */
async function endsWell(id: string, by: ApiClient): Promise<void> {
  await by.approve(id, 'key:bob', 'go');
  expect((await by.ended(id)).outcome).toBe('succeeded');
  const [one = [], other] = await Promise.all(
    [there, newer].map((api) =>
      // Published right after its end, which is the last that is said of it.
      eventually(
        () => api.journal(id),
        (entries) => entriesOf(entries.slice(-1), 'record-published').some(({ state }) => state === 'final'),
      ),
    ),
  );
  expect(one.map(({ seq }) => seq)).toEqual(one.map((_, i) => i + 1));
  expect(other).toEqual(one);
  for (const api of [there, newer]) expect(await api.record(id)).toContain(completionStatement);
}

it('two builds, an API and a worker of each, work on one store, before it is migrated and after: nothing is refused or lost', async () => {
  // Before the store is migrated: the newer build waits for it, and says what to do.
  const before = await upToGate(there, 'before');
  const early = await there.attempt(['api'], ofNewer({ GANTRY_LISTEN: listen }));
  expect(early).toMatchObject({ code: 1, said: expect.stringMatching(/not-ready\]: .*run gantry migrate/) as unknown });

  // The newer build migrates while the former one works.
  const migrated = await there.attempt(['migrate'], ofNewer());
  expect(migrated).toMatchObject({ code: 0, said: expect.stringContaining('Applied') as unknown });
  expect((await there.call('', 'GET', '/readyz')).status).toBe(200);
  const during = await upToGate(there, 'during');

  // Side by side, the newer worker current: what runs ends on the former one.
  // From now on the newer build cleans up, since the former one does not know what may go.
  await query(
    store,
    "delete from chores; insert into api_keys (id, hash, subject, kind, created_at, expires_at) values ('old', '', '', 'session', '', '2020')",
  );
  const api = await there.startOne('api', ofNewer({ GANTRY_LISTEN: listen }));
  await api.printed('Removed from the store, past their time: 1 sessions.');
  await there.startOne('worker', ofNewer({ GANTRY_BUILD: 'newer' }));
  await there.attempt(['worker', 'promote', 'newer'], ofNewer());
  await endsWell(before, newer);
  const [one, other] = await Promise.all([upToGate(there, 'through-former'), upToGate(newer, 'through-newer')]);
  await Promise.all([endsWell(during, newer), endsWell(one, newer), endsWell(other, there)]);

  // One request, sent to both with one key, is one deployment.
  const world = await there.world('twice');
  const asked = changeOf(world, { service: 'twice' });
  await there.submitEvidence('1.4.2');
  const sent = await Promise.all(
    [there, newer, there, newer].map((api) =>
      api.call('key:alice', 'POST', '/v1/deployments', asked, { 'idempotency-key': 'the-same' }),
    ),
  );
  const ids = sent.flatMap(({ status, body }) => (status === 202 || status === 201 ? [body['id']] : []));
  expect(new Set(ids)).toEqual(new Set(['twice.production.1']));
  for (const { status, body } of sent) expect(status < 300 || body['code'] === 'idempotency-in-progress').toBe(true);
}, 180_000);

it('a former build that starts on the newer schema works there, and has nothing to migrate', async () => {
  const again = await there.attempt(['migrate'], {});
  expect(again).toMatchObject({ code: 0, said: expect.stringMatching(/Nothing to do: a newer build/) as unknown });
  await there.restartApi();
  await there.startWorker({ GANTRY_BUILD: 'former' });
  await there.run('worker', 'promote', 'former');
  await endsWell(await upToGate(there, 'back'), newer);
  await endsWell(await upToGate(newer, 'back-2'), there);
}, 120_000);

it('a build that the schema no longer carries refuses to start, to migrate and to be ready, with what to do', async () => {
  const worker = await there.startWorker({ GANTRY_BUILD: 'former' });
  await sayMigrated(store, '9001-contracts', '9001-contracts');

  const ready = await there.call('', 'GET', '/readyz');
  expect(ready).toMatchObject({ status: 503, body: { code: 'schema-too-new' } });
  for (const args of [['api'], ['worker'], ['worker', '--check'], ['migrate'], ['token', 'create', 'key:alice']]) {
    const { code, said } = await there.attempt(args, {});
    expect({ args, code, said }).toEqual({
      args,
      code: 1,
      said: expect.stringMatching(/schema-too-new\]: .*9001-contracts.*start a newer build/) as unknown,
    });
  }
  // What runs has a way back that needs no store.
  expect(isAlive(worker.pid)).toBe(true);
}, 120_000);

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { query, type Standby } from '../support/postgres.ts';

let secrets: string;
let there: Installation;
/** Where everybody finds the store, and where its standby finds it. */
let front: TcpProxy;
let replication: TcpProxy;
let primary: string;
let storePort = 0;
let standby: Standby;
beforeAll(async () => {
  secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await ensureMessageKeys(secrets);
  front = await startTcpProxy(() => storePort);
  replication = await startTcpProxy(() => Number(new URL(primary).port));
  there = await startInstallation({
    async env(_, { store }) {
      primary = store;
      storePort = Number(new URL(store).port);
      return { GANTRY_STORE: Object.assign(new URL(store), { port: front.port }).href, GANTRY_SECRETS: secrets };
    },
  });
  standby = await there.postgres.standby(replication.port);
  await there.startWorker();
}, 180_000);
afterAll(async () => {
  await there.close();
  await front.close();
  await replication.close();
  await rm(secrets, { recursive: true });
});

/** The statements that docs/operations.md shows for the standby. */
async function asDocumented(): Promise<readonly string[]> {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, shown = ''] = /^## Failover to a standby$.*?^```sql$(.*?)^```$/ms.exec(page) ?? [];
  const statements = shown.trim().split('\n');
  expect(statements.at(-1)).toContain('pg_promote');
  return statements;
}

const entriesIn = async (address: string, id: string) =>
  (await query(address, `select seq from journal where deployment = '${id}' order by seq`)).map(({ seq }) => seq);

it('nothing that was acknowledged is lost from a journal when a standby takes over that lacks the last seconds', async () => {
  const waits = async (id: string, what: string) =>
    there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === what));
  const begun = async (service: string, how: readonly Record<string, unknown>[]) => {
    const world = await there.world(service);
    const id = await there.request(world, {
      service,
      steps: [steps.startByHttp(world), ...how, steps.switch(world)],
    });
    await waits(id, 'approval');
    return { id, world };
  };
  const held = await begun('held', [steps.hold('1m')]);
  await there.approve(held.id);
  await waits(held.id, 'hold');
  const gated = await begun('gated', [steps.gate('2m')]);
  await there.approve(gated.id);
  await waits(gated.id, 'gate');
  const asked = await begun('asked', []);
  await eventually(() => standby.isLevel(), Boolean);

  // The last seconds: what is said and done now is known to the one that is lost alone.
  replication.refuse();
  await there.approve(asked.id);
  expect((await there.ended(asked.id)).outcome).toBe('succeeded');
  const note = { severity: 'minor', statement: 'said in the last second' };
  expect((await there.call('key:bob', 'POST', `/v1/deployments/${gated.id}/note`, note)).status).toBe(200);
  await there.approve(gated.id, 'key:bob', 'go');
  await there.until(gated.id, ({ approvals }) => approvals.length === 2);
  await there.postgres.kill();

  // Before anybody has promoted anything, an abort is carried out.
  const since = Date.now();
  const undone = held.world.arrival('DELETE /slots/green');
  const aborted = there.call('key:alice', 'POST', `/v1/deployments/${held.id}/abort`, {});
  await undone;
  expect(Date.now() - since).toBeLessThan(2_000);
  expect((await aborted).status).toBe(202);

  for (const statement of await asDocumented()) await standby.run(statement);
  storePort = standby.port;
  front.cut();
  expect((await there.ended(held.id)).outcome).toBe('rolled-back');
  expect((await there.ended(gated.id)).outcome).toBe('succeeded');
  const address = Object.assign(new URL(primary), { port: standby.port }).href;
  for (const { id, world } of [held, gated, asked]) {
    const journal = await eventually(
      () => there.journal(id),
      (entries) => entries.at(-1)?.type === 'record-published',
    );
    const numbers = journal.map((_, i) => i + 1);
    expect(journal.map(({ seq }) => seq)).toEqual(numbers);
    await eventually(
      () => entriesIn(address, id),
      ({ length }) => length === numbers.length,
    );
    expect(await there.record(id)).toContain('FINAL');
    expect(new Set(world.changes).size).toBe(world.changes.length);
  }
  const kept = await there.journal(gated.id);
  expect(entriesOf(kept, 'note-added').map(({ statement }) => statement)).toEqual([note.statement]);
  expect(entriesOf(kept, 'approval-granted').map(({ gate }) => gate)).toEqual(['start', 'go']);
}, 120_000);

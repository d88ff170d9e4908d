import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentWorkflowId, parseDeploymentId } from '../../src/domain/base/ids.ts';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { query } from '../support/postgres.ts';
import type { GantryProcess } from '../support/processes.ts';

let folder: string;
let there: Installation;
let store: string;
let worker: GantryProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-recovery-'));
  there = await startInstallation({
    async env(_, parts) {
      store = parts.store;
      return {};
    },
  });
  worker = await there.startWorker();
}, 180_000);
afterAll(async () => {
  await there.close();
  await rm(folder, { recursive: true });
});

/** Runs the one command of this name that docs/how-to/backup.md shows, as it stands there. */
async function asDocumented(verb: string): Promise<string> {
  const page = await readFile(new URL('../../docs/how-to/backup.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/^```sh$(.*?)^```$/gms)].flatMap(([, text = '']) => text.trim().split('\n'));
  const [line = '', ...others] = shown.filter((one) => one.startsWith(`gantry ${verb} `) || one === `gantry ${verb}`);
  expect(others).toEqual([]);
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare = '']) => quoted ?? bare);
  const [, api = '', , ofWorker = ''] = there.grants;
  const files: Readonly<Record<string, string>> = {
    'store.backup': join(folder, 'store.backup'),
    '/etc/gantry/store-api': api,
    '/etc/gantry/store-worker': ofWorker,
  };
  return there.run(...words.slice(1).map((word) => files[word] ?? word));
}

/** As a deployment's own workflow tells it. */
async function told(id: string): Promise<readonly JournalEntry[]> {
  const { service = '', environment = '', number = 0 } = parseDeploymentId(id) ?? {};
  const handle = there.client.workflow.getHandle(deploymentWorkflowId(service, environment, number));
  return handle.query<readonly JournalEntry[], [object]>('journal', { after: 0, limit: 1_000 });
}

/** The database is gone with all that it held, and there is a new one in its place. */
async function loseStore(): Promise<void> {
  const { pathname } = new URL(store);
  const name = pathname.slice(1);
  const other = Object.assign(new URL(store), { pathname: '/postgres' }).href;
  await query(other, `drop database ${name} with (force)`);
  await query(other, `create database ${name}`);
}

describe('a store that was restored from a backup before a release, a revocation, a freeze and an approval', () => {
  let shop: Awaited<ReturnType<Installation['world']>>;
  let pay: typeof shop;
  let released: string;
  let waiting: string;
  let aborted: string;
  let recordBefore: string;

  it('comes of two commands, over a database that is lost with all that it held', async () => {
    shop = await there.world('shop');
    pay = await there.world('pay');
    await there.deploy(shop);
    waiting = await there.request(pay, { service: 'pay' });
    aborted = await there.request(await there.world('mail'), { service: 'mail' });
    for (const id of [waiting, aborted]) await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    expect(await asDocumented('backup')).toMatch(/^Wrote \d+ rows of \d+ tables to .*\nsha256:[0-9a-f]{64}$/);

    released = (await there.deploy(shop, { release: '1.4.3' })).id;
    await eventually(
      () => there.journal(released),
      (journal) => journal.at(-1)?.type === 'record-published',
    );
    recordBefore = await there.record(released);
    await there.run('token', 'revoke', 'key:dan');
    const scope = { kind: 'target', service: 'pay', environment: 'production' };
    const frozen = await there.call('key:carol', 'POST', '/v1/freezes', { scope, reason: 'The bank; counts' });
    expect(frozen.status).toBe(201);
    await there.approve(waiting);
    await there.until(waiting, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'window'));

    await loseStore();
    expect(await asDocumented('restore')).toContain('gantry recovery show');
    expect(await asDocumented('migrate')).toContain('Granted gantry_worker');
  });

  it('lets nothing begin by itself, and nobody begin anything; whoever is confirmed reads and aborts', async () => {
    expect(await there.call('key:alice', 'GET', `/v1/deployments/${waiting}`)).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining('gantry recovery confirm') as unknown },
    });
    const confirmed = await asDocumented('recovery confirm');
    expect(confirmed).toMatch(/^In force again: ([0-9a-f]{16}(, |\.$)){4}/);

    const held = { status: 503, body: { code: 'in-recovery' } };
    const lifting = there.call('key:carol', 'DELETE', '/v1/freezes/any', { reason: 'I say so' });
    expect(await lifting).toMatchObject(held);
    const approval = { planDigest: (await there.status(aborted)).planDigest, gate: 'start' };
    expect(await there.call('key:bob', 'POST', `/v1/deployments/${aborted}/approve`, approval)).toMatchObject(held);
    await expect(there.request(shop, { release: '1.4.4' })).rejects.toThrow('in-recovery');
    expect(await there.call('key:alice', 'POST', `/v1/deployments/${aborted}/abort`, {})).toMatchObject({
      status: 202,
    });
    expect((await there.ended(aborted)).outcome).toBe('aborted');

    // Approved, as its own workflow knows, and the freeze that held it back is not in the store any more.
    const windows = () => told(waiting).then((journal) => entriesOf(journal, 'gate-evaluated'));
    await eventually(windows, (gates) => gates.at(-1)?.found.includes('gantry recovery end') === true);
    expect(entriesOf(await told(waiting), 'step-started')).toEqual([]);
    expect(pay.live).toBe('blue');
  });

  it('shows all four', async () => {
    const shown = await asDocumented('recovery show');
    expect(shown).toContain('shop/production: the store says live 1.4.2 in green, lock free, fence 1, last number 1');
    expect(shown).toContain('the target says live 1.4.3 in blue, lock free, fence 2, last number 2');
    expect(shown).toMatch(
      /shop\.production\.2 \(1\.4\.3\): its history has more than the store; the store has 0 of \d+/,
    );
    expect(shown).toContain('released: 1.4.3');
    expect(shown).toMatch(/pay\.production\.1 .*\n(?: {4}.*\n)* {4}\S+ approved by key:bob as service-owner \(start\)/);
    expect(shown).toMatch(
      /pay\/production: frozen by key:carol: The bank; counts \(freeze .*, held pay.production.1 back\)/,
    );
    expect(shown).toMatch(/^ {2}[0-9a-f]{16} {2}key:dan /m);
    expect(shown).toContain('key:olga');
  });

  it('is brought to the truth of the histories by its end; a revoked key stays out, a frozen line frozen', async () => {
    const ended = await asDocumented('recovery end');
    // Whoever brought it: a worker may have done so a moment before.
    const kept = await query(store, `select 1 from records where deployment = '${released}' and state = 'final'`);
    if (kept.length === 0) throw new Error(ended);
    // One of them goes on, and writes that down.
    const journals = (id: string) =>
      Promise.all([there.journal(id), told(id)]).then((both) => both.map((one) => JSON.stringify(one)));
    for (const id of [released, waiting, aborted, 'shop.production.1'])
      await eventually(
        () => journals(id),
        ([stored, own]) => stored === own,
      );
    expect(await there.record(released)).toBe(recordBefore);
    const { body } = await there.call('key:alice', 'GET', '/v1/deployments?service=shop');
    expect(body).toMatchObject({ items: [{ id: released, outcome: 'succeeded' }, { outcome: 'succeeded' }] });
    expect(await query(store, `select fence, live from targets where service = 'shop'`)).toMatchObject([
      { fence: '2', live: expect.stringContaining('1.4.3') as unknown },
    ]);
    expect(await query(store, `select ended_by, ended_reason from recoveries`)).toEqual([
      { ended_by: 'Carol Ito', ended_reason: 'compared with what the targets serve' },
    ]);
    expect((await there.call('key:dan', 'GET', '/v1/targets')).status).toBe(401);

    await eventually(
      () => there.status(waiting),
      ({ waitingFor }) => waitingFor.some(({ reason }) => reason?.includes('frozen by key:carol') === true),
    );
    const { items } = (
      await there.call<{ items: { id: string; scope: object }[] }>('key:carol', 'GET', '/v1/freezes?active=true')
    ).body;
    expect(items).toMatchObject([{ scope: { kind: 'target', service: 'pay', environment: 'production' } }]);
    await there.call('key:carol', 'DELETE', `/v1/freezes/${items[0]?.id}`, { reason: 'The bank is done' });
    expect((await there.ended(waiting)).outcome).toBe('succeeded');
    expect(pay.live).toBe('green');
    const next = await there.deploy(shop, { release: '1.4.4' });
    expect(next).toMatchObject({ id: 'shop.production.3', status: { outcome: 'succeeded' } });
  });
});

describe('a Temporal that is lost with all that it ran, beside a store that is whole', () => {
  it('leaves what had changed something to a person, with its journal, and numbers and fences go on', async () => {
    const world = await there.world('lost');
    const hold = [steps.startByHttp(world), steps.hold('5m'), steps.switch(world)];
    const held = await there.request(world, { service: 'lost', steps: hold });
    await there.until(held, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(held);
    await there.until(held, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const asked = await there.request(await there.world('asked'), { service: 'asked' });
    await there.until(asked, ({ phase }) => phase === 'awaiting-approval');

    await there.run('recovery', 'begin', '--why', 'Temporal was lost');
    await there.restartTemporal({ isEmpty: true });
    await Promise.all([there.restartApi(), worker.kill('SIGTERM')]);
    worker = await there.startWorker();
    await there.run('recovery', 'confirm', 'key:alice', 'key:bob', 'key:carol', 'key:ci-shop');
    const shown = await there.run('recovery', 'show');
    for (const id of [held, asked])
      expect(shown).toContain(`${id} (1.4.2): the store says that it runs, and Temporal does not know it`);
    const end = ['recovery', 'end', '--by', 'carol', '--reason', 'looked'] as const;
    await expect(there.run(...end)).rejects.toThrow('in-recovery');
    expect(await there.run(...end, '--lost')).toContain('needs-intervention');

    expect((await there.status(held)).outcome).toBe('needs-intervention');
    expect((await there.status(asked)).outcome).toBe('aborted');
    const decision = { deployment: held, decision: 'compensate', reason: 'Temporal was lost' };
    const resolved = await there.call('key:carol', 'POST', '/v1/targets/lost/production/resolve', decision);
    expect(resolved).toMatchObject({ status: 202, body: { id: 'lost.production.2' } });
    await eventually(
      () => there.call('key:alice', 'GET', '/v1/deployments/lost.production.2'),
      ({ status }) => status === 200,
    );
    expect((await there.ended('lost.production.2')).outcome).toBe('succeeded');
    expect(world.changes).toContain('DELETE /slots/green');
    const next = await there.deploy(world, { service: 'lost' });
    expect(next).toMatchObject({ id: 'lost.production.3', status: { outcome: 'succeeded' } });
    expect(entriesOf(next.journal, 'lock-granted').map(({ fence }) => fence)).toEqual([3]);
    const other = await there.world('asked');
    expect(await there.deploy(other, { service: 'asked' })).toMatchObject({ id: 'asked.production.2' });
  }, 120_000);
});

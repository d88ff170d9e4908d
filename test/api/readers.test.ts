import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/deployment/status.ts';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import type { Gateway } from '../../src/temporal/gateway.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { subjects } from '../support/policy.ts';
import { query } from '../support/postgres.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { copyMigratedStore } from '../support/store-template.ts';

const people = subjects.slice(0, 4);
const crowd = 200;

describe.each(['PostgreSQL', 'PGlite'] as const)('readers, with the store on %s', (engine) => {
  let folder: string;
  let rig: Rig;
  const asked = { questions: 0 };
  /** Counts what the API asks of workflows. */
  const counting = (real: Gateway): Gateway => {
    const counted = <Args extends unknown[], T>(ask: (...args: Args) => T) => {
      return (...args: Args): T => {
        asked.questions += 1;
        return ask(...args);
      };
    };
    return {
      ...real,
      status: counted((...args) => real.status(...args)),
      rest: counted((...args) => real.rest(...args)),
      target: counted((...args) => real.target(...args)),
    };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-readers-'));
    const isEmbedded = engine === 'PGlite';
    if (isEmbedded) await copyMigratedStore(join(folder, 'store'));
    const waitLimits = { perCaller: crowd / people.length + 10, inAll: 10_000 };
    rig = await startRig({
      gateway: counting,
      waitLimits,
      ...(isEmbedded && { store: `pglite:${join(folder, 'store')}` }),
    });
  });
  afterAll(async () => {
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A deployment that has changed something and waits for somebody. */
  async function atGate(service: string): Promise<string> {
    const world = await rig.world(service);
    const id = await rig.request(world, { service, steps: [steps.startByHttp(world), steps.gate()] });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    // People are told that the gate waits for them: after that nothing happens any more.
    await eventually(
      () => rig.journal(id),
      (entries) => entries.at(-1)?.type === 'notified',
    );
    return id;
  }

  /** Waits again and again until the end, and keeps the number that each answer had. */
  async function readToTheEnd(as: string, id: string, seq: number): Promise<readonly number[]> {
    const seen = [seq];
    for (;;) {
      const path = `/v1/deployments/${id}?wait=30s&seq=${seen.at(-1)}`;
      const { status, body } = await rig.call<Status>(as, 'GET', path);
      if (status !== 200) throw new Error(JSON.stringify(body));
      seen.push(body.seq);
      if (body.outcome !== null) return seen;
    }
  }

  /** For how long the store says nothing, in milliseconds: until it is over, answers that come late count whole. */
  function silenceOfStore(id: string) {
    const seen = { ms: 0, isOver: false };
    const asking = (async () => {
      while (!seen.isOver) {
        const since = Date.now();
        await rig.store.journal(id, 0, 1);
        const tookMs = Date.now() - since;
        if (tookMs > 250) seen.ms += tookMs;
        await delay(50);
      }
    })();
    return {
      async over(): Promise<number> {
        seen.isOver = true;
        await asking;
        return seen.ms;
      },
    };
  }

  it('by the hundred ask a workflow no more than one does, and see its rollback to the end', async () => {
    const id = await atGate('crowded');
    const { seq } = await rig.status(id);
    const readers = Array.from({ length: crowd }, (_, i) => readToTheEnd(people[i % people.length] ?? '', id, seq));
    // Whoever cuts the line meanwhile is not noticed.
    if (engine === 'PostgreSQL') {
      const listeners = "datname = current_database() and application_name = 'gantry-listener'";
      await eventually(
        () => query(rig.storeAddress, `select pg_terminate_backend(pid) from pg_stat_activity where ${listeners}`),
        ({ length }) => length > 0,
      );
    }
    asked.questions = 0;
    const silence = silenceOfStore(id);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    const all = await Promise.all(readers);
    // What the abort itself asks for, one look after what a lost worker may have left, and four a second while a busy store says nothing.
    expect(asked.questions).toBeLessThanOrEqual(5 + (4 * (await silence.over())) / 1_000);
    const last = (await rig.status(id)).seq;
    for (const seen of all) {
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBeLessThanOrEqual(last);
    }
    const journal = await rig.journal(id);
    expect(journal.map((entry) => entry.seq)).toEqual(Array.from({ length: journal.length }, (_, i) => i + 1));
    expect(journal.some(({ type }) => type === 'compensation-completed')).toBe(true);
  });

  it('of another process never see less than one has shown, nor do those after a restart', async () => {
    const id = await atGate('elsewhere');
    const other = await rig.anotherApi();
    const { planDigest } = await rig.status(id);
    const approval = { planDigest, gate: 'go' };
    const shown = await rig.call<Status>('key:bob', 'POST', `/v1/deployments/${id}/note`, {
      severity: 'minor',
      statement: 'Looks well',
    });
    expect((await other.status(id)).seq).toBeGreaterThanOrEqual(shown.body.seq);
    await rig.stopWorker();
    const restarted = await rig.anotherApi();
    expect((await restarted.status(id)).seq).toBeGreaterThanOrEqual(shown.body.seq);
    await rig.startWorker();
    const approved = await rig.call<Status>('key:bob', 'POST', `/v1/deployments/${id}/approve`, approval);
    expect(approved.body.approvals).toHaveLength(2);
    expect((await other.status(id)).approvals).toHaveLength(2);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });

  it('find the last entry of a deployment in the store, though nothing follows it and no request asks for it', async () => {
    const world = await rig.world('silent');
    const id = await rig.request(world, { service: 'silent' });
    const waits = (entries: readonly JournalEntry[]) =>
      entries.some((entry) => entry.type === 'waiting-started' && entry.wait.kind === 'approval');
    await eventually(() => rig.store.journal(id, 0, 500), waits);
    await rig.signal(id, 'note', { by: 'key:bob', severity: 'minor', statement: 'past the API' });
    const stored = await eventually(
      () => rig.store.journal(id, 0, 500),
      (entries) => entries.some(({ type }) => type === 'note-added'),
    );
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: stored.length }, (_, i) => i + 1));
    expect(await rig.store.deployment(id)).toMatchObject({ phase: 'awaiting-approval', lastSeq: stored.length });
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await rig.ended(id);
  });

  it('are refused when too many wait at once, until one of them goes', async () => {
    const id = await atGate('places');
    const { seq } = await rig.status(id);
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${await createToken(rig.store, 'key:dan')}` };
    const wait = (signal?: AbortSignal) =>
      fetch(`${rig.url}/v1/deployments/${id}?wait=30s&seq=${seq}`, { headers, ...(signal ? { signal } : {}) });
    // Eighty, and there are sixty places.
    const going = Array.from({ length: 30 }, () => wait(leaving.signal).catch(() => null));
    const staying = Array.from({ length: crowd / people.length }, () => wait());
    const refusals = [...going, ...staying].map(async (asked) => {
      const answer = await asked;
      if (answer?.status !== 429) throw new Error(`answered ${answer?.status}`);
      return answer;
    });
    const refused = await Promise.any(refusals);
    expect(await refused.json()).toMatchObject({ code: 'too-many-waiting' });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    // Others wait all the same, and nobody needs a place to look.
    expect((await rig.call('key:bob', 'GET', `/v1/deployments/${id}?wait=1s&seq=0`)).status).toBe(200);
    expect((await rig.status(id)).seq).toBe(seq);
    leaving.abort();
    await Promise.all(going);
    await eventually(
      () => rig.call('key:dan', 'GET', `/v1/deployments/${id}?wait=1s&seq=${seq}`),
      ({ status }) => status === 200,
    );
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await Promise.all(staying)).some(({ status }) => status === 200)).toBe(true);
    await rig.ended(id);
  });
});

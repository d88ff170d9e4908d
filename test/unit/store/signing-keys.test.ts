import { describe, expect, it } from 'vitest';
import type { DeploymentRow } from '../../../src/domain/journal/batch.ts';
import { freezePlan } from '../../../src/domain/planning/freeze-plan.ts';
import type { SavedTarget } from '../../../src/domain/target/state.ts';
import { planningInput } from '../domain/planning-input.ts';
import { engines, useStore } from './engines.ts';
import { deploymentRow } from './rows.ts';

const { plan } = freezePlan(planningInput());
const old = 'a'.repeat(16);
const next = 'b'.repeat(16);

describe.each(engines)('on %s', (engine) => {
  const given = useStore(engine);

  /** A deployment whose plan is sealed with a key, or by nobody. */
  async function sealed(number: number, key: string | null, other: Partial<DeploymentRow> = {}) {
    const planDigest = `sha256:${String(number).padStart(64, '0')}`;
    const seals = key === null ? null : { planDigest, key, plan: '00', parts: { 'step/one': '00' } };
    await given.store.savePlan(planDigest, plan, seals);
    const row = deploymentRow(number, { ...other, planDigest });
    await given.store.appendJournal({ deployment: row.id, entries: [], row });
    return row.id;
  }
  const locked = (service: string, deployment: string | null): SavedTarget => ({
    service,
    environment: 'production',
    lastNumber: 1,
    fence: 1,
    live: null,
    slot: null,
    lock: deployment === null ? null : { deployment, fence: 1, since: '2026-11-23T09:00:02.114Z' },
    reviews: [],
    version: 1,
  });

  it('a key is trusted until it is retired, and then never again', async () => {
    expect(await given.store.trustKey('c'.repeat(16), 'c'.repeat(64))).toBe(true);
    expect(await given.store.trustKey('d'.repeat(16), 'd'.repeat(64))).toBe(true);
    expect(await given.store.trustKey('c'.repeat(16), 'c'.repeat(64))).toBe(true);
    expect((await given.store.trustedKeys()).map(({ id }) => id[0])).toEqual(['c', 'd']);
    expect(await given.store.retireKey('c'.repeat(16))).toBe(true);
    expect(await given.store.trustKey('c'.repeat(16), 'c'.repeat(64))).toBe(false);
    expect((await given.store.trustedKeys()).map(({ id }) => id[0])).toEqual(['d']);
    expect(await given.store.retireKey('c'.repeat(16))).toBe(false);
  });

  it('a key is needed by what has not ended, and by what holds its target however it ended', async () => {
    const { store } = given;
    const ended = { phase: 'ended', endedAt: '2026-11-23T10:00:00.000Z' };
    const open = await sealed(1, old);
    await sealed(2, next);
    await sealed(3, null);
    await sealed(4, old, { ...ended, outcome: 'succeeded' });
    await sealed(5, old, { ...ended, outcome: 'needs-intervention' });
    const stuck = await sealed(6, old, { ...ended, service: 'stuck', outcome: 'needs-intervention' });
    await store.saveTarget(locked('stuck', stuck));
    const lost = await sealed(7, next, { ...ended, service: 'lost', outcome: 'needs-intervention' });
    await store.saveTarget(locked('lost', lost));
    await store.saveTarget(locked('idle', null));
    // Both at once, and a holder that the store does not know yet.
    const holding = await sealed(8, old, { service: 'busy', requestedAt: '2026-11-23T09:30:00.000Z' });
    await store.saveTarget(locked('busy', holding));
    await store.saveTarget(locked('new', 'new.production.2'));

    const holders = (await store.bearersOfKey(old)).slice(0, 3);
    expect(holders.toSorted()).toEqual([holding, 'new.production.2', stuck].toSorted());
    expect((await store.bearersOfKey(old)).slice(3)).toEqual([open]);
    expect((await store.bearersOfKey(next)).toSorted()).toEqual(
      [lost, 'new.production.2', 'shop.production.2'].toSorted(),
    );
    expect(await store.bearersOfKey(`' or true --`)).toEqual(['new.production.2']);
  });
});

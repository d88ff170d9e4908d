import { entriesOf, type JournalEntry, type Outcome } from '../../src/domain/journal.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import type { Rig } from '../support/rig.ts';
import type { World } from '../support/world.ts';
import type { OutagePlan, Outages } from './outages.ts';

/** A deployment that was carried out while the store went away from it. */
export interface OutageLife {
  readonly outcome: Outcome | null;
  /** Why it was rolled back; null where it was not. */
  readonly cause: string | null;
  readonly journal: readonly JournalEntry[];
  readonly met: ReadonlyMap<string, number>;
  /** What a store that goes away must never lead to. */
  readonly violations: readonly string[];
}

export interface OutageTry {
  readonly service: string;
  readonly world: World;
  /** Its switch shows the old release, so that it is rolled back. */
  readonly breaks: boolean;
  readonly plan: OutagePlan;
}

const forward = ['PUT /slots/green', 'PUT /route green'];
const back = ['PUT /route blue', 'DELETE /slots/green'];

/** Requests, approves and waits for the record. */
export async function liveThrough(
  rig: Rig,
  outages: Outages,
  { service, world, breaks, plan }: OutageTry,
): Promise<OutageLife> {
  if (breaks) world.behave('1.4.2', { reports: { release: '1.4.1' } });
  outages.plan(service, plan);
  const id = await rig.request(world, { service, steps: [steps.startByHttp(world), steps.switch(world)] });
  const isUndecided = await rig.until(id, ({ phase, outcome }) => phase === 'awaiting-approval' || outcome !== null);
  if (isUndecided.outcome === null) await rig.approve(id);
  const { outcome } = await rig.ended(id);
  const journal = await eventually(
    () => rig.store.journal(id, 0, 500),
    (entries) => entries.at(-1)?.type === 'record-published',
  );
  const begun = entriesOf(journal, 'rollback-started')[0]?.cause;
  const cause = begun ? JSON.stringify(begun) : null;
  const violations: string[] = [];
  if (journal.some(({ seq }, i) => seq !== i + 1)) violations.push('the journal has a gap');
  const wanted = breaks ? 'rolled-back' : 'succeeded';
  // Some reasons of its own: the store was away for longer than it is waited for, or a limit of a phase was passed.
  const mayEndSo =
    outcome === wanted || (outcome === 'rolled-back' && /store-unavailable|overrun|store/.test(cause ?? ''));
  if (!mayEndSo && outcome !== 'rejected') violations.push(`it ended as ${outcome}: ${cause}`);
  const once = new Set(world.changes);
  if (once.size !== world.changes.length) violations.push(`something was done twice: ${world.changes.join(', ')}`);
  const expected = outcome === 'succeeded' ? forward : [...forward, ...back].filter((change) => once.has(change));
  if (world.changes.join() !== expected.join()) violations.push(`what was done: ${world.changes.join(', ')}`);
  if (outcome !== 'succeeded' && (world.live !== 'blue' || world.slots.green.running))
    violations.push('what it changed is still there');
  return { outcome, cause, journal, met: outages.met(service), violations };
}

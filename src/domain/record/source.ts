import { GantryError } from '../base/errors.ts';
import type { ValidationGroup } from '../base/validation-groups.ts';
import { type DeploymentState, stateOf } from '../deployment/state.ts';
import { coveredEntries } from '../journal/covered-by-record.ts';
import { type Entry, type JournalEntry } from '../journal/entries.ts';
import { lastOf, type Review, reviewOf } from '../journal/read.ts';
import type { Expects } from '../kinds/adapter.ts';
import { bindingsLookup } from '../plan/bindings.ts';
import type { Plan, PlannedAction } from '../plan/plan.ts';
import { fillAll, fillExpects, type LiveRelease } from '../plan/references.ts';
import type { FrozenPlan } from '../plan/seals.ts';
import { findPerson } from '../policy/find-person.ts';
import { findRobot } from '../policy/robots.ts';

/** What every part of a record is made of. `journal` holds only the entries that the record covers. */
export interface Source extends FrozenPlan {
  readonly journal: readonly JournalEntry[];
  readonly state: DeploymentState;
  readonly requested: Entry<'requested'>;
  readonly ended: Entry<'ended'> | null;
  readonly last: JournalEntry;
  readonly review: Review | null;
  /** What came after `ended` with it. */
  readonly whole: readonly JournalEntry[];
}

/** What the statement of completion is made of. */
export type Case = Omit<Source, 'requested' | 'ended' | 'last'>;

/** Throws `internal` for a journal that does not begin with the request. */
export function sourceOf(plan: Plan, planDigest: string, whole: readonly JournalEntry[]): Source {
  const journal = coveredEntries(whole);
  const [requested] = journal;
  const last = journal.at(-1);
  if (requested?.type !== 'requested' || !last)
    throw new GantryError('internal', 'The journal does not begin with the request.');
  const ended = last.type === 'ended' ? last : null;
  const state = stateOf(plan, journal);
  return { plan, planDigest, journal, state, requested, ended, last, review: reviewOf(whole), whole };
}

/** A subject or alias as people read it: `Alice Roe (github:alice)`. */
export function nameOf(plan: Plan, subject: string): string {
  const known = findPerson(plan.policy.people, subject) ?? findRobot(plan.policy.robots, subject);
  return known ? `${known.name} (${subject})` : subject;
}

/** What served before the first change; of a repair, what serves once it has ended. */
export function liveBefore({ plan, state }: Pick<Source, 'plan' | 'state'>): LiveRelease | null {
  return plan.repair ? plan.repair.live : (state.bindings?.live ?? null);
}

/** Whether an entry of the journal, or a compensation, is of a step. */
export const ofStep = (id: string) => (entry: { readonly step?: string | null }) => entry.step === id;

/** The last result of a check that verifies a step. */
export function lastVerification(journal: Source['journal'], step: string, check: string) {
  return lastOf(journal, 'check-completed', (e) => e.for === 'verify' && e.step === step && e.check === check);
}

/** The last result of a validation check. */
export function lastValidation(journal: Source['journal'], group: ValidationGroup, check: string) {
  return lastOf(journal, 'check-completed', (e) => e.for === 'validation' && e.group === group && e.check === check);
}

/** Whether a check compares the digest of the artifact, or hands it to a command that does, and so proves which bytes answer. */
export function readsArtifactBack({ artifact }: Pick<Plan, 'artifact'>, { spec }: Plan['health'][number]): boolean {
  const { json, command } = spec;
  return JSON.stringify([json ?? null, command ?? null]).includes(artifact.digest);
}

/** A spec with everything filled in that is known so far. */
export function boundSpec(
  state: Pick<DeploymentState, 'bindings'>,
  spec: PlannedAction['spec'],
): PlannedAction['spec'] {
  return state.bindings ? fillAll(spec, bindingsLookup(state.bindings)) : spec;
}

/** What a check expects, the same way. */
export function boundExpects(state: Pick<DeploymentState, 'bindings'>, expects: Expects): Expects {
  return state.bindings ? fillExpects(expects, bindingsLookup(state.bindings)) : expects;
}

import { digestOfJson } from '../base/canonical-json.ts';
import { type Subject } from '../base/subject.ts';
import { unsureSteps } from '../deployment/attempts.ts';
import { badBefore } from '../deployment/rollback-verdict.ts';
import { type DeploymentState, stateOf } from '../deployment/state.ts';
import { outstandingSteps } from '../deployment/status.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { Proof } from '../messages/messages.ts';
import { bindingsFor, slotName } from '../plan/bindings.ts';
import { compensationsOf } from '../plan/compensations.ts';
import { type OutstandingCompensation, type Plan, type Repair, stepOf } from '../plan/plan.ts';
import type { FrozenPlan } from '../plan/seals.ts';
import type { Resolution } from './requests.ts';
import type { TargetState } from './state.ts';

export interface PlanRepairInput extends Pick<Resolution, 'deployment' | 'decision' | 'reason' | 'live'> {
  readonly requester: Subject;
  readonly target: TargetState;
  /** The last number of its journal when it reported itself that it needs intervention; null where it did not. */
  readonly decidedSeq: number | null;
  /** The API's proof of the resolution. */
  readonly proof: Proof | null;
}

/**
 * The plan of a repair, which Gantry writes itself: the outstanding compensations of a deployment, under its own
 * bindings, and then its rollback checks. `accept`: no compensations; what serves is then what a person says.
 */
export function repairPlan(
  plan: Plan,
  journal: readonly JournalEntry[],
  { deployment, decision, reason, requester, live, target }: Omit<PlanRepairInput, 'proof' | 'decidedSeq'>,
): FrozenPlan {
  const state = stateOf(plan, journal);
  const bindings =
    state.bindings ?? plan.repair?.bindings ?? bindingsFor(plan, deployment, target.fence, target.live, target.slot);
  const outstanding = decision === 'accept' ? [] : outstandingCompensations(plan, journal, state);
  const served = decision === 'accept' ? live : { live: bindings.live, slot: slotName(bindings, 'live') };
  const repair = planOfRepair(plan, requester, {
    of: deployment,
    decision,
    reason,
    outstanding,
    unsure: unsureOf(plan, state),
    live: served?.live ?? null,
    slot: served?.slot ?? null,
    bindings,
    badBefore: badBefore(plan, journal),
  });
  // Planning refuses plans whose repair would not fit: a repair is never refused for its size.
  return { plan: repair, planDigest: digestOfJson(repair) };
}

/** The plan without its steps, with a repair instead. */
export function planOfRepair(plan: Plan, requester: Subject, repair: Repair): Plan {
  return {
    ...plan,
    mode: 'deployment',
    requester,
    change: {
      ...plan.change,
      summary: `Repair of ${repair.of}`,
      reason: repair.reason,
      authors: [],
      onBehalfOf: null,
      ticket: null,
      risk: null,
      impact: null,
    },
    steps: [],
    monitoring: { periodMs: 0, handoff: null },
    repair,
  };
}

/**
 * What a deployment, or a repair that failed in its turn, has not undone yet, in the order it is to be undone. `state`: that
 * of the journal.
 */
export function outstandingCompensations(
  plan: Plan,
  journal: readonly JournalEntry[],
  state = stateOf(plan, journal),
): readonly OutstandingCompensation[] {
  if (plan.repair) {
    const undone = entriesOf(journal, 'compensation-completed').filter(({ result }) => result !== 'failed');
    return plan.repair.outstanding.filter(({ step }) => !undone.some((one) => one.step === step));
  }
  return outstandingSteps(plan, state).flatMap(compensationsOf);
}

/**
 * Steps with an attempt of unknown end, later than `since` (milliseconds since the epoch): their effects may still come,
 * whatever is read back now.
 */
export function unsureOf(
  plan: Plan,
  { attempts }: Pick<DeploymentState, 'attempts'>,
  since?: number,
): readonly string[] {
  if (plan.repair) return plan.repair.unsure;
  return unsureSteps(attempts, since).filter((id) => stepOf(plan, id)?.kind === 'action');
}

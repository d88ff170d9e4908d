import { digestOfJson } from '../base/canonical-json.ts';
import type { Subject } from '../base/subject.ts';
import { outstandingCompensations, unsureOf } from '../deployment/rollback-order.ts';
import { badBefore } from '../deployment/rollback-verdict.ts';
import { stateOf } from '../deployment/state.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { Proof } from '../messages/messages.ts';
import { bindingsFor, slotName } from '../plan/bindings.ts';
import type { Plan, Repair } from '../plan/plan.ts';
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

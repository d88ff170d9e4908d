import { digestOfJson } from '../base/canonical-json.ts';
import { type Subject } from '../base/subject.ts';
import { unsureSteps } from '../deployment/attempts.ts';
import { badBefore } from '../deployment/rollback-verdict.ts';
import { type DeploymentState, stateOf } from '../deployment/state.ts';
import { outstandingSteps } from '../deployment/status.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { bindingsFor, slotName } from '../plan/bindings.ts';
import { compensationsOf } from '../plan/compensations.ts';
import { type OutstandingCompensation, type Plan, type Repair, stepOf } from '../plan/plan.ts';
import type { PlanRepairInput } from './repair-input.ts';

/**
 * The plan of a repair, which Gantry writes itself: the compensations that a deployment still owes, meant as it meant
 * them, and then its rollback checks. `accept` owes none; what serves is then what a person says.
 */
export function repairPlan(
  plan: Plan,
  journal: readonly JournalEntry[],
  { deployment, decision, reason, requester, live, target }: Omit<PlanRepairInput, 'proof' | 'decidedSeq'>,
): { readonly plan: Plan; readonly planDigest: string } {
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
  // Planning has seen to it that a repair fits where its plan does: a way back is not refused for its size.
  return { plan: repair, planDigest: digestOfJson(repair) };
}

/** A plan of which nothing is left but a repair. */
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
 * What a deployment, or a repair that failed in its turn, has not undone yet, in the order it is to be undone. `state`: as
 * the journal makes it, for whoever has it already.
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
  return outstandingSteps(plan, state).flatMap((id) => {
    const step = stepOf(plan, id);
    return step ? compensationsOf(step) : [];
  });
}

/**
 * Steps of whose last attempts nobody knows what became, later than `since` (milliseconds since the epoch): their
 * effects may still come, whatever reads back now.
 */
export function unsureOf(
  plan: Plan,
  { attempts }: Pick<DeploymentState, 'attempts'>,
  since?: number,
): readonly string[] {
  if (plan.repair) return plan.repair.unsure;
  return unsureSteps(attempts, since).filter((id) => stepOf(plan, id)?.kind === 'action');
}

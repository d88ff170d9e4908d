import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { type Policy, rulesFor } from '../policy/policy.ts';
import { peopleOfService } from '../policy/roles.ts';
import { evaluateType, evaluateWaived } from './change-type.ts';
import { type Begun, begunOf, type EvaluateWindow, type Evaluation, type Past, together } from './evaluation.ts';
import { evaluateEvidence } from './evidence.ts';
import { approvalRefusals, gateRefusals, readinessRefusals } from './people.ts';
import { evaluateRehearsed } from './rehearsal.ts';
import { requestRefusals } from './request.ts';
import { evaluateOpening } from './window.ts';

/**
 * Evaluates a change that has ended by another policy, as far as plan and journal allow: by the evidence and approvals that
 * it stood on. The requirements at the grant count only where the change came to its first step: before it, approvals may
 * just not have been given yet.
 */
export function evaluateAgainst(
  whole: Policy,
  plan: Plan,
  journal: readonly JournalEntry[],
  evaluateWindow: EvaluateWindow,
): Evaluation {
  // A repair undoes what another change left; no policy holds it back.
  if (plan.repair) return together();
  const { environment } = plan;
  const rules = rulesFor(whole, plan);
  if (!rules) return together({ refusals: [{ rule: '/environments', why: `it names no environment ${environment}` }] });
  const policy = { ...whole, people: [...peopleOfService(whole, plan.service)] };
  const past = { policy, rules, root: `/environments/${environment}`, plan, journal, evaluateWindow };
  const begun = begunOf(past);
  const type = evaluateType(past, Date.parse(begun?.beganAt ?? journal[0]?.at ?? ''));
  return together(
    { refusals: requestRefusals(past) },
    type,
    begun
      ? together(evaluateGrant(begun, type.rules), { refusals: gateRefusals(begun) })
      : { notEvaluated: ['what is asked for at the grant, of changes that never began'] },
    shorterLimits(past),
  );
}

/** The requirements before the first step, as things stood then. `asked`: the approval rules of the start; null: none apply. */
function evaluateGrant(begun: Begun, asked: ReturnType<typeof evaluateType>['rules']): Evaluation {
  return together(
    evaluateEvidence(begun),
    evaluateRehearsed(begun),
    { refusals: readinessRefusals(begun) },
    { refusals: asked ? approvalRefusals(begun, asked) : [] },
    evaluateOpening(begun),
    evaluateWaived(begun),
  );
}

/** Times that a plan does not fix: whether a shorter limit would have been reached is unknown. */
function shorterLimits({ rules, plan }: Past): Partial<Evaluation> {
  const names = (['window', 'target', 'executing', 'pause'] as const).filter(
    (name) => rules.limits[name] < plan.policy.limits[name],
  );
  return { notEvaluated: names.map((name) => `the shorter limit ${name}`) };
}

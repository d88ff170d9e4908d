import { GantryError } from '../base/errors.ts';
import { freezeChangeType } from '../planning/change-types.ts';
import type { Rule } from '../policy/quorum.ts';
import { type Begun, type Evaluation, lastGate, type Past, type Refusal, waives } from './evaluation.ts';

/** What the policy makes of a change's type: the approval rules, null where no approval is asked for, or why it could not be planned. */
export function evaluateType(past: Past, now: number): { readonly rules: readonly Rule[] | null } & Evaluation {
  const { policy, rules, root, plan } = past;
  const { type } = plan.change;
  // An overdue review belongs to another change: it stands in the target, not in this journal.
  const isBlocked = type !== 'emergency' && rules.emergency?.review.blocksNext === true;
  const notEvaluated = isBlocked ? ['overdue reviews of emergencies before a change'] : [];
  try {
    const frozen = freezeChangeType({ ...plan, policy, now }, rules);
    return { rules: frozen.standing ? null : frozen.rules, refusals: [], notEvaluated };
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    const rule = `${root}/${type}`;
    return { rules: null, refusals: [{ rule, why: error.issues[0]?.detail ?? error.message }], notEvaluated };
  }
}

/** What was waived for an emergency and the policy does not waive. Windows, and ages of evidence and rehearsals, are evaluated anew. */
export function evaluateWaived(past: Begun): Partial<Evaluation> {
  const { rules, root, plan, evaluateWindow } = past;
  const rule = rules.emergency ? `${root}/emergency/waives` : `${root}/emergency`;
  const refusals: Refusal[] = [];
  for (const what of ['rollback-checks', 'health-at-start'] as const) {
    const gate = lastGate(past, what);
    if (gate?.verdict === 'waived' && !waives(past, what))
      refusals.push({ rule, why: `${what} is not waived, and ${gate.found}` });
  }
  const window = lastGate(past, 'window');
  if (window?.verdict !== 'waived' || window.fault !== 'frozen' || waives(past, 'window')) return { refusals };
  // Freezes that people make hold under any policy; those of the old policy do not.
  const own = evaluateWindow(plan.policy.windows, [], Date.parse(window.at));
  if (!own.open && own.fault === 'frozen') return { refusals, notEvaluated: ['freezes that people had made'] };
  return { refusals: [...refusals, { rule, why: `window is not waived, and it was ${window.found}` }] };
}

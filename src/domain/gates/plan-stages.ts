import { evaluateStages, type StageRules } from '../evidence/evaluate-stages.ts';
import type { EvidenceRow, StageFinding } from '../evidence/evidence.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';

/**
 * Evaluates the five stages as the plan's policy asks; `now` in milliseconds. Where an emergency waives their age, one that
 * is too old and right in every other way is `waived`.
 */
export function evaluatePlanStages(
  plan: Plan,
  rows: readonly EvidenceRow[],
  now: number,
  given: Omit<StageRules, 'order'>,
): readonly StageFinding[] {
  const { digest } = plan.artifact;
  const rules = { ...given, order: plan.policy.evidence.order };
  const findings = evaluateStages(rows, digest, now, plan.policy.evidence.maxAgeMs, rules);
  if (!isWaived(plan, 'evidence-age')) return findings;
  const ageless = evaluateStages(rows, digest, now, Number.MAX_SAFE_INTEGER, rules);
  return findings.map((finding, i) => {
    const other = ageless[i];
    if (finding.fault !== 'too-old' || !other) return finding;
    if (other.verdict !== 'passed') return { ...other, required: finding.required };
    return { ...finding, verdict: 'waived' };
  });
}

import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { evaluateAgainst } from './evaluate.ts';
import type { EvaluateWindow, Refusal } from './evaluation.ts';

/** A change that has ended, as it is stored. */
export interface PastChange {
  readonly id: string;
  readonly release: string;
  /** ISO 8601 UTC. */
  readonly requestedAt: string;
  readonly outcome: string;
  /** Null when it is not stored any more. */
  readonly plan: Plan | null;
  readonly journal: readonly JournalEntry[];
}

/** What a policy would have made of the changes of the past. */
export interface PolicyTest {
  readonly evaluated: number;
  readonly refused: readonly (Omit<PastChange, 'plan' | 'journal'> & { readonly refusals: readonly Refusal[] })[];
  /** Changes whose plan or whole journal is not there any more. */
  readonly unknown: readonly string[];
  /** Parts of the policy that cannot be evaluated by journals. */
  readonly notEvaluated: readonly string[];
}

/** Evaluates all changes by a policy, one after the other. */
export async function testPolicy(
  policy: Policy,
  changes: AsyncIterable<PastChange>,
  evaluateWindow: EvaluateWindow,
): Promise<PolicyTest> {
  const refused: PolicyTest['refused'][number][] = [];
  const unknown: string[] = [];
  const notEvaluated = new Set<string>();
  let evaluated = 0;
  for await (const { plan, journal, ...change } of changes) {
    const isWhole = journal.length > 0 && journal.every(({ seq }, i) => seq === i + 1);
    if (!plan || !isWhole) {
      unknown.push(change.id);
      continue;
    }
    evaluated += 1;
    const found = evaluateAgainst(policy, plan, journal, evaluateWindow);
    for (const part of found.notEvaluated) notEvaluated.add(part);
    if (found.refusals.length > 0) refused.push({ ...change, refusals: found.refusals });
  }
  return { evaluated, refused, unknown, notEvaluated: [...notEvaluated] };
}

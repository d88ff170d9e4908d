import { evaluateAgainst } from '../../../../src/domain/backtest/evaluate.ts';
import type { EntryOf, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { evaluateWindow } from '../../../../src/domain/policy/calendar/evaluate-window.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { goodJournal } from '../../../support/journal.ts';
import {
  environmentDocument,
  planningInput,
  policyDocument,
  procedureOfTwo,
  requestDocument,
} from '../planning-input.ts';

/** Changes of the past and policies that they are evaluated by, for tests. */

export type Loose = Readonly<Record<string, unknown>>;
export interface PastCase {
  readonly plan: Plan;
  readonly journal: readonly JournalEntry[];
}

/** A policy whose production has these rules beside or instead of the usual ones. */
export const policyWith = (rules: Loose = {}, whole: Loose = {}) => {
  const staging = environmentDocument();
  return { ...policyDocument(), environments: { production: { ...staging, ...rules }, staging }, ...whole };
};

/** The good deployment, as it would have been planned by a policy with these rules for such a change. */
export function pastChange(rules: Loose = {}, change: Loose = {}): PastCase {
  const request = { ...requestDocument(), change: { ...requestDocument().change, ...change } };
  const { plan } = freezePlan(planningInput({ policy: policyWith(rules), procedure: procedureOfTwo(), request }));
  return { plan, journal: goodJournal().journal };
}

type Gate = EntryOf<'gate-evaluated'>;

/** The same with a gate as it was evaluated right after the lock had been granted; gates of that name then are replaced. */
export function withGate(past: PastCase, gate: Gate['gate'], found: Omit<Gate, 'type' | 'gate' | 'moment'>): PastCase {
  const isOf = (entry: JournalEntry) => entry.type === 'gate-evaluated' && entry.gate === gate;
  const rest = past.journal.filter((entry) => !isOf(entry));
  const at = rest.findIndex(({ type }) => type === 'lock-granted');
  const time = rest[at]?.at ?? '';
  const entry: JournalEntry = { v: 1, seq: 0, at: time, type: 'gate-evaluated', gate, moment: 'grant', ...found };
  return { ...past, journal: rest.toSpliced(at + 1, 0, entry).map((one, i) => ({ ...one, seq: i + 1 })) };
}

/** When the good deployment began. */
export const beganAt = goodJournal().journal.find(({ type }) => type === 'step-started')?.at ?? '';

/** What a policy with these rules makes of a change. */
export function evaluated(past: PastCase, rules: Loose = {}, whole: Loose = {}) {
  const { refusals, notEvaluated } = evaluateAgainst(
    policySchema.parse(policyWith(rules, whole)),
    past.plan,
    past.journal,
    evaluateWindow,
  );
  return { refused: refusals.map(({ rule, why }) => `${rule}: ${why}`), notEvaluated: [...new Set(notEvaluated)] };
}

import type { Plan } from '../plan/plan.ts';
import type { OverdueReview } from '../target/reviews.ts';
import type { Gate, PreviewedGate, PreviewFacts } from './gate.ts';
import { gates } from './index.ts';

import { asksByHand, asksForQuorum, operatorsIn } from './preview-people.ts';

/** Every gate of a plan, in the order of the process, and the steps that wait for people. */
export function previewGates(plan: Plan, facts: PreviewFacts): readonly PreviewedGate[] {
  return [
    ...(facts.review === null ? [] : [reviewGate(plan, facts.review)]),
    ...gates.map((gate) => ({ gate: gate.name, ...shown(gate, plan, facts) })),
    ...plan.steps.flatMap((step) => {
      if (step.kind === 'gate') return [{ gate: step.id, ...asksForQuorum(plan, step.id) }];
      return step.kind === 'manual' ? [{ gate: step.id, ...asksByHand(plan, step) }] : [];
    }),
  ];
}

function shown(gate: Gate, plan: Plan, facts: PreviewFacts): Omit<PreviewedGate, 'gate'> {
  const absence = gate.absence(plan, { window: facts.window });
  return absence === null ? gate.preview(plan, facts) : { state: 'not-required', required: 'nothing', found: absence };
}

/** Only there while it keeps a change away. It is closed by operators, save those who requested or wrote the emergency. */
function reviewGate(plan: Plan, { why, excluded }: OverdueReview): PreviewedGate {
  const required = 'no review of an emergency is overdue';
  const who = operatorsIn(plan, new Set(excluded));
  return { gate: 'review', state: 'blocked', required, found: why, reason: why, who };
}

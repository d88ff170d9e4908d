import { freezeWindows } from '../planning/planned-policy.ts';
import { type Begun, type Evaluation, waives } from './evaluation.ts';

/** Whether the windows would have been open when the change began. */
export function evaluateOpening(past: Begun): Partial<Evaluation> {
  const { rules, root, plan, beganAt, evaluateWindow } = past;
  const { windows } = rules;
  if (!windows || waives(past, 'window')) return {};
  const before = plan.policy.windows;
  const typicalMs = before?.runwayFrom === 'typical' ? before.runwayMs : null;
  // Only a plan that asked for a typical runway holds it: without one, windows are evaluated without a runway.
  const isUnknown = windows.runway === 'typical' && typicalMs === null;
  const frozen = freezeWindows(isUnknown ? { ...windows, runway: 0 } : windows, typicalMs, plan.steps);
  const found = evaluateWindow(frozen, [], Date.parse(beganAt));
  return {
    refusals: found.open ? [] : [{ rule: `${root}/windows`, why: `it began ${beganAt}: ${found.why}` }],
    notEvaluated: isUnknown ? ['the typical runway of windows'] : [],
  };
}

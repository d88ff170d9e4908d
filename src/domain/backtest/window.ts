import { freezeWindows } from '../planning/planned-policy.ts';
import { type Begun, type Evaluation, waives } from './evaluation.ts';

/** Whether the windows would have been open when the change began. */
export function evaluateOpening(past: Begun): Partial<Evaluation> {
  const { rules, root, plan, beganAt, evaluateWindow } = past;
  const { windows } = rules;
  if (!windows || waives(past, 'window')) return {};
  const before = plan.policy.windows;
  const typicalMs = before?.runwayFrom === 'typical' ? before.runwayMs : null;
  // What was typical then, only a plan tells that asked for it: without it a window is evaluated that closes at once.
  const isUntold = windows.runway === 'typical' && typicalMs === null;
  const frozen = freezeWindows(isUntold ? { ...windows, runway: 0 } : windows, typicalMs, plan.steps);
  const found = evaluateWindow(frozen, [], Date.parse(beganAt));
  return {
    refusals: found.open ? [] : [{ rule: `${root}/windows`, why: `it began ${beganAt}: ${found.why}` }],
    notEvaluated: isUntold ? ['the typical runway of windows'] : [],
  };
}

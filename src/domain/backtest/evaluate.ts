import { formatDuration } from '../base/duration.ts';
import { isTooOld } from '../evidence/age.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { freezeWindows } from '../planning/planned-policy.ts';
import { type Policy, rulesFor } from '../policy/policy.ts';
import { peopleOfService } from '../policy/roles-for-service.ts';
import { evaluateType, evaluateWaived } from './change-type.ts';
import {
  type Begun,
  begunOf,
  type EvaluateWindow,
  type Evaluation,
  lastGate,
  type Past,
  together,
  waives,
} from './evaluation.ts';
import { evaluateEvidence } from './evidence.ts';
import { approvalRefusals, gateRefusals, readinessRefusals } from './people.ts';
import { requestRefusals } from './request.ts';

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

/** Whether the windows would have been open when the change began. */
function evaluateOpening(past: Begun): Partial<Evaluation> {
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

/** The rehearsal that a change stood on: where it was, and how long ago. Where none was required, none was journaled. */
function evaluateRehearsed(past: Begun): Partial<Evaluation> {
  const { rules, root } = past;
  if (!rules.rehearsal) return {};
  const gate = lastGate(past, 'rehearsal');
  if (gate?.proof?.kind !== 'rehearsal') return { notEvaluated: ['rehearsal'] };
  const { environment, maxAge } = rules.rehearsal;
  const refused = (key: 'environment' | 'maxAge', why: string) => ({
    refusals: [{ rule: `${root}/rehearsal/${key}`, why }],
  });
  const rehearsed = gate.proof;
  if (rehearsed.environment !== environment)
    return refused('environment', `it was rehearsed in ${rehearsed.environment}, not in ${environment}`);
  const ageMs = Date.parse(gate.at) - Date.parse(rehearsed.verifiedAt);
  if (!isTooOld(rehearsed.verifiedAt, Date.parse(gate.at), maxAge) || waives(past, 'rehearsal-age')) return {};
  return refused('maxAge', `its rehearsal was ${formatDuration(ageMs)} old, more than ${formatDuration(maxAge)}`);
}

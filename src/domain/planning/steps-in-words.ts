import { formatDuration } from '../base/duration.ts';
import { type ValidationGroup, validationGroups } from '../base/validation-groups.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import { describeAction, describeThreshold } from '../kinds/describe.ts';
import { describeHealthLimits, usualHealth } from '../kinds/health-limits.ts';
import type { Checks, Plan, PlannedStep, PlannedUndo } from '../plan/plan.ts';
import { fillAll, fillExpects, type Lookup } from '../plan/references.ts';

/** A step as people read it before it is carried out. */
export interface StepInWords {
  readonly id: string;
  readonly title: string;
  /** What is done, undone, read back and verified, in this order. */
  readonly parts: readonly { readonly name: StepPart; readonly text: string }[];
}
export type StepPart = 'do' | 'undo' | 'done' | 'verify' | 'hold' | 'gate' | 'manual';

/** The steps of a plan in words, with commands and addresses as far as `lookup` knows what they refer to. */
export function stepsInWords({ steps }: Pick<Plan, 'steps'>, lookup: Lookup): readonly StepInWords[] {
  return steps.map((step) => ({ id: step.id, title: step.title, parts: partsOf(step, lookup) }));
}

/** What is measured beside the steps, as people read it beforehand: one line a check, or why there is none. */
export interface ChecksInWords {
  /** `health` goes on until the end, `rollback` checks that what served before serves again. */
  readonly part: 'health' | ValidationGroup | 'rollback' | 'monitoring';
  readonly says: readonly string[];
}

/** Health checks, validation, checks of the rollback and the monitoring period of a plan, in this order; `lookup` as for steps. */
export function checksInWords(
  plan: Pick<Plan, 'health' | 'validation' | 'rollback' | 'monitoring'>,
  lookup: Lookup,
): readonly ChecksInWords[] {
  const { health, validation, rollback, monitoring } = plan;
  const point = (check: PlannedCheck) => pointOf(check, lookup);
  const group = (part: ValidationGroup): ChecksInWords => {
    const checks = validation[part];
    return { part, says: checks.kind === 'none' ? [`none: ${checks.reason}`] : checks.checks.map(point) };
  };
  const { periodMs, handoff } = monitoring;
  return [
    {
      part: 'health',
      says: health.map((check) => {
        const { id, sampling } = check;
        return `${id}: ${askedOf(check, lookup)}; ${describeHealthLimits(sampling, sampling.health ?? usualHealth(sampling))}`;
      }),
    },
    ...validationGroups.map(group),
    { part: 'rollback', says: rollback.verify.map(point) },
    {
      part: 'monitoring',
      says: [
        `watched for ${formatDuration(periodMs)}, then confirmed`,
        ...(handoff ? [`${handoff.role} takes over within ${formatDuration(handoff.withinMs)} of its end`] : []),
      ],
    },
  ];
}

function partsOf(step: PlannedStep, lookup: Lookup): StepInWords['parts'] {
  switch (step.kind) {
    case 'action': {
      const { do: action, done, verify } = step;
      return [
        { name: 'do', text: describeAction(action.kind, fillAll(action.spec, lookup)) },
        { name: 'undo', text: undoText(step.undo, lookup) },
        ...(done ? [{ name: 'done' as const, text: askedOf(done, lookup) }] : []),
        ...verifyParts(verify, lookup),
      ];
    }
    case 'hold':
      return [{ name: 'hold', text: formatDuration(step.durationMs) }];
    case 'gate':
      return [{ name: 'gate', text: `${step.minimum} ${step.role} within ${formatDuration(step.withinMs)}` }];
    case 'manual':
      return [
        { name: 'manual', text: `${step.role}: ${step.instructions}` },
        { name: 'undo', text: undoText(step.undo, lookup) },
      ];
  }
}

function undoText(undo: PlannedUndo, lookup: Lookup): string {
  switch (undo.kind) {
    case 'action':
      return describeAction(undo.action.kind, fillAll(undo.action.spec, lookup));
    case 'none':
      return `nothing: ${undo.reason}`;
    case 'irreversible':
      return `cannot be undone: ${undo.reason}`;
  }
}

function verifyParts(checks: Checks, lookup: Lookup): StepInWords['parts'] {
  if (checks.kind === 'none') return [{ name: 'verify', text: `not verified: ${checks.reason}` }];
  return checks.checks.map((check) => ({ name: 'verify', text: pointOf(check, lookup) }));
}

/** What a check at one point asks for, and for how long or how often. */
function pointOf(check: PlannedCheck, lookup: Lookup): string {
  const { withinMs, count, failureLimit } = check.sampling;
  const often = count > 1 ? `, ${count} samples, ≤ ${failureLimit} failed` : '';
  return `${check.id}: ${askedOf(check, lookup)}${withinMs > 0 ? `, within ${formatDuration(withinMs)}` : often}`;
}

/** What is asked, and what it has to answer. */
function askedOf({ kind, spec, expects }: PlannedCheck, lookup: Lookup): string {
  const { [kind]: main = null } = fillAll(spec, lookup);
  const asked = Array.isArray(main) ? main.join(' ') : typeof main === 'string' ? main : JSON.stringify(main);
  return `${asked} → ${describeThreshold(fillExpects(expects, lookup))}`;
}

import type { Plan, PlannedStep, PlannedUndo } from '../plan/plan.ts';
import { usualSettleMs } from '../plan/settling-time.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import type { ProcedureDocument } from './procedure.ts';
import type { Path, SpecReader } from './spec-reader.ts';
import type { StepDocument } from './step-document.ts';

type Frozen = Pick<Plan, 'steps' | 'health' | 'validation' | 'rollback' | 'monitoring'>;

/** The parts of a plan that come from the procedure alone. */
export function freezeSteps(procedure: ProcedureDocument, rules: EnvironmentRules, read: SpecReader): Frozen {
  const { validation, monitoring } = procedure;
  const steps = procedure.steps.map((step, i) => freezeStep(step, ['steps', i], rules, read));
  const health = read.healthChecks(procedure.health, ['health']);
  const periodMs = read.duration(monitoring.period, ['monitoring', 'period']);
  const heldMs = steps.reduce((ms, step) => ms + (step.kind === 'hold' ? step.durationMs : 0), 0);
  read.watch(health, { watchMs: heldMs + periodMs, periodMs });
  return {
    steps,
    health,
    validation: {
      smoke: read.group(validation.smoke, ['validation', 'smoke']),
      performance: read.group(validation.performance, ['validation', 'performance']),
      integrations: read.group(validation.integrations, ['validation', 'integrations']),
      features: read.group(validation.features, ['validation', 'features']),
    },
    rollback: freezeRollback(procedure, steps, read),
    monitoring: {
      periodMs,
      handoff: monitoring.handoff
        ? {
            role: monitoring.handoff.role,
            withinMs: read.duration(monitoring.handoff.within, ['monitoring', 'handoff', 'within']),
          }
        : null,
    },
  };
}

function freezeStep(step: StepDocument, path: Path, { limits }: EnvironmentRules, read: SpecReader): PlannedStep {
  const base = { id: step.id, title: read.text(step.title) };
  if (step.hold !== undefined)
    return { ...base, kind: 'hold', durationMs: read.duration(step.hold, [...path, 'hold']) };
  if (step.gate) {
    const { role, minimum, within } = step.gate;
    const withinMs = read.duration(within, [...path, 'gate', 'within'], limits.gate);
    return { ...base, kind: 'gate', role, minimum, withinMs };
  }
  const undo = freezeUndo(step, path, read);
  if (step.manual) {
    const { role, instructions, within } = step.manual;
    const withinMs = read.duration(within, [...path, 'manual', 'within'], limits.manual);
    return { ...base, kind: 'manual', instructions: read.text(instructions), role, withinMs, undo };
  }
  const { attempts: _, ...action } = read.action(step.do ?? {}, [...path, 'do']);
  return {
    ...base,
    kind: 'action',
    do: action,
    undo,
    done: step.done ? read.doneCheck(step.done, [...path, 'done']) : null,
    verify: read.group(step.verify ?? { none: 'not said' }, [...path, 'verify']),
    retry: {
      attempts: step.retry?.attempts ?? 1,
      backoffMs: read.duration(step.retry?.backoff, [...path, 'retry', 'backoff'], 1000),
      idempotent: step.retry?.idempotent ?? false,
    },
  };
}

function freezeRollback(
  { rollback }: ProcedureDocument,
  steps: readonly PlannedStep[],
  read: SpecReader,
): Frozen['rollback'] {
  const path = ['rollback'];
  const maxLength = Math.max(0, ...steps.map((step) => (step.kind === 'action' ? step.do.timeoutMs : 0)));
  return {
    verify: read.rollbackChecks(rollback.verify, [...path, 'verify']),
    settleMs: read.duration(rollback.settle, [...path, 'settle'], Math.min(maxLength, usualSettleMs)),
  };
}

function freezeUndo(step: StepDocument, path: Path, read: SpecReader): PlannedUndo {
  if (step.revertible === false) return { kind: 'irreversible', reason: read.text(step.reason ?? '') };
  const { undo } = step;
  if (!undo) return { kind: 'irreversible', reason: 'no undo was given' };
  if (typeof undo['none'] === 'string') return { kind: 'none', reason: read.text(undo['none']) };
  const { attempts, ...action } = read.action(undo, [...path, 'undo']);
  return { kind: 'action', action, attempts };
}

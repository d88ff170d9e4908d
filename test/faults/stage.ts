import type { FakeTarget } from './fake-target.ts';
import type { People } from './people.ts';
import type { Fault, Moment, PlannedDeployment, StepName } from './plan.ts';
import type { Random } from './random.ts';
import type { Rig } from './rig.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A deployment under way, as a fault sees it. */
export interface Stage {
  readonly deployment: string;
  readonly planned: PlannedDeployment;
  readonly target: FakeTarget;
  /** How Gantry reaches the target. */
  readonly way: TcpProxy;
  readonly rig: Rig;
  readonly people: People;
  /** Resolves once the deployment is there, or has ended. */
  readonly reached: (moment: Moment) => Promise<void>;
  readonly ended: Promise<void>;
  /** What goes on beside the deployment, and is waited for at the end of the round. */
  readonly later: (work: Promise<void>) => void;
  /** Before somebody resolves, what is broken is mended. */
  readonly toMend: (mend: () => void) => void;
  /** Something that was promised and did not hold, which neither log nor journal can tell. */
  readonly broken: (rule: string, what: string) => void;
}

/** What a deployment is before its next fault is drawn. */
export interface Drawing {
  readonly steps: readonly StepName[];
  readonly faults: readonly Fault[];
  readonly without: readonly string[];
}

/** One kind of fault: one file. */
export interface FaultKind {
  readonly name: string;
  /** Its moment and its choices; null where it does not fit. */
  draw(random: Random, drawing: Drawing): Omit<Fault, 'name'> | null;
  /** Begins it; resolves once it has begun, and lets the request go on that it was waiting for. */
  begin(stage: Stage, fault: Fault): Promise<void>;
}

/** Steps that act upon the target. */
export const actingSteps = ['migrate', 'start-idle', 'switch'] as const;

export function drawAction(random: Random, { steps }: Drawing): string {
  return random.pick(steps.filter((step) => (actingSteps as readonly string[]).includes(step)));
}

/** Any state of a deployment that has begun to change something. */
export function drawMoment(random: Random, drawing: Drawing): Moment {
  const effect = () => ({ kind: 'effect', step: drawAction(random, drawing), undo: false }) as const;
  return random.pick<() => Moment>([
    () => ({ ...effect(), moment: 'arrives' }),
    () => ({ ...effect(), moment: 'done' }),
    () => ({ ...effect(), undo: true, moment: 'arrives' }),
    () => ({ kind: 'entry', type: 'lock-granted' }),
    () => ({ kind: 'entry', type: 'health-started' }),
    () => ({ kind: 'entry', type: 'rollback-started' }),
    () => ({ kind: 'entry', type: 'phase-entered', phase: 'validating' }),
    () => ({ kind: 'entry', type: 'phase-entered', phase: 'monitoring' }),
    () => ({ kind: 'entry', type: 'approval-granted' }),
    () => ({ kind: 'entry', type: 'confirmed' }),
  ])();
}

import { type Seals, type Signature, sealText } from '../trust/seal.ts';
import { allCompensations } from './compensations.ts';
import { checksOf, type Plan } from './plan.ts';

export const partName = {
  /** A step whole: what it does, how it is undone, read back and verified. */
  step: (id: string) => `step/${id}`,
  /** The compensation of a step, as a rollback or a repair runs it. */
  undo: (id: string) => `undo/${id}`,
  health: 'health',
  validation: 'validation',
  rollback: 'rollback',
  configuration: 'configuration',
  /** The documents in one repository. */
  documents: (repository: string) => `documents/${repository}`,
  /** Where all of them are carried out: see `placeOf`. */
  place: 'place',
} as const;

/** Seals a plan: `sign` makes one signature of one text. */
export function sealsOf(plan: Plan, planDigest: string, sign: (text: string) => Signature): Seals {
  const whole = sign(sealText(planDigest, 'plan', planDigest));
  const signed = (part: string, value: unknown) => [part, sign(sealText(planDigest, part, value)).signature] as const;
  const parts = Object.entries(partsOf(plan)).map(([part, value]) => signed(part, value));
  return { planDigest, key: whole.key, plan: whole.signature, parts: Object.fromEntries(parts) };
}

function partsOf(plan: Plan): Readonly<Record<string, unknown>> {
  const actions = plan.steps.filter(({ kind }) => kind === 'action');
  const undone = allCompensations(plan).filter(({ undo }) => undo.kind === 'action');
  return {
    ...Object.fromEntries(actions.map((step) => [partName.step(step.id), step])),
    ...Object.fromEntries(undone.map((compensation) => [partName.undo(compensation.step), compensation])),
    [partName.health]: plan.health,
    [partName.validation]: validationChecks(plan),
    [partName.rollback]: plan.rollback.verify,
    [partName.place]: placeOf(plan),
    ...(plan.configuration ? { [partName.configuration]: plan.configuration.sources } : {}),
    ...Object.fromEntries((plan.documents ?? []).map((one) => [partName.documents(one.name), one])),
  };
}

/** The target of a plan, the folder that its commands run in, and the slots that its references may mean. */
export function placeOf({ service, environment, procedure, files, slots }: Plan) {
  return { service, environment, procedure: procedure.name, inline: procedure.inline, files, slots };
}
/** All validation checks of a plan, group by group, as they are measured at once. */
export function validationChecks({ validation }: Plan) {
  return Object.values(validation).flatMap(checksOf);
}

/** A plan with the digest that approvals bind to. */
export interface FrozenPlan {
  readonly plan: Plan;
  readonly planDigest: string;
}

/** The same with its seals; those of a repair are the seals of the plan whose compensations it runs. */
export interface SealedPlan extends FrozenPlan {
  readonly seals: Seals | null;
}

import { canonicalJson } from '../canonical-json.ts';
import type { OwedCompensation, Plan, PlannedStep } from '../plan.ts';
import { settleMsOf } from '../retry.ts';

/** A signature of the API (ed25519, hex) and the key it was made with: see `keyIdOf`. */
export interface Signature {
  readonly key: string;
  readonly signature: string;
}

/**
 * What the API has signed of a plan: the plan whole, and by its own signature each part that an activity is given
 * without the rest. A worker that asks for seals carries out nothing else, whoever tells it to.
 */
export interface Seals {
  /** Digest of the sealed plan; a repair carries the seals of the plan whose compensations it owes. */
  readonly planDigest: string;
  readonly key: string;
  readonly plan: string;
  readonly parts: { readonly [part: string]: string };
}

/** The seal of one part, as an activity gets it beside the part itself. */
export interface PartSeal extends Signature {
  readonly planDigest: string;
  readonly part: string;
}

export const partName = {
  /** A step whole: what it does, how it is undone, read back and verified. */
  step: (id: string) => `step/${id}`,
  /** The compensation of a step, as a rollback or a repair owes it. */
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

/** A key is known by the first 16 digits of its public half. */
export const keyIdOf = (publicKey: string): string => publicKey.slice(0, 16);

/** What a seal signs. The plan's own seal has the part `plan` and its digest as the value. */
export function sealText(planDigest: string, part: string, value: unknown): string {
  return canonicalJson({ gantry: 'seal', planDigest, part, value });
}

/** The plan's own seal, as a part among the others. */
export function planSealOf({ planDigest, key, plan }: Seals): PartSeal {
  return { planDigest, key, part: 'plan', signature: plan };
}

/** The seal of a part; null where the plan has none, so that nothing passes for sealed by mistake. */
export function partSealOf(seals: Seals | null, part: string): PartSeal | null {
  const signature = seals && Object.hasOwn(seals.parts, part) ? seals.parts[part] : undefined;
  return seals && signature !== undefined ? { planDigest: seals.planDigest, key: seals.key, part, signature } : null;
}

/** Seals a plan: `sign` makes one signature of one text. */
export function sealsOf(plan: Plan, planDigest: string, sign: (text: string) => Signature): Seals {
  const whole = sign(sealText(planDigest, 'plan', planDigest));
  const parts = Object.entries(partsOf(plan)).map(([part, value]): [string, string] => [
    part,
    sign(sealText(planDigest, part, value)).signature,
  ]);
  return { planDigest, key: whole.key, plan: whole.signature, parts: Object.fromEntries(parts) };
}

function partsOf(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries(plan.steps.flatMap(stepParts)),
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

function stepParts(step: PlannedStep): readonly [string, unknown][] {
  if (step.kind !== 'action' && step.kind !== 'manual') return [];
  return [
    ...(step.kind === 'action' ? [[partName.step(step.id), step] as [string, unknown]] : []),
    ...(step.undo.kind === 'action' ? [[partName.undo(step.id), compensationOf(step)] as [string, unknown]] : []),
  ];
}

/** How a step is undone, once it has been started. */
export function compensationOf(step: Extract<PlannedStep, { readonly kind: 'action' | 'manual' }>): OwedCompensation {
  const { id, title, undo } = step;
  return step.kind === 'action'
    ? { step: id, title, undo, done: step.done, settleMs: settleMsOf(step) }
    : { step: id, title, undo, done: null, settleMs: 0 };
}

/** All validation checks of a plan, group by group, as they are measured at once. */
export function validationChecks({ validation }: Plan) {
  return Object.values(validation).flatMap((group) => (group.kind === 'checks' ? group.checks : []));
}

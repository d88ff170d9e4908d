import { idOf, without } from './open-deployments.ts';
import { type Resolution, rememberedProofs } from './requests.ts';
import type { Lock, Target } from './state.ts';

/** The target as the lock passes to a repair: at once, since no other may have it while something is outstanding. */
export function withRepair(target: Target, number: number, at: string, said?: Pick<Resolution, 'proof'>): Target {
  const { fence, resolutions = [] } = target;
  const deployment = idOf(target, number);
  const remembered = said?.proof ? { resolutions: [...resolutions, said.proof.nonce].slice(-rememberedProofs) } : {};
  return { ...target, ...remembered, lock: { number, deployment, fence, since: at, isStuck: false } };
}

/** Whether this very resolution was accepted before: a repair that could not be started leaves the lock as it was. */
export function hasCounted({ resolutions = [] }: Target, { proof }: Pick<Resolution, 'proof'>): boolean {
  return proof !== undefined && resolutions.includes(proof.nonce);
}

/**
 * The target as a repair is about to be started: every grant raises the fence. Not before it is planned: until then the
 * deployment to be repaired may turn out to go on, and its rollback would be refused under an older fence.
 */
export function withRepairGranted(target: Target, number: number): Target {
  const { lock } = target;
  if (lock?.number !== number) return target;
  const fence = target.fence + 1;
  return { ...target, fence, lock: { ...lock, fence } };
}

/**
 * The target once a repair could not be started: as it was before, for a person to resolve. Not stuck where the deployment
 * to be repaired turned out to go on (`goesOn`); if that has ended since, it found the lock to be another's, and a person
 * must say what serves.
 */
export function withoutRepair(target: Target, number: number, before: Lock, goesOn = false): Target {
  const isOpen = target.open.some((one) => one.number === before.number);
  return { ...without(target, number), lock: { ...before, isStuck: !(goesOn && isOpen) } };
}

import { pick } from '../base/pick.ts';
import type { LiveRelease } from '../plan/references.ts';
import type { Adopted } from './requests.ts';
import { rememberedProofs } from './requests.ts';
import type { Target } from './state.ts';

/** The target once a person has said what it serves. A proof counts once: who reads it in a history could send it again. */
export function withAdoption(target: Target, { live: said, slot, by, reason, proof }: Adopted): Target {
  const before = target.adoptions ?? [];
  const live: LiveRelease = { ...said, adopted: { by: pick(by, 'subject', 'name'), reason } };
  if (!proof) return { ...target, live, slot };
  if (before.includes(proof.nonce)) return target;
  return { ...target, live, slot, adoptions: [...before, proof.nonce].slice(-rememberedProofs) };
}

/** Why nobody may say now what a target serves; null: they may. Only an idle target is adopted. */
export function adoptionFault({ lock }: Pick<Target, 'lock'>): string | null {
  return lock && `${lock.deployment} holds the target; only an idle one can be adopted.`;
}

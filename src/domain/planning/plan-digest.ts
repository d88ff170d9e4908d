import { byteLength, canonicalJson, digestOf } from '../base/canonical-json.ts';
import { GantryError } from '../base/errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { FrozenPlan } from '../plan/seals.ts';
import { planLimitBytes } from './plan-size.ts';

/** The plan and its digest. Throws `plan-too-large`. */
export function digestPlan(plan: Plan): FrozenPlan {
  const text = canonicalJson(plan);
  if (byteLength(text) > planLimitBytes)
    throw new GantryError('plan-too-large', `The plan has ${byteLength(text)} bytes; at most ${planLimitBytes} fit.`, {
      pointer: '/procedure',
    });
  return { plan, planDigest: digestOf(text) };
}

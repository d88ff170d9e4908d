import { z } from 'zod';
import { durationSchema } from '../duration.ts';
import { nameSchema } from '../names.ts';

const roleOf = (entry: string | { readonly role: string }) => (typeof entry === 'string' ? entry : entry.role);

/** Who says that they are ready before a change: a role whose people acknowledge it, or one on call by schedule (`standing`). */
export const readinessSchema = z.strictObject({
  roles: z
    .array(
      z.union(
        [nameSchema, z.strictObject({ role: nameSchema, standing: z.literal(true) })],
        'name a role, or write { role: …, standing: true } for one that is on call by schedule',
      ),
    )
    .min(1)
    .max(10)
    .refine((roles) => new Set(roles.map(roleOf)).size === roles.length, 'name each role once'),
  within: durationSchema,
});
type ReadinessRules = z.infer<typeof readinessSchema>;

/** Readiness as a plan freezes it; `within` in milliseconds. */
export interface Readiness {
  /** Roles whose acknowledgement is waited for. */
  readonly roles: readonly string[];
  /** Roles that are on call by schedule: nobody of them is asked. */
  readonly standing: readonly string[];
  readonly withinMs: number;
}

/** Every role that a policy's readiness names, in its order. */
export function readinessRoles(rules: ReadinessRules | undefined): readonly string[] {
  return (rules?.roles ?? []).map(roleOf);
}

export function freezeReadiness(rules: ReadinessRules | undefined): Readiness | null {
  if (!rules) return null;
  return {
    roles: rules.roles.filter((entry) => typeof entry === 'string'),
    standing: rules.roles.flatMap((entry) => (typeof entry === 'string' ? [] : [entry.role])),
    withinMs: rules.within,
  };
}

/** How the gate and the record name a role that nobody has to speak for. */
export const standingWords = (role: string) => `${role}: standing, on call by schedule`;

import { z } from 'zod';
import { freeTextSchema, nameSchema } from './names.ts';

/** What a freeze holds back. */
export const freezeScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything') }),
  z.strictObject({ kind: z.literal('service'), service: nameSchema }),
  z.strictObject({ kind: z.literal('environment'), environment: nameSchema }),
  z.strictObject({ kind: z.literal('target'), service: nameSchema, environment: nameSchema }),
]);
export type FreezeScope = z.infer<typeof freezeScopeSchema>;

const timeSchema = z.iso
  .datetime({ offset: true, error: 'write a time such as 2026-12-20T00:00:00Z' })
  .transform((text) => new Date(text).toISOString());

/** The body of `POST /v1/freezes`. Without `from` it holds at once, without `until` for as long as nobody lifts it. */
export const freezeSchema = z.strictObject({
  scope: freezeScopeSchema,
  reason: freeTextSchema(500),
  from: timeSchema.optional(),
  until: timeSchema.optional(),
});
/** The body of `DELETE /v1/freezes/{id}`. */
export const liftSchema = z.strictObject({ reason: freeTextSchema(500) });

/** What people stopped, as the store keeps it. Times ISO 8601 UTC. */
export interface Freeze {
  readonly id: string;
  readonly scope: FreezeScope;
  readonly reason: string;
  readonly from: string;
  /** Null: until it is lifted. */
  readonly until: string | null;
  readonly createdAt: string;
  /** Subject of the person. */
  readonly createdBy: string;
  readonly lifted: { readonly at: string; readonly by: string; readonly reason: string } | null;
}

/** Whether it holds at an instant (milliseconds since the epoch), or why it does not. */
export function freezeState({ from, until, lifted }: Freeze, now: number): 'announced' | 'active' | 'over' | 'lifted' {
  if (lifted) return 'lifted';
  if (until !== null && Date.parse(until) <= now) return 'over';
  return Date.parse(from) > now ? 'announced' : 'active';
}

import { z } from 'zod';
import type { TargetName } from '../base/ids.ts';
import { means } from '../base/means.ts';
import { freeTextSchema, nameSchema } from '../base/text-schemas.ts';

const service = nameSchema.meta(means('The service', 'shop'));
const environment = nameSchema.meta(means('The environment', 'production'));

/** What a freeze holds back. */
export const freezeScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything').meta(means('All changes')) }),
  z.strictObject({ kind: z.literal('service').meta(means('Those of one service')), service }),
  z.strictObject({ kind: z.literal('environment').meta(means('Those to one environment')), environment }),
  z.strictObject({
    kind: z.literal('target').meta(means('Those of one service to one environment')),
    service,
    environment,
  }),
]);
export type FreezeScope = z.infer<typeof freezeScopeSchema>;

const timeSchema = z.iso
  .datetime({ offset: true, error: 'write a time such as 2026-12-20T00:00:00Z' })
  .transform((text) => new Date(text).toISOString());

/** The body of `POST /v1/freezes`. Without `from` it holds at once, without `until` until it is lifted. */
export const freezeSchema = z.strictObject({
  scope: freezeScopeSchema.meta(means('Which changes may not begin')),
  reason: freeTextSchema(500).meta(means('Why, for whoever waits', 'stocktaking')),
  from: timeSchema.optional().meta(means('From when; absent: at once', '2026-12-20T00:00:00Z')),
  until: timeSchema.optional().meta(means('Until when; absent: until it is lifted', '2027-01-04T00:00:00Z')),
});

/** The body of `DELETE /v1/freezes/{id}`. */
export const liftSchema = z.strictObject({
  reason: freeTextSchema(500).meta(means('Why', 'stocktaking is over')),
});

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

/**
 * When it begins, in milliseconds since the epoch. One that was to hold at once has no beginning: the clock that stamped it
 * may be ahead of the one that evaluates, and whatever asks in between must not slip through.
 */
export function beginningOf({ from, createdAt }: Pick<Freeze, 'from' | 'createdAt'>): number {
  const at = Date.parse(from);
  return at <= Date.parse(createdAt) ? Number.NEGATIVE_INFINITY : at;
}

/** Whether it holds at an instant (milliseconds since the epoch), or why it does not. */
export function freezeState(freeze: Freeze, now: number): 'announced' | 'active' | 'over' | 'lifted' {
  if (freeze.lifted) return 'lifted';
  if (Date.parse(freeze.until ?? 'never') <= now) return 'over';
  return beginningOf(freeze) > now ? 'announced' : 'active';
}

/** Whether a freeze of this scope holds a target back. */
export function isFrozenBy(scope: FreezeScope, target: TargetName): boolean {
  return (
    (!('service' in scope) || scope.service === target.service) &&
    (!('environment' in scope) || scope.environment === target.environment)
  );
}

/**
 * What a freeze reaches today: the targets that are known by now, `service/environment` in order, and, where it reaches
 * none, a note that says so. Holding back a service before its first deployment is fine; a typing error looks the same.
 */
export function reachOf(
  scope: FreezeScope,
  known: readonly TargetName[],
): { readonly targets: readonly string[]; readonly note?: string } {
  const held = known.filter((target) => isFrozenBy(scope, target));
  const targets = held.map(({ service, environment }) => `${service}/${environment}`).toSorted();
  if (targets.length > 0) return { targets };
  const what = [
    ...('service' in scope ? [` of ${scope.service}`] : []),
    ...('environment' in scope ? [` in ${scope.environment}`] : []),
  ];
  return {
    targets,
    note: `No target${what.join('')} is known yet: this holds back what is to come. Was another name meant?`,
  };
}

import { GantryError } from '../../domain/base/errors.ts';
import { deploymentId, parseDeploymentId } from '../../domain/base/ids.ts';
import { holderAmong, remembered, type Witness } from '../../domain/target/again.ts';
import { emptyTarget, type Target } from '../../domain/target/state.ts';
import type { TargetName } from '../../temporal/gateway.ts';
import type { ApiDeps } from '../deps.ts';
import { outstandingReviews } from './reviews.ts';

/** More than a target may have open. */
const lookBack = 200;

/** So many of the newest are asked for their grants, whatever the store says of them. */
const newest = 20;
const atOnce = 10;

/**
 * What a target begins with that Temporal does not know and the store does, as after Temporal was lost: else its numbers and
 * fence would begin again at 1. Null: Temporal knows it, or nobody does.
 */
export async function forgottenTarget(deps: ApiDeps, name: TargetName): Promise<Target | null> {
  if (await deps.gateway.hasTarget(name)) return null;
  return (await deps.store.target(name.service, name.environment)) ? knownTarget(deps, name) : null;
}

/**
 * A terminated target as store and deployments know it, so that numbers, fence, lock and live release go on where they were.
 * The store may be behind, and Temporal's index decides nothing: each deployment that may have held the lock since is
 * asked for its own history. Throws `target-busy` while one of them still runs and holds it.
 */
export async function knownTarget({ store, gateway, policy, now }: ApiDeps, name: TargetName): Promise<Target> {
  const { service, environment } = name;
  const [copy, stored, rules] = await Promise.all([
    store.target(service, environment),
    store.deployments({ service, environment, limit: lookBack }),
    policy.read(),
  ]);
  const lastStored = Math.max(copy?.lastNumber ?? 0, ...stored.items.map(({ number }) => number));
  const lastNumber = await lastUsed(gateway, name, lastStored);
  const over = new Set(stored.items.filter(({ outcome }) => outcome !== null).map(({ number }) => number));
  const asked = Array.from({ length: Math.min(lookBack, lastNumber) }, (_, i) => lastNumber - i).filter(
    (number, i) => i < newest || !over.has(number),
  );
  const running: Witness[] = [];
  const witnesses: Witness[] = [];
  for (let i = 0; i < asked.length; i += atOnce)
    await Promise.all(
      asked.slice(i, i + atOnce).map(async (number) => {
        const id = deploymentId(service, environment, number);
        // Whoever reaches Temporal starts workflows under any name, but not as children of the target.
        const isOwn = (await gateway.startedRun(id)) !== null;
        const [witness, is] = isOwn ? await Promise.all([gateway.whole(id), gateway.describe(id)]) : [null, 'unknown'];
        if (witness) witnesses.push(witness);
        if (witness && is === 'running') running.push(witness);
      }),
    );
  const { fence, lock, live, newestConfirmed } = remembered(copy, witnesses, numberOf);
  const holder = holderAmong(running)?.id ?? lock?.deployment;
  if (holder !== undefined && (await gateway.describe(holder)) === 'running')
    throw new GantryError('target-busy', `${holder} still runs; abort it first.`);
  const reviews = copy?.reviews ?? [];
  const outstanding = await outstandingReviews({ store, now }, name, reviews);
  return {
    ...emptyTarget(service, environment),
    ...copy,
    ...live,
    fence,
    lastNumber,
    // Older ones that still run are superseded by what serves.
    newestConfirmed,
    lock: lock && { ...lock, isStuck: true },
    reviews: [...reviews, ...outstanding],
    stakeholders: rules.policy.environments[environment]?.stakeholders ?? [],
  };
}

function numberOf(deployment: string): number {
  return parseDeploymentId(deployment)?.number ?? 0;
}

/** A store that is older than Temporal's own records does not know of every number that was used. */
async function lastUsed(gateway: ApiDeps['gateway'], { service, environment }: TargetName, known: number) {
  let last = known;
  while ((await gateway.describe(deploymentId(service, environment, last + 1))) !== 'unknown') last += 1;
  return last;
}

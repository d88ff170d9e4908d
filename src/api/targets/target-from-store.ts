import { GantryError } from '../../domain/base/errors.ts';
import { deploymentId, type TargetName } from '../../domain/base/ids.ts';
import { emptyTarget, type Target } from '../../domain/target/state.ts';
import { holderAmong, remembered, type Witness } from '../../domain/target/terminated-target.ts';
import type { ApiDeps } from '../deps.ts';
import { outstandingReviews } from './reviews.ts';

/** More deployments than a target may have open. */
const lookBack = 200;

/** The newest so many are asked for their grants, even if the store has them as ended. */
const newest = 20;
const atOnce = 10;

/**
 * The initial state of a target that only the store knows, as after Temporal was lost: otherwise its numbers and fence would
 * start at 1 again. Null: Temporal knows it, or it is new.
 */
export async function forgottenTarget(deps: ApiDeps, name: TargetName): Promise<Target | null> {
  if (await deps.gateway.hasTarget(name)) return null;
  return (await deps.store.target(name.service, name.environment)) ? knownTarget(deps, name) : null;
}

/**
 * The state of a terminated target, from store and deployments, so that numbers, fence, lock and live release continue.
 * The store may be behind and Temporal's index incomplete: the history of each deployment that may have held the lock is
 * read. Throws `target-busy` while one of them still runs and holds it.
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
        // Anybody with access to Temporal can use a workflow id, but not start a child of the target.
        const isOwn = (await gateway.startedRun(id)) !== null;
        const [witness, is] = isOwn ? await Promise.all([gateway.whole(id), gateway.describe(id)]) : [null, 'unknown'];
        if (witness) witnesses.push(witness);
        if (witness && is === 'running') running.push(witness);
      }),
    );
  const { fence, lock, live, newestConfirmed } = remembered(copy, witnesses);
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
    // Older deployments that still run are superseded by the live release.
    newestConfirmed,
    lock: lock && { ...lock, isStuck: true },
    reviews: [...reviews, ...outstanding],
    stakeholders: rules.policy.environments[environment]?.stakeholders ?? [],
  };
}

/** The last used number: a store that is older than Temporal's histories lacks some. */
async function lastUsed(gateway: ApiDeps['gateway'], { service, environment }: TargetName, known: number) {
  let last = known;
  while ((await gateway.describe(deploymentId(service, environment, last + 1))) !== 'unknown') last += 1;
  return last;
}

import { GantryError } from '../../domain/base/errors.ts';
import type { TargetName } from '../../domain/base/ids.ts';
import { shortList } from '../../domain/base/short-list.ts';
import { type Policy, takesService } from '../../domain/policy/policy.ts';
import type { AdoptRequest } from '../../domain/target/schemas.ts';
import type { ApiDeps } from '../deps.ts';

/** At most so many services are listed in an error. */
const maxNamed = 20;

/** Refuses a service that is neither in the policy nor adopted, since a request creates its target. Throws `unknown-service`. */
export async function checkServiceIsKnown(
  deps: Pick<ApiDeps, 'store' | 'gateway'>,
  policy: Policy,
  target: TargetName,
): Promise<void> {
  if (takesService(policy, target.service) || (await isThere(deps, target))) return;
  throw unknown(
    `The policy ${namesOf(policy)}, and nobody has adopted ${target.service} in ${target.environment}: name the service there, or have an operator adopt it.`,
  );
}

/**
 * The same for an adoption, which also creates a target: a service that is not in the policy needs `unknownService: accept`,
 * since no rule of `services` applies to it. Throws `unknown-service`.
 */
export async function checkMayBeAdopted(
  deps: Pick<ApiDeps, 'store' | 'gateway' | 'policy'>,
  target: TargetName,
  { unknownService }: Pick<AdoptRequest, 'unknownService'>,
): Promise<void> {
  if (unknownService === 'accept') return;
  const { policy } = await deps.policy.read();
  if (takesService(policy, target.service) || (await isThere(deps, target))) return;
  throw unknown(
    `The policy ${namesOf(policy)}, not ${target.service}: name it there, so that it has owners, or add "unknownService": "accept" to adopt it without; a target cannot be taken away again.`,
  );
}

/** The store gets a target a moment after its adoption was answered, so Temporal is asked too. */
async function isThere({ store, gateway }: Pick<ApiDeps, 'store' | 'gateway'>, target: TargetName): Promise<boolean> {
  return (await store.target(target.service, target.environment)) !== null || (await gateway.hasTarget(target));
}

function namesOf({ services }: Policy): string {
  const names = Object.keys(services);
  return names.length > 0 ? `names ${shortList(names, maxNamed)}` : 'names none';
}

function unknown(message: string): GantryError {
  return new GantryError('unknown-service', message, { pointer: '/service' });
}

import { GantryError } from '../../domain/base/errors.ts';
import type { AdoptRequest } from '../../domain/planning/request.ts';
import { type Policy, takesService } from '../../domain/policy/policy.ts';
import type { TargetName } from '../../temporal/gateway.ts';
import type { ApiDeps } from '../deps.ts';

/** So many services are named to whoever asks for another. */
const maxNamed = 20;

/** Whoever asks for a target makes it: what nobody knows of is a typing error, or worse. Throws `unknown-service`. */
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
 * The same for an adoption, which makes a target, too, and one that no rule of `services` holds for: a service that the
 * policy does not name is adopted where the operator says that it is meant. Throws `unknown-service`.
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

/** The store hears of a target a moment after whoever has adopted it was answered. */
async function isThere({ store, gateway }: Pick<ApiDeps, 'store' | 'gateway'>, target: TargetName): Promise<boolean> {
  return (await store.target(target.service, target.environment)) !== null || (await gateway.hasTarget(target));
}

function namesOf({ services }: Policy): string {
  const names = Object.keys(services);
  const more = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : '';
  return names.length > 0 ? `names ${names.slice(0, maxNamed).join(', ')}${more}` : 'names none';
}

function unknown(message: string): GantryError {
  return new GantryError('unknown-service', message, { pointer: '/service' });
}

import { GantryError } from '../../domain/base/errors.ts';
import type { LoadedPolicy } from '../../domain/planning/source-ports.ts';
import type { ApiDeps } from '../deps.ts';

/**
 * The policy that a new request is planned by. Throws `invalid-policy` while its file is missing or broken: the last good
 * one, which is known still, is not what somebody has written since.
 */
export async function readablePolicy({ policy }: Pick<ApiDeps, 'policy'>): Promise<LoadedPolicy> {
  const { fault, ...loaded } = await policy.read();
  if (fault)
    throw new GantryError(
      'invalid-policy',
      `Nothing is requested or previewed until the policy can be read: ${fault.message}`,
    );
  return loaded;
}

import type { ErrorCode } from '../base/error-codes.ts';
import { hasCounted } from './repair.ts';
import type { Resolution } from './requests.ts';
import type { Target } from './state.ts';

/**
 * Why a person's word does not resolve a target; null: it does. Only the deployment that holds it and needs intervention is
 * resolved, by each word once, and who accepts how it is says what is live.
 */
export function resolutionFault(
  target: Target,
  { deployment, decision, live, proof }: Pick<Resolution, 'deployment' | 'decision' | 'live' | 'proof'>,
): { readonly code: ErrorCode; readonly detail: string } | null {
  const { service, environment, lock } = target;
  if (!lock?.isStuck || lock.deployment !== deployment)
    return {
      code: 'nothing-to-resolve',
      detail: `${deployment} does not hold ${service} in ${environment} as one that needs intervention.`,
    };
  if (hasCounted(target, { proof }))
    return {
      code: 'nothing-to-resolve',
      detail: `This word on ${deployment} was taken before: whoever sends it again says it anew.`,
    };
  if (decision === 'accept' && !live)
    return { code: 'malformed', detail: 'To accept, say in live what the target serves.' };
  return null;
}

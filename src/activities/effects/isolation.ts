import { GantryError } from '../../domain/base/errors.ts';
import { isolationFault, runsFiles as planRunsFiles } from '../../domain/plan/isolation.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Refused } from '../../domain/ports/run-identity.ts';
import type { ActivityDeps } from '../deps.ts';

type Deps = Pick<ActivityDeps, 'isIsolated' | 'policy' | 'worker'>;

/** Whether an action runs files, by this worker's own kinds: a plan could claim anything. */
export function runsFiles({ catalog }: Pick<ActivityDeps, 'catalog'>, { kind }: { readonly kind: string }): boolean {
  return catalog.actions.get(kind)?.traits?.includes('runs-files') ?? false;
}

/** The same of checks, or of sources that are read as checks ask. */
export function checksRunFiles(
  { catalog }: Pick<ActivityDeps, 'catalog'>,
  checks: readonly { readonly kind: string }[],
): boolean {
  return checks.some(({ kind }) => catalog.checks.get(kind)?.traits?.includes('runs-files'));
}

/**
 * Refuses what runs files where this worker's own policy takes only such as run as a user of their own, and here they do
 * not. Not for a way back, which goes on with the worker that there is.
 */
export async function unisolated(deps: Deps, target: string): Promise<Refused | null> {
  if (deps.isIsolated) return null;
  const environment = target.slice(target.indexOf('/') + 1);
  const fault = isolationFault((await deps.policy.read()).policy, environment, deps.worker);
  return fault === null ? null : { kind: 'refused', code: 'commands-not-isolated', detail: fault };
}

/** The same of checks. Throws `commands-not-isolated`. */
export async function requireIsolated(deps: Deps, target: string): Promise<void> {
  const refused = await unisolated(deps, target);
  if (refused) throw new GantryError(refused.code, refused.detail);
}

/**
 * The same of a whole plan, also by the rules that it was frozen with: it is not begun where
 * its commands would be refused. A repair is a way back.
 */
export async function requireIsolatedPlan(deps: Deps, plan: Plan): Promise<void> {
  if (deps.isIsolated || plan.repair !== null || !planRunsFiles(plan)) return;
  const { policy } = await deps.policy.read();
  const fault = isolationFault(policy, plan.environment, deps.worker, plan.policy.commands);
  if (fault !== null) throw new GantryError('commands-not-isolated', fault);
}

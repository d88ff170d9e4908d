import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { deploymentWorkflowId, parseDeploymentId } from '../../domain/base/ids.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * The plan with this digest that a deployment carries out. A store that lacks it, such as an older one that was restored,
 * gets it from the deployment's history. Null where that does not have it either.
 */
export async function planOf(
  { store, histories }: Pick<ActivityDeps, 'store' | 'histories'>,
  deployment: string,
  planDigest: string,
): Promise<Plan | null> {
  const stored = await store.plan(planDigest);
  if (stored) return stored;
  const name = parseDeploymentId(deployment);
  const told = name && (await histories.read(deploymentWorkflowId(name.service, name.environment, name.number)));
  if (!told || told.planDigest !== planDigest || digestOfJson(told.plan) !== planDigest) return null;
  await store.savePlan(planDigest, told.plan, told.seals);
  // As the store writes it: the order of its keys shows in records.
  return (await store.plan(planDigest)) ?? told.plan;
}

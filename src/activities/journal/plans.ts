import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { workflowOfDeployment } from '../../domain/base/ids.ts';
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
  const workflowId = workflowOfDeployment(deployment);
  const known = workflowId && (await histories.read(workflowId));
  if (!known || known.planDigest !== planDigest || digestOfJson(known.plan) !== planDigest) return null;
  await store.savePlan(planDigest, known.plan, known.seals);
  // As the store writes it: the order of its keys shows in records.
  return (await store.plan(planDigest)) ?? known.plan;
}

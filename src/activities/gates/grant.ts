import type { Plan } from '../../domain/plan/plan.ts';
import { isWaived } from '../../domain/plan/waivers.ts';
import type { GateFindings } from '../../domain/ports/gates.ts';
import type { Grant } from '../../domain/target/result.ts';
import { reviewFault } from '../../domain/target/reviews.ts';
import type { ActivityDeps } from '../deps.ts';
import { isGranted } from '../effects/holding.ts';
import { requireNoRecovery } from '../effects/recovery.ts';

/** Whether the target says the same of the grant, and whether a review keeps the change away. */
export async function evaluateGrant(
  { store, targets }: ActivityDeps,
  plan: Plan,
  deployment: string,
  grant: Grant | null,
): Promise<Pick<GateFindings, 'isGranted' | 'overdue'>> {
  if (!grant) return { isGranted: true, overdue: null };
  // Whoever minds windows finds them frozen meanwhile, and gives the lock back; asked again until then.
  if (isWaived(plan, 'window')) await requireNoRecovery(store);
  const saved = await store.target(plan.service, plan.environment);
  const overdue = saved && reviewFault(saved, plan);
  return { isGranted: await isGranted({ targets }, saved, plan, deployment, grant), overdue: overdue?.why ?? null };
}

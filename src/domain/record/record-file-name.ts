import type { Plan } from '../plan/plan.ts';

/**
 * The file of a record: `deployment-<release>-<date>.md`, the date being the UTC day of the request (an ISO 8601
 * time). Where that name belongs to another deployment (`taken`), the deployment's id is added.
 */
export function recordFileName(
  plan: Pick<Plan, 'release'>,
  requestedAt: string,
  deploymentId: string,
  { taken }: { readonly taken: boolean },
): string {
  const date = new Date(requestedAt).toISOString().slice(0, 10);
  return `deployment-${plan.release}-${date}${taken ? `-${deploymentId}` : ''}.md`;
}

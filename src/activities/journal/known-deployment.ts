import { canonicalJson, digestOfJson } from '../../domain/base/canonical-json.ts';
import { deploymentOfWorkflow, isWorkflowOf, workflowOfDeployment } from '../../domain/base/ids.ts';
import type { DeploymentHistory } from '../../domain/deployment/history.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { storedWhole } from '../../store/whole.ts';
import type { ActivityDeps } from '../deps.ts';

/** A deployment as it is known: the history first, which holds the most; the store second, when the history is gone. */
export async function knownDeployment(deps: ActivityDeps, deployment: string): Promise<DeploymentHistory | null> {
  const workflowId = workflowOfDeployment(deployment);
  return workflowId === undefined ? null : knownWorkflow(deps, workflowId);
}

export async function knownWorkflow(deps: ActivityDeps, workflowId: string): Promise<DeploymentHistory | null> {
  const found = await deps.histories.read(workflowId);
  // A workflow that was started by hand can claim anything of itself.
  const isItself = found && isWorkflowOf(found.id, workflowId) && digestOfJson(found.plan) === found.planDigest;
  const history = isItself ? found : null;
  const stored = await storedDeployment(deps, workflowId).catch(() => null);
  if (!history) return stored;
  const known = stored && stored.journal.length > history.journal.length ? stored.journal : history.journal;
  return { ...history, ...(await wholeOf(deps, workflowId, known)) };
}

/**
 * Entries that were journaled while nothing happened have ridden on no activity, and the store has none of them. The
 * workflow itself still has them, also once it is closed; but other code may answer another journal, so the answer counts
 * only where it continues what history and store have.
 */
async function wholeOf(
  { histories }: ActivityDeps,
  workflowId: string,
  known: readonly JournalEntry[],
): Promise<Pick<DeploymentHistory, 'journal' | 'isWhole'>> {
  if (known.some(({ type }) => type === 'ended')) return { journal: known, isWhole: true };
  const told = await histories.told(workflowId);
  const goesOn = told !== null && canonicalJson(told.slice(0, known.length)) === canonicalJson(known);
  return goesOn ? { journal: told, isWhole: true } : { journal: known, isWhole: false };
}

async function storedDeployment({ store }: ActivityDeps, workflowId: string): Promise<DeploymentHistory | null> {
  const id = deploymentOfWorkflow(workflowId);
  return id === null ? null : storedWhole(store, id, () => wholeJournal(store, id));
}

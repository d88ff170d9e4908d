import { GantryError } from '../../domain/base/errors.ts';
import { documentsWorkflowId, isWorkflowOf, parseDeploymentId } from '../../domain/base/ids.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { OfDeployment } from '../../domain/ports/callers.ts';
import type { DocumentsEnd } from '../../domain/ports/documents.ts';
import type { ActivityDeps } from '../deps.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { entriesAfter, publishAfterEnd } from '../records/after-end.ts';

/**
 * Writes what became of late documents into the journal of a deployment that has ended, once, and publishes its record
 * again; answers why the file of that could not be written, or null. What counts is how the workflow ended that the
 * deployment has left them to. Throws `not-ready` while either is about to close.
 */
export async function recordDocuments(deps: ActivityDeps, { deployment }: OfDeployment): Promise<string | null> {
  const name = parseDeploymentId(deployment);
  if (!name) return null;
  const workflowId = documentsWorkflowId(name.service, name.environment, name.number);
  const found = await deps.histories.left(workflowId, 'lateDocuments');
  if (!found || found.parent === null || !isWorkflowOf(deployment, found.parent)) return null;
  if (found.isRunning) throw new GantryError('not-ready', `${workflowId} is about to close.`);
  const end = found.end as DocumentsEnd | null;
  if (!end || end.documents.length === 0) return null;
  const known = await knownDeployment(deps, deployment);
  if (!known) return null;
  const { journal } = known;
  const endedAt = journal.findIndex(({ type }) => type === 'ended');
  // Nothing is left to such a workflow before.
  if (endedAt < 0) throw new GantryError('not-ready', `The journal of ${deployment} has no end yet.`);
  const isWritten = ({ type }: JournalEntry) => type === 'document-written' || type === 'document-failed';
  if (journal.slice(endedAt).some(isWritten)) return null;
  const more = end.documents.map((body) => ({ ...body, at: end.at }));
  return publishAfterEnd(deps, known, [...journal, ...entriesAfter(journal, more)]);
}

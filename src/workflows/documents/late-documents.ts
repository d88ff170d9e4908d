import { CancellationScope } from '@temporalio/workflow';
import { documentsWorkflowId, parseDeploymentId } from '../../domain/base/ids.ts';
import type { DocumentsEnd, LateDocumentsInput } from '../../domain/ports/documents.ts';
import { writeDocuments } from '../engine/bounds-by-plan.ts';
import { rootMessage } from '../engine/failures.ts';
import { documentsEndedSignal, signalTarget } from '../engine/internal-signals.ts';
import { startOutliving } from '../engine/outliving.ts';
import { pageOf } from '../notifications/page-target.ts';
import { failedIn, failureOf, writtenBy } from './results.ts';

/**
 * Writes documents that a deployment has left behind, for ten minutes. What became of them is the result, and the target
 * is notified of it: it writes the journals of deployments that are over by then.
 */
export function lateDocuments(input: LateDocumentsInput): Promise<DocumentsEnd> {
  return CancellationScope.nonCancellable(async () => {
    const { rest, already, whom, ...common } = input;
    const { deployment } = input.runIdentity;
    const { service = '', environment = '' } = parseDeploymentId(deployment) ?? {};
    const results = await Promise.all(
      rest.map(async (one) => {
        const { repository } = one;
        const result = await writeDocuments({ ...common, ...one }).catch((error: unknown) =>
          failureOf(repository, rootMessage(error)),
        );
        return { repository, entries: writtenBy(repository, result) };
      }),
    );
    const failed = results.flatMap(({ repository, entries }) => failedIn(repository, entries) ?? []);
    await Promise.all(
      failed.map(({ which, why }) => pageOf(whom, deployment, `Documents do not tell what serves: ${which} (${why}).`)),
    );
    await signalTarget({ service, environment }, documentsEndedSignal, { deployment });
    return { at: new Date().toISOString(), documents: [...already, ...results.flatMap(({ entries }) => entries)] };
  });
}

/** Leaves documents to a workflow of their own, which outlives the one that starts it. Answers whether they could be. */
export async function leaveDocuments(input: LateDocumentsInput): Promise<boolean> {
  const { deployment } = input.runIdentity;
  const { service = '', environment = '', number = 0 } = parseDeploymentId(deployment) ?? {};
  const workflowId = documentsWorkflowId(service, environment, number);
  const staticSummary = `Documents of ${deployment}`;
  return (await startOutliving(lateDocuments, input, { workflowId, staticSummary })) !== null;
}

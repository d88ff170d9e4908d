import type { FileJob, FileResult, RepositoryAnswer } from '../../adapters/git/job.ts';
import { GantryError, insteadOf } from '../../domain/base/errors.ts';
import { isDocumentsOf, parseDeploymentId } from '../../domain/base/ids.ts';
import { commitMessage } from '../../domain/documents/commit-message.ts';
import { type Served, servingWords } from '../../domain/documents/serving.ts';
import { mayPass } from '../../domain/documents/trouble.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { WriteDocumentsInput, WriteDocumentsResult, WrittenDocument } from '../../domain/ports/documents.ts';
import type { Asking } from '../../domain/ports/temporal.ts';
import type { ActivityDeps } from '../deps.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { recordFileOf } from '../records/publish.ts';
import { unsealed, whoAsks } from '../trust/seals.ts';

/** A remote that has not answered by then hangs, in milliseconds. */
const limitMs = 40_000;

/**
 * Writes the documents of one repository, by one commit or none: what is there already is left alone, and so is what a
 * later deployment has written. Throws `documents-unwritten` for trouble that may pass.
 */
export function writeDocuments(deps: ActivityDeps, input: WriteDocumentsInput): Promise<WriteDocumentsResult> {
  return whileBeating(async (signal) => {
    const { repository, seal, runIdentity, writing, serves } = input;
    const asking = await onWhoseBehalf(deps, runIdentity.deployment);
    const refused = await unsealed(deps, input, seal, partName.documents(repository.name), repository, asking);
    if (refused) return refused;
    const { service = '', environment = '' } = parseDeploymentId(runIdentity.deployment) ?? {};
    const words = serves === null ? null : servingWords(await servedBy(deps, { service, environment, serves }));
    const stamp = { target: `${service}/${environment}`, fence: runIdentity.fence, writing };
    const record = await recordOf(deps, input);
    const chosen = repository.documents.flatMap(({ path, what }): readonly FileJob[] => {
      if (what.kind === 'block')
        return words === null ? [] : [{ kind: 'block', path, block: what.block, stamp, words }];
      if (!record) return [];
      const owner = [runIdentity.deployment, record.requestedAt];
      return [{ kind: 'record', path: `${path}/${record.name}`, content: record.markdown, owner }];
    });
    const message = commitMessage({ service, environment, deployment: runIdentity.deployment, writing, serves });
    const answer = await deps.writeRepository({ repository, files: chosen, message }, { signal, limitMs });
    throwIfShutDown(signal);
    return resultOf(repository.name, chosen, answer);
  });
}

/** What a deployment has left behind acts for the run that left it, which only Temporal knows. */
async function onWhoseBehalf({ histories }: ActivityDeps, deployment: string): Promise<Asking> {
  const asking = whoAsks();
  if (!isDocumentsOf(deployment, asking.workflowId)) return asking;
  return (await histories.parentOf(asking.workflowId, asking.runId)) ?? asking;
}

async function servedBy(
  deps: ActivityDeps,
  served: Pick<Served, 'service' | 'environment' | 'serves'>,
): Promise<Served> {
  const { serves } = served;
  const bringer = serves.kind === 'release' ? serves.live.deployment : null;
  const broughtBy = bringer === null ? null : await knownDeployment(deps, bringer);
  return { ...served, broughtBy, publicUrl: deps.publicUrl() };
}

/** A draft that could not be published is no document yet. */
async function recordOf(deps: ActivityDeps, { repository, runIdentity }: WriteDocumentsInput) {
  if (!repository.documents.some(({ what }) => what.kind === 'record')) return null;
  return recordFileOf(deps, runIdentity.deployment).catch(insteadOf('not-found', null));
}

function resultOf(repository: string, chosen: readonly FileJob[], answer: RepositoryAnswer): WriteDocumentsResult {
  if (answer.kind === 'failed') {
    const { trouble, why } = answer;
    if (mayPass(trouble)) throw new GantryError('documents-unwritten', `${repository}: ${trouble}: ${why}`);
    return { kind: 'failed', trouble, why };
  }
  const { before, after, files } = answer;
  const documents = files.map((result, i): WrittenDocument => {
    const job = chosen[i];
    const place = { repository, path: job?.path ?? '', block: job?.kind === 'block' ? job.block : null };
    return result.kind === 'unusable'
      ? { type: 'document-failed', ...place, trouble: 'unusable', why: result.why }
      : { type: 'document-written', ...place, result: result.kind, before, after, difference: differenceIn(result) };
  });
  return { kind: 'done', documents };
}

function differenceIn(result: FileResult): string {
  if (result.kind === 'newer') return `written by ${result.by}`;
  return result.kind === 'written' ? result.difference : '';
}

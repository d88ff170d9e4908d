import { join } from 'node:path';
import { canonicalJson, digestOf } from '../../domain/base/canonical-json.ts';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Published, PublishInput } from '../../domain/ports/publishing.ts';
import { renderRecord } from '../../domain/record/markdown/record.ts';
import { buildRecord } from '../../domain/record/record.ts';
import { recordFileName } from '../../domain/record/record-file-name.ts';
import type { ActivityDeps } from '../deps.ts';
import { completeJournal } from '../journal/complete.ts';
import { planOf } from '../journal/plans.ts';
import { recordFiles } from './files.ts';
import type { Owner } from './record-files-helper.ts';
import { keepRehearsal } from './rehearsals.ts';

/** Publishes a record, with what a deployment that was rolled back has proven, and notifies people of it. */
export async function publishAndNotify(deps: ActivityDeps, input: PublishInput): Promise<Published> {
  const published = await publish(deps, input);
  const { deployment, closing, notify } = input;
  if (closing?.row.outcome === 'rolled-back') await keepRehearsal(deps, deployment, input.plan, input.lastSeq);
  if (closing) await journalPublished(deps, closing, input, published);
  return { ...published, deliveries: notify ? await deps.notify(notify) : [] };
}

/**
 * Builds the record from the store's own copy and keeps it there: that is where it is published. The Markdown file is an
 * export of it, and a folder that takes nothing holds nothing up. The same input gives the same file.
 */
export async function publish(
  deps: Pick<ActivityDeps, 'store' | 'histories' | 'journals' | 'recordsFolder' | 'attestationKey'>,
  { deployment, plan: planDigest, state, lastSeq }: Omit<PublishInput, 'notify' | 'closing'>,
): Promise<Omit<Published, 'deliveries'>> {
  const { store, recordsFolder, attestationKey } = deps;
  const plan = await planOf(deps, deployment, planDigest);
  if (!plan)
    throw new GantryError('internal', `Neither the store nor the history has plan ${planDigest} of ${deployment}.`);
  const journal = await completeJournal(deps, deployment, lastSeq);
  const record = buildRecord(plan, planDigest, journal, { state, attestation: attestationKey ?? 'no-key' });
  const markdown = renderRecord(record);
  const requestedAt = journal[0]?.at ?? '';
  const name = await nameOf(deps, plan, deployment, requestedAt);
  const built = { deployment, state, lastSeq, digest: digestOf(markdown), markdown, document: canonicalJson(record) };
  // An attempt that was given up may come late, or have come before: one of them counts, for file and journal, too.
  const kept = await store.saveRecord(built);
  const notExported = await exportTo(recordsFolder, name, kept.markdown, [deployment, requestedAt]).then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  return { path: join(recordsFolder, name), digest: kept.digest, notExported };
}

/** Writes the file of a record that is in the store already. Throws while the folder does not take it. */
export async function exportRecord(
  deps: Pick<ActivityDeps, 'store' | 'recordsFolder'>,
  { deployment }: { readonly deployment: string },
): Promise<void> {
  const { name, markdown, requestedAt } = await recordFileOf(deps, deployment);
  await exportTo(deps.recordsFolder, name, markdown, [deployment, requestedAt]);
}

/** A record as the store has it, and what its file is called. Throws `not-found`. */
export async function recordFileOf(
  deps: Pick<ActivityDeps, 'store' | 'recordsFolder'>,
  deployment: string,
): Promise<{ readonly name: string; readonly markdown: string; readonly requestedAt: string }> {
  const [record, first] = await Promise.all([deps.store.record(deployment), deps.store.journal(deployment, 0, 1)]);
  const row = await deps.store.deployment(deployment);
  const plan = row && (await deps.store.plan(row.planDigest));
  const requestedAt = first[0]?.at;
  if (!record || !plan || requestedAt === undefined)
    throw new GantryError('not-found', `There is no record of ${deployment}.`);
  const name = await nameOf(deps, plan, deployment, requestedAt);
  return { name, markdown: record.markdown, requestedAt };
}

/** The name of a record's file, chosen once. A folder that does not answer counts as one without files of others. */
async function nameOf(
  { store, recordsFolder: folder }: Pick<ActivityDeps, 'store' | 'recordsFolder'>,
  plan: Plan,
  deployment: string,
  requestedAt: string,
): Promise<string> {
  const names = [false, true].map((taken) => recordFileName(plan, requestedAt, deployment, { taken }));
  const last = `${names[1]?.replace(/md$/, requestedAt.replaceAll(/\D/g, ''))}.md`;
  // The store knows the names of its own deployments only, and more than one store may export to this folder.
  const owner = [deployment, requestedAt];
  const foreign = await recordFiles.run({ kind: 'look', folder, names, owner }).catch((): readonly string[] => []);
  const [preferred = last, fallback = last] = names.filter((name) => !foreign.includes(name));
  return store.claimRecordPath(deployment, preferred, fallback);
}

async function exportTo(folder: string, name: string, content: string, owner: Owner): Promise<void> {
  const foreign = await recordFiles.run({ kind: 'write', folder, name, content, owner });
  if (foreign.length > 0)
    throw new GantryError('internal', `${join(folder, name)} is not the record of ${owner[0]}: move it away.`);
}

/** Stores the entry `record-published`; the workflow appends the very same one, and nothing follows it. */
export async function journalPublished(
  { store }: Pick<ActivityDeps, 'store'>,
  { seq, at, row }: NonNullable<PublishInput['closing']>,
  { deployment, state }: Pick<PublishInput, 'deployment' | 'state'>,
  { path, digest }: Pick<Published, 'path' | 'digest'>,
): Promise<void> {
  const entry: JournalEntry = { v: 1, seq, at, type: 'record-published', state, path, digest };
  await store.appendJournal({ deployment, entries: [entry], row: { ...row, lastSeq: seq } });
}

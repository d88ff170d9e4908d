import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canonicalJson, digestOf } from '../domain/canonical-json.ts';
import { GantryError } from '../domain/errors.ts';
import type { JournalEntry } from '../domain/journal.ts';
import type { Published, PublishInput } from '../domain/ports/publishing.ts';
import type { Activities } from '../domain/ports.ts';
import { buildRecord, recordFileName } from '../domain/record.ts';
import { renderRecord } from '../domain/record-markdown.ts';
import type { ActivityDeps } from './deps.ts';
import { keepRehearsal } from './rehearsals.ts';
import { wholeJournal } from './whole-journal.ts';

/** Records and other copies that outlive the workflow. */
export function recordActivities(deps: ActivityDeps): Pick<Activities, 'publish' | 'storeJournal' | 'saveTarget'> {
  return {
    async publish(input) {
      const published = await publish(deps, input);
      if (input.closing?.row.outcome === 'rolled-back')
        await keepRehearsal(deps, input.deployment, input.plan, input.lastSeq);
      if (input.closing) await journalPublished(deps, input.closing, input, published);
      const deliveries = input.notify ? await deps.notify(input.notify) : [];
      return { ...published, deliveries };
    },
    storeJournal: () => Promise.resolve(),
    saveTarget: (state) => deps.store.saveTarget(state),
  };
}

/** Builds the record from the store's own copy, keeps it there and exports the Markdown. The same input gives the same file. */
export async function publish(
  { store, recordsFolder, attestationKey }: Pick<ActivityDeps, 'store' | 'recordsFolder' | 'attestationKey'>,
  { deployment, plan: planDigest, state, lastSeq }: Omit<PublishInput, 'notify' | 'closing'>,
): Promise<Pick<Published, 'path' | 'digest'>> {
  const plan = await store.plan(planDigest);
  if (!plan) throw new GantryError('internal', `The store lacks plan ${planDigest} of ${deployment}.`);
  const journal = await wholeJournal(store, deployment, lastSeq);
  const record = buildRecord(plan, planDigest, journal, { state, attestation: attestationKey ?? 'no-key' });
  const markdown = renderRecord(record);
  const digest = digestOf(markdown);
  const requestedAt = journal[0]?.at ?? '';
  const isForeign = async (file: string) => {
    const there = await contentOf(join(recordsFolder, file));
    return there !== null && !(there.includes(deployment) && there.includes(requestedAt));
  };
  const names = [false, true].map((taken) => recordFileName(plan, requestedAt, deployment, { taken }));
  const last = `${names[1]?.replace(/md$/, requestedAt.replaceAll(/\D/g, ''))}.md`;
  // The store knows the names of its own deployments only, and more than one store may export to this folder.
  const foreign = await Promise.all(names.map(isForeign));
  const [preferred = last, fallback = last] = names.filter((_, i) => !foreign[i]);
  const name = await store.claimRecordPath(deployment, preferred, fallback);
  await store.saveRecord({ deployment, state, lastSeq, digest, markdown, document: canonicalJson(record) });
  if (await isForeign(name))
    throw new GantryError('internal', `${join(recordsFolder, name)} is not the record of ${deployment}: move it away.`);
  await exportTo(recordsFolder, name, markdown);
  return { path: join(recordsFolder, name), digest };
}

/** Stores the entry that says so; the workflow appends the very same one, and nothing follows it. */
export async function journalPublished(
  { store }: Pick<ActivityDeps, 'store'>,
  { seq, at, row }: NonNullable<PublishInput['closing']>,
  { deployment, state }: Pick<PublishInput, 'deployment' | 'state'>,
  { path, digest }: Pick<Published, 'path' | 'digest'>,
): Promise<void> {
  const entry: JournalEntry = { v: 1, seq, at, type: 'record-published', state, path, digest };
  await store.appendJournal({ deployment, entries: [entry], row: { ...row, lastSeq: seq } });
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes a file so that a reader sees the old one or the new one, never half of one. */
async function exportTo(folder: string, name: string, content: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const half = join(resolve(folder), `.${name}.${randomUUID()}`);
  try {
    await writeFile(half, content);
    await rename(half, join(resolve(folder), name));
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

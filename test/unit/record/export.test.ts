import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { publish } from '../../../src/activities/records.ts';
import type { Store } from '../../../src/store/store.ts';
import { goodJournal } from '../../support/journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-records-'));
});
afterEach(() => rm(folder, { recursive: true }));

const deployment = 'shop.production.7';
const usual = 'deployment-1.4.2-2026-11-23.md';
const longer = `deployment-1.4.2-2026-11-23-${deployment}.md`;

/** A store of its own that knows one deployment, requested so many milliseconds later than in another one. */
function installation(ms = 0) {
  const { plan, planDigest, journal } = goodJournal();
  const later = journal.map((entry, i) =>
    i === 0 ? { ...entry, at: new Date(Date.parse(entry.at) + ms).toISOString() } : entry,
  );
  let claimed: string | undefined;
  const store = {
    plan: () => Promise.resolve(plan),
    journal: (_: string, after: number, limit: number) => Promise.resolve(later.slice(after, after + limit)),
    claimRecordPath: (_: string, preferred: string) => Promise.resolve((claimed ??= preferred)),
    saveRecord: () => Promise.resolve(),
  } as unknown as Store;
  const input = { deployment, plan: planDigest, state: 'final', lastSeq: journal.length } as const;
  return () => publish({ store, recordsFolder: folder }, input);
}

it('keeps its name, however often it is published', async () => {
  const one = installation();
  await one();
  await one();
  expect(await readdir(folder)).toEqual([usual]);
});

it('leaves the records of other stores alone, whose deployments may have the same ids', async () => {
  await installation()();
  const first = await readFile(join(folder, usual), 'utf8');

  expect((await installation(1)()).path).toBe(join(folder, longer));
  await installation(2)();

  expect(await readFile(join(folder, usual), 'utf8')).toBe(first);
  const last = longer.replace('.md', '.20261123090002116.md');
  expect((await readdir(folder)).sort()).toEqual([last, longer, usual].sort());
});

it('does not write over what somebody put in the place of its record, and says where that is', async () => {
  const one = installation();
  await one();
  await writeFile(join(folder, usual), 'mine');

  await expect(one()).rejects.toThrow(`${join(folder, usual)} is not the record of ${deployment}: move it away.`);
  expect(await readFile(join(folder, usual), 'utf8')).toBe('mine');
});

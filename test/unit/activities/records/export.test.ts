import { execFile, fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { createFileHelper } from '../../../../src/activities/records/files.ts';
import { exportRecord, publish } from '../../../../src/activities/records/publish.ts';
import type { Histories } from '../../../../src/domain/ports/temporal.ts';
import type { Store } from '../../../../src/store/index.ts';
import type { StoredRecord } from '../../../../src/store/stored.ts';
import { eventually } from '../../../support/eventually.ts';
import { goodJournal } from '../../../support/journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-records-'));
});
afterEach(() => rm(folder, { recursive: true }));

const deployment = 'shop.production.7';
const usual = 'deployment-1.4.2-2026-11-23.md';
const longer = `deployment-1.4.2-2026-11-23-${deployment}.md`;

/** What was kept, the newest last. */
const stored: { readonly markdown: string; readonly deps: Parameters<typeof exportRecord>[0] }[] = [];

/** A store of its own that knows one deployment, requested so many milliseconds later than in another one. */
function installation(ms = 0, recordsFolder = folder, saved: string[] = [], kept: Partial<StoredRecord> = {}) {
  const { plan, planDigest, journal } = goodJournal();
  const later = journal.map((entry, i) =>
    i === 0 ? { ...entry, at: new Date(Date.parse(entry.at) + ms).toISOString() } : entry,
  );
  let claimed: string | undefined;
  const store = {
    plan: () => Promise.resolve(plan),
    journal: (_: string, after: number, limit: number) => Promise.resolve(later.slice(after, after + limit)),
    claimRecordPath: (_: string, preferred: string) => Promise.resolve((claimed ??= preferred)),
    deployment: () => Promise.resolve({ planDigest }),
    record: () => Promise.resolve(stored.at(-1)),
    saveRecord: (record: StoredRecord) => {
      saved.push(record.deployment);
      stored.push({ markdown: record.markdown, deps: { store, recordsFolder } });
      return Promise.resolve({ ...record, ...kept });
    },
  } as unknown as Store;
  const input = { deployment, plan: planDigest, state: 'final', lastSeq: journal.length } as const;
  const histories = {} as Histories;
  const journals = {} as ActivityDeps['journals'];
  return () => publish({ store, histories, journals, recordsFolder }, input);
}

it('keeps its name, however often it is published', async () => {
  const one = installation();
  await one();
  await one();
  expect(await readdir(folder)).toEqual([usual]);
});

it('is the one that counts, where another attempt has published before', async () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const late = installation(0, folder, [], { state: 'final', digest, markdown: '# as the first one built it' });
  expect(await late()).toMatchObject({ digest, notExported: null });
  expect(await readFile(join(folder, usual), 'utf8')).toBe('# as the first one built it');
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

it('does not write over a file in the place of its record, and reports where that is', async () => {
  const one = installation();
  await one();
  await writeFile(join(folder, usual), 'mine');

  expect((await one()).notExported).toBe(`${join(folder, usual)} is not the record of ${deployment}: move it away.`);
  expect(await readFile(join(folder, usual), 'utf8')).toBe('mine');
});

it('is in the store whatever the folder takes, and reports why the file is not there', async () => {
  const file = join(folder, 'no-folder');
  await writeFile(file, '');
  const saved: string[] = [];
  const published = await installation(0, file, saved)();
  expect(published).toMatchObject({ path: join(file, usual), notExported: expect.stringMatching(/ENOTDIR|EEXIST/) });
  expect(saved).toEqual([deployment]);
});

it('opens nothing but plain files: a pipe under its name does not block it, and it takes another name', async () => {
  await promisify(execFile)('mkfifo', [join(folder, usual)]);
  const one = installation();
  expect(await one()).toMatchObject({ path: join(folder, longer), notExported: null });
  // Also where the name was chosen before the pipe was there.
  await rm(join(folder, longer));
  await promisify(execFile)('mkfifo', [join(folder, longer)]);
  expect((await one()).notExported).toContain('is not the record of');
});

it('is exported later from the store alone', async () => {
  const one = installation();
  await one();
  const last = stored.at(-1);
  await rm(join(folder, usual));
  await exportRecord(last?.deps as Parameters<typeof exportRecord>[0], { deployment });
  expect(await readFile(join(folder, usual), 'utf8')).toBe(last?.markdown);
});

describe('a folder that does not answer', () => {
  /** Takes orders and never answers, as a process does that waits for a file system. */
  const hanging = (pids: number[]) => () => {
    const helper = fork(new URL('../../../support/hang.mjs', import.meta.url), { stdio: 'ignore' });
    pids.push(helper.pid ?? 0);
    return helper;
  };
  const job = { kind: 'look', folder: '/somewhere', names: ['a.md'], owner: [] } as const;

  it('is waited for no longer than its limit, and nothing of it is left behind', async () => {
    const pids: number[] = [];
    const files = createFileHelper(hanging(pids), 300);
    await expect(Promise.all([files.run(job), files.run(job)])).rejects.toThrow(
      'The records folder /somewhere: it did not answer within 0.3 s.',
    );
    await eventually(
      () => Promise.resolve(isRunning(pids[0] ?? 0)),
      (is) => !is,
    );
    // The next one begins anew.
    await expect(files.run(job)).rejects.toThrow('did not answer');
    expect(pids).toHaveLength(2);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

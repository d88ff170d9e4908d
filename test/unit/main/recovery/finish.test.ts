import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../../src/domain/base/canonical-json.ts';
import { deploymentRowOf } from '../../../../src/domain/deployment/row.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { newRecovery } from '../../../../src/main/backup-file.ts';
import { endRecovery } from '../../../../src/main/recovery/finish.ts';
import type { RecoverySources } from '../../../../src/main/recovery/look.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { goodJournal } from '../../../support/journal.ts';
import { copyMigratedStore } from '../../../support/store-template.ts';

const good = goodJournal();
const plan = JSON.parse(canonicalJson(good.plan)) as Plan;
const { planDigest } = good;
const id = 'shop.production.7';
const record = renderRecord(buildRecord(plan, planDigest, good.journal, { state: 'final', attestation: 'no-key' }));
const last = good.journal.at(-1);
const published: JournalEntry = {
  v: 1,
  seq: good.journal.length + 1,
  at: last?.at ?? '',
  type: 'record-published',
  state: 'final',
  path: 'records/deployment-1.4.2-2026-11-23.md',
  digest: digestOf(record),
};
const journal = [...good.journal, published];
const row = deploymentRowOf({ id, plan, planDigest, number: 7 }, journal);
const whole = { id, plan, planDigest, seals: null, number: 7, journal, hasActed: true, isWhole: true, row };

const end = { at: '2026-11-24T10:00:00.000Z', by: 'carol', reason: 'looked', giveUpLost: false, attestationKey: null };

describe('the end of a recovery', () => {
  let folder: string;
  let store: Store;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-finish-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  let stores = 0;
  beforeEach(async () => {
    const place = join(folder, `${(stores += 1)}`);
    await copyMigratedStore(place);
    store = await openStore(`pglite:${place}`);
    // Of a backup from before the deployment.
    await store.beginRecovery(newRecovery('a test', '2026-11-23T08:00:00.000Z'));
    return () => store.close();
  });

  const sources = (): RecoverySources => ({
    store,
    histories: { run: async () => null },
    journals: { whole: async () => whole },
    targets: { view: async () => null },
    everyWorkflow: async () => ['deployment/shop/production/7'],
  });
  const ended = async () => {
    const open = await store.recovery();
    if (!open) throw new Error('there is no recovery');
    return endRecovery(sources(), open, end);
  };

  it('brings the store a deployment that it lacks, with its record, and says so', async () => {
    expect(await ended()).toEqual([`${id}: 0 entries, now ${journal.length}, succeeded, with its record.`]);
    expect((await store.record(id))?.markdown).toBe(record);
    expect(await store.journal(id, 0, 1_000)).toEqual(journal);
    expect(await store.recovery()).toBeNull();
  });

  it('brings the record of one whose journal somebody else has brought meanwhile, without its plan', async () => {
    await store.appendJournal({ deployment: id, entries: journal, row });
    expect(await ended()).toEqual([`${id}, with its record.`]);
    expect((await store.record(id))?.markdown).toBe(record);
  });
});

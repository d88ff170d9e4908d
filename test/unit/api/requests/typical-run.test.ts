import { expect, it } from 'vitest';
import { typicalRunMs } from '../../../../src/api/requests/typical-run.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { goodJournal } from '../../../support/journal.ts';
import { deploymentRow } from '../../store/rows.ts';

const { plan: good, journal: goodEntries } = goodJournal();

interface Run {
  readonly minutes: number | null;
  readonly procedure?: string;
  readonly isRepair?: boolean;
}

/** What is typical where a target has these successful deployments, the newest first. */
function typical(runs: readonly Run[]) {
  const bodies = (type: 'lock-granted' | 'confirmed') => goodEntries.find((entry) => entry.type === type) as EntryBody;
  const entry = (body: EntryBody, seq: number, ms: number): JournalEntry => {
    return { ...body, v: 1, seq, at: new Date(Date.parse('2026-11-23T09:00:00Z') + ms).toISOString() };
  };
  const asked: unknown[] = [];
  const store = {
    deployments: async (filter: unknown) => {
      asked.push(filter);
      return { items: runs.map((_, i) => deploymentRow(i + 1, { planDigest: String(i) })), next: null };
    },
    plan: async (digest: string): Promise<Plan> => {
      const { procedure = 'shop-blue-green', isRepair = false } = runs[Number(digest)] ?? {};
      return { ...good, procedure: { ...good.procedure, name: procedure }, repair: isRepair ? ({} as never) : null };
    },
    journal: async (id: string, after: number) => {
      const { minutes = null } = runs[Number(id.split('.')[2]) - 1] ?? {};
      const entries = [entry(bodies('lock-granted'), 1, -60_000), entry(bodies('lock-granted'), 2, 0)];
      if (minutes !== null) entries.push(entry(bodies('confirmed'), 3, minutes * 60_000));
      // One at a time, as a long journal comes in pages.
      return entries.filter(({ seq }) => seq > after).slice(0, 1);
    },
  };
  return typicalRunMs(store, { service: 'shop', environment: 'production', procedure: 'shop-blue-green' }).then(
    (found) => ({ minutes: found === null ? null : found / 60_000, asked }),
  );
}

it('is the median of the runs of this procedure, each from the last grant to the confirmation', async () => {
  expect(await typical([{ minutes: 9 }, { minutes: 1 }, { minutes: 4 }])).toEqual({
    minutes: 4,
    asked: [{ service: 'shop', environment: 'production', outcome: 'succeeded', limit: 100 }],
  });
  expect(await typical([{ minutes: 9 }, { minutes: 1 }, { minutes: 4 }, { minutes: 6 }])).toMatchObject({ minutes: 5 });
});

it('counts the last 20 runs, and no repair, no other procedure, none that the store does not know whole', async () => {
  const others = [{ minutes: 99, procedure: 'other' }, { minutes: 99, isRepair: true }, { minutes: null }];
  const newest = Array.from({ length: 20 }, () => ({ minutes: 2 }));
  const older = Array.from({ length: 30 }, () => ({ minutes: 50 }));
  expect(await typical([...others, ...newest, ...older])).toMatchObject({ minutes: 2 });
});

it('is unknown where there are fewer than three', async () => {
  expect(await typical([{ minutes: 1 }, { minutes: 1 }, { minutes: 1, procedure: 'other' }])).toMatchObject({
    minutes: null,
  });
});

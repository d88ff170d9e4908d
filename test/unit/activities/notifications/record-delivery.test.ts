import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { recordDelivery } from '../../../../src/activities/notifications/record-delivery.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { JournalBatch } from '../../../../src/domain/journal/batch.ts';
import { entriesOf } from '../../../../src/domain/journal/entries.ts';
import { goodJournal } from '../../../support/journal.ts';
import { storeOfOne } from '../../../support/one-deployment.ts';

const deployment = 'shop.production.7';
const delivery = 'a'.repeat(32);
const endedAt = '2026-11-24T08:00:00.000Z';
const arrived = {
  how: 'slack, hooks.example',
  delivered: true,
  summary: '200',
  attempts: 3,
  lastAt: '2026-11-24T07:59:59.000Z',
};
const ended = { how: 'completed', at: endedAt };
const run = { isRunning: false, parent: 'deployment/shop/production/7', ended, end: arrived as unknown };

/** A worker whose store knows a deployment that has told one person of its end, who was not reached at once. */
function worker({
  found = run,
  leaves = delivery,
  hasEnded = true,
  isRunning = false,
}: {
  found?: Partial<typeof run> | null | { readonly isRunning: true; readonly ended: null; readonly end: null };
  leaves?: string | null;
  hasEnded?: boolean;
  isRunning?: boolean;
} = {}) {
  const { plan, planDigest, journal: good } = goodJournal();
  const last = good.findLastIndex(({ type }) => type === 'notified');
  const entries = good.flatMap((entry, i) => {
    const open = i === last && leaves !== null ? { delivered: false, summary: '503', delivery: leaves } : {};
    return hasEnded || entry.type !== 'ended' ? [{ ...entry, ...open }] : [];
  });
  const known = storeOfOne({ plan, planDigest, entries });
  let killed: string | null = null;
  const deps = {
    store: {
      ...known.store,
      async appendJournal({ entries: more }: JournalBatch) {
        const fatal = more.findIndex(({ type }) => type === killed);
        await known.store.appendJournal({ entries: fatal < 0 ? more : more.slice(0, fatal + 1) });
        if (fatal >= 0) throw new GantryError('store-unavailable', 'killed');
      },
    },
    histories: {
      read: async () => null,
      told: async () => null,
      isRunning: async () => isRunning,
      left: async () => found && { ...run, ...found },
    },
    recordsFolder: '/dev/null/none',
    worker: 'test',
    now: () => Date.parse(endedAt),
  } as unknown as ActivityDeps;
  const context = { heartbeat: () => undefined } as unknown as Context;
  const before = entries.length;
  return {
    record: (isSaid = false) =>
      asyncLocalStorage.run(context, () => recordDelivery(deps, { deployment, delivery, isSaid })),
    behind: () => known.journal().slice(before),
    records: known.records,
    killAt: (type: string | null) => {
      killed = type;
    },
  };
}

it('writes how a delivery ended behind the end of the journal that left it open, once, and publishes the record again', async () => {
  const { record, behind, records } = worker();
  expect(await record()).toMatchObject({ isOver: true, notExported: expect.any(String) });
  await record(true);
  expect(behind()).toMatchObject([
    {
      type: 'delivery-ended',
      at: endedAt,
      delivery,
      event: 'ended',
      stakeholder: 'Shop team',
      channel: 'log',
      ...arrived,
    },
    { type: 'record-published', state: 'final' },
  ]);
  const markdown = records.at(-1)?.markdown;
  // One row for all that was sent that way, to wherever it was.
  expect(markdown?.match(/^\| Shop team \|.*/gm)).toHaveLength(1);
  expect(markdown).toMatch(/\| Shop team \| slack, hooks\.example \|/);
  expect(markdown).toMatch(/ended by 4 attempts from 2026-11-23T09:41:03.923Z to 2026-11-24T07:59:59.000Z/);
});

it('publishes the record again after it was killed between the entry and that', async () => {
  const { record, behind, records, killAt } = worker();
  killAt('delivery-ended');
  await expect(record()).rejects.toThrow('killed');
  expect(records).toEqual([]);
  killAt(null);
  expect(await record()).toMatchObject({ isOver: true });
  expect(behind().map(({ type }) => type)).toEqual(['delivery-ended', 'record-published']);
  expect(records.at(-1)).toMatchObject({ state: 'final', lastSeq: behind()[0]?.seq });
});

it.each([
  ['one that the journal did not leave open', { leaves: null }],
  ['another one than was left open', { leaves: 'b'.repeat(32) }],
])('writes nothing of %s', async (_, given) => {
  const { record, behind, records } = worker(given);
  expect(await record(true)).toEqual({ isOver: true, notExported: null });
  expect([behind(), records]).toEqual([[], []]);
});

it('waits for the end of the deployment, and of the delivery', async () => {
  const notEnded = worker({ hasEnded: false });
  expect(await notEnded.record(true)).toEqual({ isOver: false, notExported: null });
  const underWay = worker({ found: { isRunning: true, ended: null, end: null } });
  expect(await underWay.record()).toEqual({ isOver: false, notExported: null });
  // Whoever says so is about to close.
  await expect(underWay.record(true)).rejects.toMatchObject({ code: 'not-ready', retryable: true });
  const closing = worker({ isRunning: true });
  await expect(closing.record()).rejects.toMatchObject({ code: 'not-ready', retryable: true });
  for (const { behind } of [notEnded, underWay, closing]) expect(behind()).toEqual([]);
});

it.each([
  ['was terminated', { ended: { how: 'terminated', at: endedAt }, end: null }, 'terminated'],
  ['answered what nobody can read', { end: { ...arrived, delivered: 'yes' } }, 'completed'],
  ['is lost', null, 'Temporal does not know it any more'],
  ['was started by somebody else', { parent: 'deployment/shop/production/8' }, 'another workflow has its id'],
])('takes a delivery that %s for one that did not arrive, and records why', async (_, found, why) => {
  const { record, behind } = worker({ found });
  expect(await record()).toMatchObject({ isOver: true });
  const [end] = entriesOf(behind(), 'delivery-ended');
  expect(end).toMatchObject({ delivered: false, how: 'log', attempts: 0, lastAt: endedAt });
  expect(end?.summary).toBe(`given up: what tried it again was ended from outside (${why})`);
});

it('believes the workflow of a delivery how it came out, and nothing else', async () => {
  const { record, behind } = worker({
    found: { end: { ...arrived, event: 'page', stakeholder: 'x', seq: 1, v: 9 } },
  });
  await record();
  const [end] = entriesOf(behind(), 'delivery-ended');
  expect(end).toMatchObject({ v: 1, event: 'ended', stakeholder: 'Shop team', delivered: true });
});

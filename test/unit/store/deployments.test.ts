import { describe, expect, it } from 'vitest';
import type { DeploymentRow } from '../../../src/domain/journal/batch.ts';
import { wholeJournal } from '../../../src/domain/journal/whole.ts';
import type { Store } from '../../../src/store/index.ts';
import type { DeploymentFilter } from '../../../src/store/values.ts';
import { eventually } from '../../support/eventually.ts';
import { goodJournal } from '../../support/journal.ts';
import { digestFilledWith } from '../domain/planning-input.ts';
import { engines, useStore } from './engines.ts';
import { deploymentRow, entries, storedKeyOf } from './rows.ts';

describe.each(engines)('on %s', (engine) => {
  const given = useStore(engine);

  describe('the journal', () => {
    it('comes back entry by entry as it was written, in its order, in pieces', async () => {
      const { journal } = goodJournal();
      const row = deploymentRow(7, { service: 'whole', lastSeq: journal.length, outcome: 'succeeded' });
      await given.store.appendJournal({ deployment: row.id, entries: journal, row });

      expect(JSON.stringify(await given.store.journal(row.id, 0, 10_000))).toBe(JSON.stringify(journal));
      expect(await given.store.journal(row.id, 10, 5)).toEqual(journal.slice(10, 15));
      expect(await given.store.journal(row.id, journal.length, 5)).toEqual([]);
      expect(await given.store.deployment(row.id)).toEqual(row);
      expect(await given.store.deployment('whole.production.8')).toBeNull();
    });

    it('keeps text that no document type of a database would', async () => {
      const row = deploymentRow(1, { service: 'hostile', lastSeq: 1 });
      const written = entries(1, 1, `\u0000 '; drop table journal; -- "\\" \ud800 \u{1f680} \u202e`);
      await given.store.appendJournal({ deployment: row.id, entries: written, row });

      expect(await given.store.journal(row.id, 0, 10)).toEqual(written);
    });

    it('has each number once, whichever process writes it again', async () => {
      const row = deploymentRow(1, { service: 'again', lastSeq: 3 });
      await given.store.appendJournal({ deployment: row.id, entries: entries(1, 3), row });
      const again = { deployment: row.id, entries: entries(2, 5), row: { ...row, lastSeq: 5 } };
      await given.store.appendJournal(again);
      await given.store.appendJournal(again);

      expect(await given.store.journal(row.id, 0, 10)).toEqual(entries(1, 5));
    });

    it('refuses other entries under numbers that it has, and keeps what it had', async () => {
      const row = deploymentRow(1, { service: 'other', lastSeq: 3 });
      await given.store.appendJournal({ deployment: row.id, entries: entries(1, 3), row });
      const other = { deployment: row.id, entries: entries(3, 4, 'told anew'), row: { ...row, lastSeq: 4 } };
      const conflict = { code: 'journal-conflict', message: expect.stringContaining(`Entry 3 of ${row.id}`) as string };
      await expect(given.store.appendJournal(other)).rejects.toMatchObject(conflict);
      await expect(given.store.appendJournal(other)).rejects.toMatchObject(conflict);

      expect((await given.store.journal(row.id, 0, 10)).slice(0, 3)).toEqual(entries(1, 3));
    });

    it('is whole when many bring overlapping parts of it at once', async () => {
      const { store } = given;
      const bring = (from: number) => {
        const row = deploymentRow(1, { service: 'busy', lastSeq: from + 9, phase: `phase-${from + 9}` });
        return store.appendJournal({ deployment: row.id, entries: entries(from, from + 9), row });
      };
      await Promise.all([31, 16, 1, 26, 11, 21, 6, 31, 1].map(bring));

      expect(await store.journal('busy.production.1', 0, 100)).toEqual(entries(1, 40));
      expect(await store.wholeUpTo('busy.production.1')).toBe(40);
      expect(await store.wholeUpTo('busy.production.2')).toBe(0);
      expect(await store.deployment('busy.production.1')).toMatchObject({ lastSeq: 40, phase: 'phase-40' });
    });

    it.each([
      ['in the middle', [1, 2, 3, 7, 8], 3],
      ['at the start', [3, 4], 0],
      ['at the end', [1, 2], 2],
      ['of one entry', [1, 3], 1],
    ])('is whole up to a gap %s, and takes what fills it', async (where, there, upTo) => {
      const row = deploymentRow(1, { service: `gap-${where.replaceAll(' ', '-')}`, lastSeq: 9 });
      const write = (from: number, to = from) =>
        given.store.appendJournal({ deployment: row.id, entries: entries(from, to), row });
      for (const seq of there) await write(seq);
      expect(await given.store.wholeUpTo(row.id)).toBe(upTo);
      const gap = { code: 'journal-gap', message: expect.stringContaining(`Entry ${upTo + 1} `) as string };
      await expect(wholeJournal(given.store, row.id, 9)).rejects.toMatchObject(gap);

      await write(1, 9);
      expect(await given.store.wholeUpTo(row.id)).toBe(9);
      expect(await wholeJournal(given.store, row.id, 9)).toEqual(entries(1, 9));
    });

    it('is listed as one that lacks its record from its end until the final one is there', async () => {
      const { store } = given;
      const lacking = async () => {
        const { items } = await store.deployments({ service: 'paperless', lacksRecord: true, limit: 10 });
        return items.map(({ number }) => number);
      };
      const save = (state: 'draft' | 'final') =>
        store.saveRecord({ deployment: ended.id, state, lastSeq: 2, digest: 'd', markdown: '', document: '{}' });
      const open = deploymentRow(1, { service: 'paperless' });
      const ended = deploymentRow(2, { service: 'paperless', lastSeq: 2, outcome: 'succeeded' });
      for (const row of [open, ended]) await store.appendJournal({ deployment: row.id, entries: entries(1, 2), row });
      expect(await lacking()).toEqual([2]);
      await save('draft');
      expect(await lacking()).toEqual([2]);
      await save('final');
      expect(await lacking()).toEqual([]);
    });

    it('notifies of new entries once they can be read', async () => {
      const { store } = given;
      const row = deploymentRow(1, { service: 'told', lastSeq: 3 });
      const heard: (readonly [string, number, number])[] = [];
      let isListening = false;
      const stop = store.followJournal({
        written: ({ deployment, seq }) =>
          void store.journal(deployment, 0, 10).then(({ length }) => heard.push([deployment, seq, length])),
        listening() {
          isListening = true;
        },
      });
      await eventually(async () => isListening, Boolean);
      await store.appendJournal({ deployment: row.id, entries: entries(1, 3), row });
      await eventually(
        async () => heard.length,
        (count) => count === 1,
      );
      // Neither what is there already nor a row alone is news.
      await store.appendJournal({ deployment: row.id, entries: entries(1, 3), row });
      await store.appendJournal({ deployment: row.id, entries: [], row });
      await store.appendJournal({ deployment: row.id, entries: entries(2, 5), row: { ...row, lastSeq: 5 } });
      await eventually(
        async () => heard.length,
        (count) => count === 2,
      );
      expect(heard).toEqual([
        [row.id, 3, 3],
        [row.id, 5, 5],
      ]);
      await stop();
      await store.appendJournal({ deployment: row.id, entries: entries(6, 6), row: { ...row, lastSeq: 6 } });
      expect(heard).toHaveLength(2);
    });

    it('never takes a row back to an older one, and still keeps that one’s entries', async () => {
      const { store } = given;
      const row = deploymentRow(1, { service: 'late', lastSeq: 6, phase: 'executing' });
      await store.appendJournal({ deployment: row.id, entries: entries(4, 6), row });
      const older = { ...row, lastSeq: 3, phase: 'awaiting-window' };
      await store.appendJournal({ deployment: row.id, entries: entries(1, 3), row: older });

      expect(await store.deployment(row.id)).toEqual(row);
      expect(await store.journal(row.id, 0, 10)).toEqual(entries(1, 6));

      const same = { ...row, phase: 'validating' };
      await store.appendJournal({ deployment: row.id, entries: [], row: same });
      expect(await store.deployment(row.id)).toEqual(same);
    });

    it('is taken from a newer workflow whose row has more members', async () => {
      const row = deploymentRow(1, { service: 'newer', lastSeq: 1 });
      const batch = { deployment: row.id, entries: entries(1, 1), row: { ...row, mood: 'good' } };
      await given.store.appendJournal(batch);

      expect(await given.store.deployment(row.id)).toEqual(row);
    });

    it('is not there, nor its row, when one entry cannot be written', async () => {
      const { store } = given;
      const row = deploymentRow(1, { service: 'undone', lastSeq: 2 });
      const bad = { deployment: row.id, row, entries: [...entries(1, 2), ...entries(2 ** 40, 2 ** 40)] };

      // What others write meanwhile is not part of that transaction: it stays.
      const bystander = async () => {
        for (let i = 0; i < 20; i += 1) await store.addKey(storedKeyOf('key:bystander', `bystander-${i}`));
      };
      const failing = async () => {
        for (let i = 0; i < 5; i += 1)
          await expect(store.appendJournal(bad)).rejects.toMatchObject({ code: 'malformed' });
      };
      await Promise.all([bystander(), failing()]);

      expect(await store.deployment(row.id)).toBeNull();
      expect(await store.journal(row.id, 0, 10)).toEqual([]);
      expect(await store.revokeKeys({ subjects: ['key:bystander'] }, '2026-11-23T09:00:02.114Z')).toBe(20);

      await store.appendJournal({ ...bad, entries: entries(1, 2) });
      expect(await store.journal(row.id, 0, 10)).toEqual(entries(1, 2));
    });
  });

  describe('the list', () => {
    const save = (row: DeploymentRow) =>
      given.store.appendJournal({ deployment: row.id, entries: [], row: { ...row, requester: 'key:lister' } });

    it('shows each deployment once, newest first, page by page, while new ones arrive', async () => {
      // Requests of one moment go by their numbers, of which ten is more than nine.
      const minute = (n: number) => `2026-11-24T10:${String(n).padStart(2, '0')}:00.000Z`;
      const rows = Array.from({ length: 25 }, (_, i) =>
        deploymentRow(i + 1, { service: 'listed', requestedAt: minute(Math.floor(i / 10)) }),
      );
      for (const row of rows.toReversed()) await save(row);

      const first = await page(given.store, { service: 'listed', limit: 10 });
      await save(deploymentRow(26, { service: 'listed', requestedAt: minute(9) }));
      const second = await page(given.store, { service: 'listed', limit: 10, cursor: first.next ?? '' });
      const third = await page(given.store, { service: 'listed', limit: 10, cursor: second.next ?? '' });

      expect([...first.numbers, ...second.numbers, ...third.numbers]).toEqual(
        Array.from({ length: 25 }, (_, i) => 25 - i),
      );
      expect(third.next).toBeNull();
      expect((await page(given.store, { service: 'listed', limit: 26 })).next).toBeNull();
    });

    it('filters by everything that can be asked for', async () => {
      const common = deploymentRow(1, { service: 'one', environment: 'eu' });
      const special = { release: '9.9.9', phase: 'ended', outcome: 'rolled-back' };
      await save(common);
      await save(deploymentRow(2, { ...common, id: 'one.eu.2', number: 2, ...special }));
      const numbersOf = async (filter: Partial<DeploymentFilter>) =>
        (await page(given.store, { service: 'one', limit: 10, ...filter })).numbers;

      expect(await numbersOf({})).toEqual([2, 1]);
      for (const [name, value] of Object.entries(special)) {
        expect(await numbersOf({ [name]: value })).toEqual([2]);
        expect(await numbersOf({ [name]: `${value}%' or '1'='1` })).toEqual([]);
      }
      expect(await numbersOf({ environment: 'production' })).toEqual([]);
      expect(await numbersOf({ requester: 'key:lister', environment: 'eu', release: '1.4.2' })).toEqual([1]);
      expect(await numbersOf({ requester: 'key:alice' })).toEqual([]);
      expect(await numbersOf({ service: 'two' })).toEqual([]);
    });

    it('finds what somebody has requested, and what a robot has on their behalf, by any name of theirs', async () => {
      const at = (n: number) => ({ service: 'asked', requestedAt: `2026-11-24T10:0${n}:00.000Z` });
      const [forMona, forLee] = [digestFilledWith('a'), digestFilledWith('b')];
      const policy = { people: [{ subject: 'key:mona', name: 'Mona', roles: [], aliases: ['gitlab:Mona'] }] };
      const planFor = (onBehalfOf: string) => ({ change: { onBehalfOf }, policy }) as never;
      await given.store.savePlan(forMona, planFor('gitlab:mona'), null);
      await given.store.savePlan(forLee, planFor('key:lee'), null);
      await save(deploymentRow(1, { ...at(1), planDigest: forMona }));
      await save(deploymentRow(2, { ...at(2), planDigest: forLee }));
      const own = deploymentRow(3, { ...at(3), requester: 'key:mona' });
      await given.store.appendJournal({ deployment: own.id, entries: [], row: own });
      const numbersFor = async (requestedFor: string) => (await page(given.store, { requestedFor, limit: 10 })).numbers;

      expect(await numbersFor('key:mona')).toEqual([3, 1]);
      expect(await numbersFor('key:lee')).toEqual([2]);
      expect(await numbersFor('key:nobody')).toEqual([]);
      expect((await page(given.store, { requestedFor: 'key:lister', service: 'asked', limit: 1 })).numbers).toEqual([
        2,
      ]);
    });

    it.each([
      '',
      'x',
      '%00',
      encoded('{}'),
      encoded('["2026-11-24T10:00:00.000Z",1]'),
      encoded('["2026-11-24T10:00:00.000Z","1","shop.production.1"]'),
      encoded('["2026-11-24T10:00:00.000Z",4294967296,"shop.production.1"]'),
      encoded('["2026-11-24T10:00:00.000Z",1,"shop\\u0000"]'),
    ])('refuses %j as a cursor', async (cursor) => {
      const refusal = { code: 'malformed', pointer: '/cursor' };
      await expect(given.store.deployments({ limit: 10, cursor })).rejects.toMatchObject(refusal);
    });
  });
});

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

async function page(store: Store, filter: DeploymentFilter) {
  const { items, next } = await store.deployments(filter);
  return { numbers: items.map(({ number }) => number), next };
}

import { describe, expect, it } from 'vitest';
import type { EntryType, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Repair } from '../../../../src/domain/plan/plan.ts';
import { holderAmong, remembered, type Witness } from '../../../../src/domain/target/terminated-target.ts';
import { goodJournal } from '../../../support/journal.ts';

const good = goodJournal();
const upTo = (type: EntryType) => good.journal.slice(0, good.journal.findIndex((entry) => entry.type === type) + 1);
/** A deployment that got the lock with a fence, and has come as far as `journal`. */
const witness = (number: number, fence: number, journal: readonly JournalEntry[], isRepair = false): Witness => ({
  id: `shop.production.${number}`,
  number,
  plan: isRepair ? { ...good.plan, repair: {} as Repair } : good.plan,
  journal: journal.map((entry) => (entry.type === 'lock-granted' ? { ...entry, fence } : entry)),
});
const acting = upTo('step-started');
const confirmed = upTo('lock-released');
const gaveUp: readonly JournalEntry[] = [
  ...acting,
  {
    v: 1,
    seq: acting.length + 1,
    at: '2026-11-23T10:00:00.000Z',
    type: 'ended',
    outcome: 'needs-intervention',
    cause: null,
  },
];
const before = { release: '1.4.0', artifact: null, deployment: 'shop.production.3' } as never;
const copy = {
  fence: 5,
  lock: { deployment: 'shop.production.4', fence: 5, since: '2026-11-23T08:00:00.000Z' },
  live: before,
  slot: 'blue',
};

describe('a target that was ended', () => {
  it('is that of its copy where no deployment knows more', () => {
    const known = [witness(3, 4, confirmed), witness(4, 5, gaveUp)];
    expect(remembered(copy, known)).toEqual({
      fence: 5,
      lock: { ...copy.lock, number: 4 },
      live: { live: before, slot: 'blue' },
      newestConfirmed: 3,
    });
  });

  it.each([
    ['behind', copy],
    ['not there', null],
  ])(
    'belongs to whoever was granted the lock last where the copy is %s, and its fence goes on from there',
    (_, kept) => {
      const found = remembered(kept, [witness(6, 7, gaveUp), witness(5, 6, confirmed)]);
      expect(found).toMatchObject({ fence: 7, lock: { deployment: 'shop.production.6', number: 6, fence: 7 } });
      expect(found.live?.live).toEqual(confirmed.find(({ type }) => type === 'confirmed')?.['live' as never]);
      expect(found.newestConfirmed).toBe(5);
    },
  );

  it('is free where the last that was granted the lock has given it back', () => {
    expect(remembered(copy, [witness(5, 6, confirmed)])).toMatchObject({ fence: 6, lock: null });
  });

  it('has no deployment superseded by a repair', () => {
    expect(remembered(copy, [witness(5, 6, confirmed, true)]).newestConfirmed).toBe(3);
  });
});

describe('who acts on a target', () => {
  it('is a running deployment that has the lock by its own journal, not one that waits or has released it', () => {
    const holder = witness(6, 7, acting);
    expect(holderAmong([witness(5, 6, confirmed), witness(8, 0, upTo('lock-requested')), holder])).toBe(holder);
    expect(holderAmong([witness(5, 6, confirmed), witness(8, 0, upTo('lock-requested'))])).toBeNull();
  });
});

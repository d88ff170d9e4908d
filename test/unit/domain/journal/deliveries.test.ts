import { expect, it } from 'vitest';
import { deliveriesIn, openDeliveriesIn, reachedBy, undeliveredIn } from '../../../../src/domain/journal/deliveries.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { deliveredWithinMs, waitMs } from '../../../../src/domain/ports/delivery-waits.ts';

const day = deliveredWithinMs;

it.each([
  ['after the first one up to five seconds', 1, null, 1, day, 5_000],
  ['at least the half of that', 1, null, 0, day, 2_500],
  ['after the second one up to twice as long', 2, null, 1, day, 10_000],
  ['ten minutes at most', 500, null, 1, day, 600_000],
  ['what the other side asks for, as it says', 1, 90_000, 0.5, day, 90_000],
  ['a second at least, also where it asks for none', 1, 0, 0.5, day, 1_000],
  ['no longer than lets another attempt be made within the day', 1, day, 0.5, day, day - 15_000],
  ['the same of waits of our own', 500, null, 1, 60_000, 45_000],
  ['past the day where no time is left in it', 9, 3_600_000, 0.5, 5_000, 3_600_000],
])('waits between attempts: %s', (_, attempt, asked, random, left, ms) => {
  expect(waitMs(attempt, asked, random, left)).toBe(ms);
});

it('a delivery is journaled by its first attempt and its end; another one of the same event is separate', () => {
  const at = (minute: number) => `2026-11-23T09:0${minute}:00.000Z`;
  const sent = {
    event: 'page',
    stakeholder: 'Ops',
    channel: 'slack',
    how: 'slack',
    delivered: false,
    summary: '503',
  } as const;
  const bodies: EntryBody[] = [
    { type: 'notified', ...sent, delivery: 'a' },
    { type: 'notified', ...sent, summary: '410' },
    { type: 'notified', ...sent, delivery: 'b' },
    { type: 'delivery-ended', ...sent, delivery: 'a', delivered: true, summary: '200', attempts: 3, lastAt: at(9) },
  ];
  const journal = bodies.map((body, i): JournalEntry => ({ v: 1, seq: i + 1, at: at(i), ...body }));
  expect(deliveriesIn(journal)).toMatchObject([
    { delivered: true, summary: '200', attempts: 4, firstAt: at(0), lastAt: at(9), isOpen: false },
    { delivered: false, summary: '410', attempts: 1, firstAt: at(1), lastAt: at(1), isOpen: false },
    { delivered: false, summary: '503', attempts: 1, firstAt: at(2), lastAt: at(2), isOpen: true },
  ]);
  expect(openDeliveriesIn(journal)).toEqual(['b']);
});

it('a stakeholder is reached by any channel; without one, delivery is still open or has failed', () => {
  const way = (stakeholder: string, delivered: boolean, isOpen = false) => ({ stakeholder, delivered, isOpen });
  expect(
    reachedBy([
      way('Ops', false),
      way('Ops', true),
      way('On call', false, true),
      way('On call', false),
      way('Shop', false),
      way('Both', false, true),
      way('Both', true),
    ]),
  ).toEqual(['reached', 'open', 'lost', 'reached']);
  expect(reachedBy([])).toEqual([]);
});

it('a delivery whose destination was never found out belongs to the same channel, and the last one counts', () => {
  const told = { event: 'ended', stakeholder: 'Ops', channel: 'slack' } as const;
  const bodies: EntryBody[] = [
    { type: 'notified', ...told, how: 'slack', delivered: false, summary: 'no worker' },
    { type: 'notified', ...told, how: 'slack, hooks.example', delivered: true, summary: '200' },
  ];
  const journal = bodies.map(
    (body, i): JournalEntry => ({ v: 1, seq: i + 1, at: '2026-11-23T09:00:00.000Z', ...body }),
  );
  expect(undeliveredIn(deliveriesIn(journal))).toEqual([]);
  expect(undeliveredIn(deliveriesIn(journal.slice(0, 1)))).toHaveLength(1);
});

import { expect, it } from 'vitest';
import { waitMs } from '../../../src/activities/notifications/deliver-again.ts';
import { deliveriesIn } from '../../../src/domain/deliveries.ts';
import type { EntryBody, JournalEntry } from '../../../src/domain/journal.ts';

it.each([
  ['the first one about five seconds', 1, null, 0, 2_500],
  ['the second one twice as long', 2, null, 1, 10_000],
  ['the last ones ten minutes at most', 500, null, 1, 600_000],
  ['what the other side asks for, as it says', 1, 90_000, 0.5, 90_000],
])('waits between attempts: %s', (_, attempt, asked, random, ms) => {
  expect(waitMs(attempt, asked, random)).toBe(ms);
});

it('a delivery is told of by its first attempt and its end, another of the same event is another', () => {
  const at = (minute: number) => `2026-11-23T09:0${minute}:00.000Z`;
  const sent = { event: 'page', stakeholder: 'Ops', how: 'slack', delivered: false, summary: '503' } as const;
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
});

import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import type { Told } from './kill-hearers.ts';
import { type KillEnd, killViolations } from './kill-violations.ts';

const id = 'good-1.killed.1';
const heard = (who: string, event: string, given: Partial<Told> = {}): Told => ({
  who,
  deployment: id,
  event,
  id: `${who}-${event}`,
  notification: event,
  said: `${event}: come`,
  link: null,
  isTaken: true,
  ...given,
});
const entry = (type: string, fields: object = {}) => ({ type, at: '', v: 1, ...fields });
const journalOf = (entries: readonly object[]) => entries.map((one, i) => ({ ...one, seq: i + 1 })) as JournalEntry[];
const events = ['requested', 'approval-wanted', 'deployed', 'ended'];
const notified = events.map((event) => entry('notified', { event, stakeholder: 'Shop team', delivery: event }));
const delivered = events.map((event) => entry('delivery-ended', { event, delivery: event, delivered: true }));
const others = [
  entry('page-opened', { page: '1' }),
  entry('page-ended', { page: '1', rounds: 2, acknowledgement: { via: 'link' } }),
  entry('document-written', { path: 'good-1.md' }),
  entry('ended'),
];
const told = [
  heard('team', 'requested', { isTaken: false }),
  ...events.map((event) => heard('team', event)),
  heard('first', 'page'),
  heard('second', 'page'),
];
const whole: KillEnd = {
  outcome: 'succeeded',
  isAcknowledged: true,
  journal: journalOf([...notified, ...delivered, ...others]),
  told,
  document: '| Release | `1.4.2` |',
  commits: 1,
  record: `${id}: whoever held the link`,
};
const found = (given: Partial<KillEnd>) => killViolations({ kind: 'good', id }, { ...whole, ...given });

describe('what became of a deployment whose worker was killed', () => {
  it('is as promised where everybody heard everything under one id, and the journal says so once', () => {
    expect(found({})).toEqual([]);
  });

  it.each([
    ['another end', { outcome: 'rolled-back' }, 'it ended as rolled-back'],
    ['a notification that nobody got', { told: told.filter(({ event }) => event !== 'ended') }, 'did not hear ended'],
    ['two ids', { told: [...told, heard('team', 'deployed', { id: 'other' })] }, 'deployed came under several ids'],
    ['a second way that was not told', { told: told.filter(({ who }) => who !== 'second') }, 'the second way'],
    [
      'a page that came under two ids',
      { told: [...told, heard('second', 'page', { id: 'other', notification: 'other' })] },
      'twice, under two ids',
    ],
    ['an attempt that was given up', { told: [...told, heard('team', 'wanted', { isTaken: false })] }, 'not told'],
    ['a delivery without an end', { journal: journalOf([...notified, ...others]) }, 'has 0 ends'],
    [
      'a delivery with two ends',
      { journal: journalOf([...notified, ...delivered, ...delivered, ...others]) },
      'has 2 ends',
    ],
    [
      'a page without an end',
      { journal: journalOf([...notified, ...delivered, entry('page-opened', { page: '1' })]) },
      'page 1 has 0 ends',
    ],
    ['a document that tells something else', { document: '| Release | `1.4.1` |' }, 'does not tell what serves'],
    ['a document that was written twice', { commits: 2 }, '2 commits'],
    ['a journal with a gap', { journal: whole.journal.filter(({ seq }) => seq !== 2) }, 'the journal has a gap'],
    ['a record without the acknowledgement', { record: id }, 'names nobody'],
  ] as const)('is not where there is %s', (_, given, violation) => {
    expect(found(given).join('\n')).toContain(violation);
  });
});

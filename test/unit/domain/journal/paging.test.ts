import { describe, expect, it } from 'vitest';
import { deliveriesIn, undeliveredIn } from '../../../../src/domain/journal/deliveries.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import {
  firstWays,
  nextWays,
  notifiedEntries,
  unansweredWords,
  untold,
} from '../../../../src/domain/journal/paging.ts';
import type { Delivery, Notification } from '../../../../src/domain/kinds/notification.ts';
import { renderPages } from '../../../../src/domain/record/markdown/change-management.ts';
import { pagesIn } from '../../../../src/domain/record/page-rows.ts';
import { pageLinkOf, pageToken } from '../../../../src/domain/trust/page-link.ts';

const who = (name: string, ...kinds: string[]) => ({
  name,
  on: ['page'] as const,
  channels: kinds.map((kind) => ({ kind, spec: { [kind]: true } })),
});
const everybody = [who('Shop team', 'log'), who('On call', 'email', 'teams', 'log')];
const told = (stakeholder: string, channel: string, delivered = true) => ({
  stakeholder,
  channel,
  how: channel,
  delivered,
});
const waysOf = (to: ReturnType<typeof nextWays>) =>
  to.map(({ name, channels }) => `${name} ${channels.map(({ kind }) => kind).join()}`);
const at = '2026-11-23T12:03:09.000Z';

describe('the channels of a page', () => {
  it('begin with the first of everybody', () => {
    expect(waysOf(firstWays(everybody))).toEqual(['Shop team log', 'On call email']);
  });

  it('go on, where nobody acknowledges, for everybody with another channel, in the order of the policy', () => {
    const first = [told('Shop team', 'log'), told('On call', 'email')];
    expect(waysOf(nextWays(everybody, first, 'all'))).toEqual(['On call teams']);
    expect(waysOf(nextWays(everybody, [...first, told('On call', 'teams')], 'all'))).toEqual(['On call log']);
    expect(nextWays(everybody, [...first, told('On call', 'teams'), told('On call', 'log')], 'all')).toEqual([]);
  });

  it('go on at once for those whom the last one did not reach, and for no others', () => {
    const first = [told('Shop team', 'log', false), told('On call', 'email', false)];
    expect(waysOf(nextWays(everybody, first, 'unreached'))).toEqual(['On call teams']);
    expect(nextWays(everybody, [...first, told('On call', 'teams')], 'unreached')).toEqual([]);
  });

  it('give the reason why they go on', () => {
    const page = { at, lines: ['x'] } as unknown as Notification;
    expect(unansweredWords(page, [told('On call', 'email')], 300_000)).toBe(
      'Nobody acknowledged the page of 12:03 UTC to On call (email) within 5 min.',
    );
  });
});

describe('the story of a page', () => {
  const delivery = (stakeholder: string, how: string, delivered: boolean): Delivery => ({
    id: `${stakeholder} ${how}`,
    stakeholder,
    channel: how,
    how,
    delivered,
    summary: delivered ? '200' : '410',
    again: null,
  });
  const roundOf = (round: number, delivery: Delivery) =>
    notifiedEntries({ event: 'page', page: '1', round }, [delivery]).map((entry) => ({ at, ...entry }));
  const story = [
    ...roundOf(1, delivery('On call', 'email', false)),
    { type: 'page-opened', page: '1', until: '2026-11-23T12:08:09.000Z', at } as const,
    ...roundOf(2, delivery('On call', 'teams', true)),
  ];
  const journalOf = (entries: typeof story): readonly JournalEntry[] =>
    entries.map((entry, i) => ({ v: 1, seq: i + 1, ...entry }));

  it('comes into a journal once, whatever of it is there', () => {
    expect(untold([], story)).toEqual(story);
    expect(untold(journalOf(story.slice(0, 2)), story)).toEqual(story.slice(2));
    expect(untold(journalOf(story), story)).toEqual([]);
  });

  it('has reached a stakeholder once any channel did', () => {
    expect(undeliveredIn(deliveriesIn(journalOf(story)))).toEqual([]);
    expect(undeliveredIn(deliveriesIn(journalOf(story.slice(0, 2))))).toMatchObject([{ how: 'email' }]);
  });

  it('is in the record with every channel, and that nobody acknowledged it', () => {
    const row = renderPages(pagesIn(journalOf(story))).join('\n');
    expect(row).toContain('round 1: On call (email) **undelivered**, 1 attempt');
    expect(row).toContain('round 2: On call (teams) delivered, 1 attempt');
    expect(row).toContain('**not yet**');
    const end = { type: 'page-ended', page: '1', rounds: 2, acknowledgement: null, at } as const;
    const ended = [...journalOf(story), { v: 1, seq: 4, ...end } as const];
    expect(renderPages(pagesIn(ended)).join('\n')).toContain('**nobody**');
    expect(renderPages([])).toEqual([]);
  });
});

describe('the link of a page', () => {
  const key = new Uint8Array(32).fill(1);
  const link = { deployment: 'shop.production.7', page: '1', delivery: 'a'.repeat(32) };
  const token = pageToken(key, link);

  it('stands for one delivery of one page, under its own key', () => {
    expect(pageLinkOf(key, token)).toEqual(link);
    expect(pageLinkOf(new Uint8Array(32), token)).toBe(null);
  });

  it.each([
    ['another page', token.replace('~1~', '~2~')],
    ['another deployment', token.replace('.7~', '.8~')],
    ['another signature', `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`],
    ['more behind it', `${token}0`],
    ['nothing', ''],
  ])('stands for nothing with %s', (_, forged) => expect(pageLinkOf(key, forged)).toBe(null));
});

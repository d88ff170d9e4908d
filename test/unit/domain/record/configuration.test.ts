import { describe, expect, it } from 'vitest';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { KeyReading, PlannedConfiguration, ReadingMoment } from '../../../../src/domain/plan/configuration.ts';
import type { Plan, Repair } from '../../../../src/domain/plan/plan.ts';
import { completion } from '../../../../src/domain/record/certifying-statement.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { goodJournal, type JournalFixture, rehearsedJournal } from '../../../support/journal.ts';

const configuration: PlannedConfiguration = {
  sources: [{ id: 'app', kind: 'file', spec: { file: '/a' }, keys: [{ key: 'color', secret: false }] }],
  changes: [],
};
const reading = (shown: string, keyId: string | null = null): KeyReading => ({
  key: 'color',
  state: shown === 'gone' ? 'unreadable' : 'value',
  shown,
  digest: shown === 'gone' ? null : shown,
  keyId,
});

/** A deployment that read its key at these moments, just before its end. */
function withReadings(
  { plan, planDigest, journal }: JournalFixture,
  readings: Partial<Record<ReadingMoment, KeyReading>>,
  change: Partial<Plan> = {},
): JournalFixture {
  const bodies = (['before', 'validated', 'end'] as const).flatMap((moment): readonly EntryBody[] => {
    const read = readings[moment];
    return read ? [{ type: 'configuration-read', moment, source: 'app', readings: [read] }] : [];
  });
  const last = journal.at(-1) as JournalEntry;
  const added = bodies.map((body) => ({ v: 1 as const, seq: 0, at: last.at, ...body }));
  return {
    plan: { ...plan, configuration, ...change },
    planDigest,
    journal: [...journal.slice(0, -1), ...added, last].map((entry, i) => ({ ...entry, seq: i + 1 })),
  };
}
const said = ({ plan, planDigest, journal }: JournalFixture) => {
  const lines = renderRecord(buildRecord(plan, planDigest, journal, { state: 'final' })).split('\n');
  const row = lines.find((line) => line.includes('`app/color`'));
  return { sentence: lines.find((line) => line.startsWith('Configuration: ')), row };
};

describe('the record', () => {
  const [a, b] = [reading('a'), reading('b')];

  it.each<[string, Partial<Record<ReadingMoment, KeyReading>>, string]>([
    ['all along', { before: a, validated: a, end: a }, 'read before the first change, after validation, at the end.'],
    ['no time', {}, 'none of which was read.'],
    ['two moments', { before: a, end: a }, 'read before the first change, at the end; not read after validation.'],
  ])('says when keys were read that were read at %s', (_, readings, words) => {
    expect(said(withReadings(goodJournal(), readings)).sentence).toContain(`Configuration: 1 key, ${words}`);
  });

  it('of a repair names the deployment that read the keys before', () => {
    const repair = { of: 'shop.production.3', decision: 'compensate' } as Repair;
    const { plan } = goodJournal();
    const full = { ...repair, reason: '', outstanding: [], unsure: [], live: null, slot: null, badBefore: [] };
    const bindings = { deployment: '', fence: 1, live: null, slot: null };
    const { sentence, row } = said(
      withReadings(goodJournal(), { before: a, end: a }, { ...plan, configuration, repair: { ...full, bindings } }),
    );
    expect(sentence).toContain('Before: as shop.production.3 read them, which this repairs.');
    expect(row).toContain('| a | not read | a | as before |');
  });

  it('of a rehearsal shows a value that was not brought back', () => {
    expect(said(withReadings(rehearsedJournal(), { before: a, end: b })).row).toContain('**not as before**');
    expect(said(withReadings(rehearsedJournal(), { before: a, end: reading('gone') })).row).toContain(
      '**unreadable**: gone | **not readable** |',
    );
  });
});

describe('the statement', () => {
  it.each<[string, Partial<Record<ReadingMoment, KeyReading>>, readonly string[]]>([
    ['read three times', { before: reading('a'), validated: reading('a'), end: reading('a') }, []],
    [
      'not read before the first change',
      { before: reading('gone'), validated: reading('a'), end: reading('a') },
      ['configuration not read (before): app/color'],
    ],
    ['never read', {}, ['before', 'validated', 'end'].map((moment) => `configuration not read (${moment}): app/color`)],
    [
      'digested with another key later',
      { before: reading('a', 'k1'), validated: reading('b', 'k2'), end: reading('b', 'k2') },
      ['configuration not compared: app/color'],
    ],
  ])('of a key that was %s', (_, readings, unsatisfied) => {
    const { plan, journal } = withReadings(goodJournal(), readings);
    expect(completion(plan, journal).unsatisfied.filter((line) => line.startsWith('configuration'))).toEqual(
      unsatisfied,
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  configurationFaults,
  configurationRows,
  type KeyReading,
  type PlannedConfiguration,
  type ReadingMoment,
} from '../../../src/domain/configuration/configuration.ts';
import { membersOf, valueAt } from '../../../src/domain/configuration/read-text.ts';
import type { EntryBody, JournalEntry } from '../../../src/domain/journal.ts';

const key = 'color';
const configuration: PlannedConfiguration = {
  sources: [{ id: 'app', kind: 'file', spec: { file: '/a' }, keys: [{ key, secret: false }] }],
  changes: [],
};
const declared = { ...configuration, changes: [{ step: 'set-color', keys: ['app/color'] }] };

const value = (text: string): KeyReading => ({ key, state: 'value', shown: text, digest: text });
const secret = (digest: string): KeyReading => ({ key, state: 'secret', shown: '', digest });
const absent: KeyReading = { key, state: 'absent', shown: '', digest: null };
const unreadable: KeyReading = { key, state: 'unreadable', shown: 'answered 503', digest: null };

function journalOf(
  readings: Partial<Record<ReadingMoment, KeyReading>>,
  isRolledBack = false,
): readonly JournalEntry[] {
  const bodies: EntryBody[] = (['before', 'validated', 'end'] as const).flatMap((moment) => {
    const read = readings[moment];
    return read ? [{ type: 'configuration-read', moment, source: 'app', readings: [read] }] : [];
  });
  if (isRolledBack) bodies.push({ type: 'rollback-started', cause: { kind: 'rehearsal' } });
  return bodies.map((body, i) => ({ v: 1, seq: i + 1, at: '2026-11-23T08:00:00.000Z', ...body }));
}

describe('a key of the configuration', () => {
  it.each<[string, PlannedConfiguration, readonly (KeyReading | undefined)[], string, readonly string[]]>([
    ['the same all along', configuration, [value('a'), value('a'), value('a')], 'unchanged', []],
    ['changed by a step that says so', declared, [value('a'), value('b'), value('b')], 'changed as declared', []],
    ['declared and the same', declared, [value('a'), value('a'), value('a')], 'declared, not changed', []],
    [
      'changed by nobody who says so',
      configuration,
      [value('a'), value('b'), value('b')],
      'changed undeclared',
      ['validated configuration-undeclared'],
    ],
    [
      'changed again while it was watched',
      declared,
      [value('a'), value('b'), value('c')],
      'changed again',
      ['end configuration-again'],
    ],
    [
      'changed back while it was watched',
      declared,
      [value('a'), value('b'), value('a')],
      'changed again',
      ['end configuration-again'],
    ],
    ['there only afterwards', declared, [absent, value('b'), value('b')], 'changed as declared', []],
    [
      'gone afterwards',
      configuration,
      [value('a'), absent, absent],
      'changed undeclared',
      ['validated configuration-undeclared'],
    ],
    ['absent all along', configuration, [absent, absent, absent], 'unchanged', []],
    ['a secret that is another one', declared, [secret('1'), secret('2'), secret('2')], 'changed as declared', []],
    ['a secret that is the same', configuration, [secret('1'), secret('1'), secret('1')], 'unchanged', []],
    [
      'unreadable before',
      configuration,
      [unreadable, value('a'), value('a')],
      'not readable',
      ['before configuration-unread'],
    ],
    [
      'unreadable afterwards',
      configuration,
      [value('a'), unreadable, value('a')],
      'not readable',
      ['validated configuration-unread'],
    ],
    [
      'unreadable at the end',
      configuration,
      [value('a'), value('a'), unreadable],
      'not readable',
      ['end configuration-unread'],
    ],
    ['not read at all', configuration, [], 'not read', []],
  ])('that is %s', (_, plan, [before, validated, end], result, faults) => {
    const given = { ...(before && { before }), ...(validated && { validated }), ...(end && { end }) };
    const journal = journalOf(given);
    expect(configurationRows({ configuration: plan }, journal)).toMatchObject([{ source: 'app', key, result }]);
    const moments = (['before', 'validated', 'end'] as const).filter((moment) => given[moment]);
    const found = moments.flatMap((moment) => {
      const upTo = journalOf(
        Object.fromEntries(moments.slice(0, moments.indexOf(moment) + 1).map((m) => [m, given[m]])),
      );
      return configurationFaults({ configuration: plan }, upTo, moment).map(({ code }) => `${moment} ${code}`);
    });
    expect(found).toEqual(faults);
  });

  it.each<[string, KeyReading, string, readonly string[]]>([
    ['back', value('a'), 'as before', []],
    ['not back', value('b'), 'not as before', ['configuration-not-back']],
    ['unreadable', unreadable, 'not readable', ['configuration-unread']],
  ])('after a rollback is %s', (_, end, result, faults) => {
    const journal = journalOf({ before: value('a'), validated: value('b'), end }, true);
    expect(configurationRows({ configuration: declared }, journal)).toMatchObject([
      { result, declaredBy: ['set-color'] },
    ]);
    expect(configurationFaults({ configuration: declared }, journal, 'end').map(({ code }) => code)).toEqual(faults);
  });
});

describe('a configuration', () => {
  it('is JSON or lines of KEY=value, and nothing else', () => {
    expect(membersOf('{"a":{"b":1},"c/d":2}')).toEqual({ a: { b: 1 }, 'c/d': 2 });
    expect({ ...membersOf('# x\nA=1\nexport B="two words"\r\n\nC=\n') }).toEqual({ A: '1', B: 'two words', C: '' });
    for (const text of ['[1]', '"a"', 'null', '<html>', 'a: 1']) expect(membersOf(text)).toBeNull();
  });

  it('is read by names, never by what every object has', () => {
    const members = membersOf('{"a":{"b":null},"c/d":2,"l":[5]}') ?? {};
    expect(
      ['a/b', 'c/d', 'l/0', 'a/x', 'a/b/c', 'constructor', '__proto__/x'].map((one) => valueAt(members, one)),
    ).toEqual([null, 2, 5, undefined, undefined, undefined, undefined]);
  });
});

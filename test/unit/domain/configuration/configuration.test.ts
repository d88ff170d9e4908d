import { describe, expect, it } from 'vitest';
import { configurationRows, readingsInOne } from '../../../../src/domain/configuration/configuration.ts';
import { exactText, parseExact } from '../../../../src/domain/configuration/exact-json.ts';
import { configurationFaults } from '../../../../src/domain/configuration/faults.ts';
import { type Members, membersOf, valueAt } from '../../../../src/domain/configuration/read-text.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { fits } from '../../../../src/domain/journal/fit-entry.ts';
import {
  type KeyReading,
  type PlannedConfiguration,
  type ReadingMoment,
} from '../../../../src/domain/plan/configuration.ts';
import type { Plan, Repair } from '../../../../src/domain/plan/plan.ts';

const key = 'color';
const configuration: PlannedConfiguration = {
  sources: [{ id: 'app', kind: 'file', spec: { file: '/a' }, keys: [{ key, secret: false }] }],
  changes: [],
};
const declared = { ...configuration, changes: [{ step: 'set-color', keys: ['app/color'] }] };

const value = (text: string): KeyReading => ({ key, state: 'value', shown: text, digest: text, keyId: null });
const secret = (digest: string, keyId = 'k1'): KeyReading => ({ key, state: 'secret', shown: '', digest, keyId });
const absent: KeyReading = { key, state: 'absent', shown: '', digest: null, keyId: null };
const unreadable: KeyReading = { key, state: 'unreadable', shown: 'answered 503', digest: null, keyId: null };
const planOf = (of: PlannedConfiguration, repair: Plan['repair'] = null) => ({ configuration: of, repair });

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
      'changed back',
      ['end configuration-again'],
    ],
    [
      'changed by nobody and again',
      configuration,
      [value('a'), value('b'), value('c')],
      'changed undeclared, and again',
      ['validated configuration-undeclared', 'end configuration-again'],
    ],
    [
      'changed by nobody and back',
      configuration,
      [value('a'), value('b'), value('a')],
      'changed undeclared, and back',
      ['validated configuration-undeclared', 'end configuration-again'],
    ],
    [
      'another one at the end than before, unreadable in between',
      configuration,
      [value('a'), unreadable, value('b')],
      'changed undeclared',
      ['validated configuration-unread', 'end configuration-undeclared'],
    ],
    [
      'declared, and unreadable in between',
      declared,
      [value('a'), unreadable, value('b')],
      'not readable',
      ['validated configuration-unread'],
    ],
    [
      'unreadable before, and changed while it was watched',
      declared,
      [unreadable, value('a'), value('b')],
      'changed again',
      ['before configuration-unread', 'end configuration-again'],
    ],
    [
      'a secret whose digests are by two keys',
      configuration,
      [secret('1'), secret('2', 'k2'), secret('2', 'k2')],
      'not comparable',
      ['validated configuration-key-changed', 'end configuration-key-changed'],
    ],
    ['the same at the end of what was never validated', declared, [value('a'), undefined, value('a')], 'unchanged', []],
    [
      'another one at the end of what was never validated',
      declared,
      [value('a'), undefined, value('b')],
      'changed undeclared',
      ['end configuration-undeclared'],
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
    expect(configurationRows(planOf(plan), journal)).toMatchObject([{ source: 'app', key, result }]);
    const moments = (['before', 'validated', 'end'] as const).filter((moment) => given[moment]);
    const found = moments.flatMap((moment) => {
      const upTo = journalOf(
        Object.fromEntries(moments.slice(0, moments.indexOf(moment) + 1).map((m) => [m, given[m]])),
      );
      return configurationFaults(planOf(plan), upTo, moment).map(({ code }) => `${moment} ${code}`);
    });
    expect(found).toEqual(faults);
  });

  it.each<[string, KeyReading, string, readonly string[]]>([
    ['back', value('a'), 'as before', []],
    ['not back', value('b'), 'not as before', ['configuration-not-back']],
    ['unreadable', unreadable, 'not readable', ['configuration-unread']],
    ['gone', absent, 'not as before', ['configuration-not-back']],
  ])('after a rollback is %s', (_, end, result, faults) => {
    const journal = journalOf({ before: value('a'), validated: value('b'), end }, true);
    expect(configurationRows(planOf(declared), journal)).toMatchObject([{ result, declaredBy: ['set-color'] }]);
    expect(configurationFaults(planOf(declared), journal, 'end').map(({ code }) => code)).toEqual(faults);
  });

  it.each<[Repair['decision'], KeyReading, string, readonly string[]]>([
    ['compensate', value('a'), 'as before', []],
    ['compensate', value('b'), 'not as before', ['configuration-not-back']],
    ['accept', value('b'), 'changed as declared', []],
    ['accept', value('a'), 'declared, not changed', []],
    ['accept', unreadable, 'not readable', ['configuration-unread']],
  ])('after a repair by %s is held against what was read before the change', (decision, end, result, faults) => {
    const plan = planOf(declared, { decision } as Repair);
    const journal = journalOf({ before: value('a'), end });
    expect(configurationRows(plan, journal)).toMatchObject([{ result }]);
    expect(configurationFaults(plan, journal, 'end').map(({ code }) => code)).toEqual(faults);
  });
});

it('fits an entry of the journal, with as many of the largest readings as are put there', () => {
  const largest: KeyReading = {
    key: 'k'.repeat(100),
    state: 'unreadable',
    shown: '\u{fffd}'.repeat(80),
    digest: '0'.repeat(32),
    keyId: '0'.repeat(8),
  };
  const readings = Array.from({ length: readingsInOne }, () => largest);
  expect(fits({ type: 'configuration-read', moment: 'validated', source: 's'.repeat(63), readings })).toBe(true);
  expect(fits({ type: 'configuration-read', moment: 'end', source: 's', readings: [...readings, ...readings] })).toBe(
    false,
  );
});

describe('a configuration', () => {
  const whyNot = (text: string) => {
    const members = membersOf(text);
    return 'why' in members ? members.why : 'read';
  };
  const read = (text: string) => {
    const members = membersOf(text);
    return 'why' in members ? members : Object.fromEntries([...members].map(([k, v]) => [k, exactText(v)]));
  };

  it('is JSON or lines of KEY=value, and nothing else', () => {
    expect(read('{"c/d":2,"a":{"c":[true,null,"x"],"b":1}}')).toEqual({
      a: '{"b":1,"c":[true,null,"x"]}',
      'c/d': '2',
    });
    expect(read('# x\nA=1\nexport B="two words"\r\n\nC=\n')).toEqual({ A: '"1"', B: '"two words"', C: '""' });
    for (const text of ['[1]', '"a"', 'null', '<html>', 'a: 1', '{"a":NaN}', '{"a":1', '{"a":-Infinity}'])
      expect(whyNot(text)).toBe('neither a JSON object nor lines of KEY=value');
  });

  it('that is empty, has a key twice or is too large is refused', () => {
    expect(['', ' \n'].map(whyNot)).toEqual(['it is empty', 'it is empty']);
    for (const text of ['{"a":1,"a":2}', '{"b":[{"a":1,"\\u0061":1}]}', 'A=1\nB=2\nA=1'])
      expect(whyNot(text)).toBe('a key stands twice in it');
    expect(whyNot(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`)).toBe('more than 64 levels');
    expect(whyNot(`{"a":1${'0'.repeat(2_000)}}`)).toBe('a number of more than 1000 characters');
  });

  it('has its numbers as they were written, beyond the precision of a double, and one form of each', () => {
    const text = (json: string) => exactText(parseExact(json));
    expect(text('9007199254740993')).not.toBe(text('9007199254740992'));
    expect(text('0.1')).not.toBe(text('0.10000000000000000001'));
    expect(text('1e400')).not.toBe(text('2e400'));
    expect(text('1e-400')).not.toBe(text('0'));
    expect(['1.50', '15e-1', '0.15E+1', '1.5'].map(text)).toEqual(['1.5', '1.5', '1.5', '1.5']);
    expect(['0', '-0', '0.0', '0e9'].map(text)).toEqual(['0', '0', '0', '0']);
    expect(['-120', '-1.2e2', '1e2', '0.05', '5e-2'].map(text)).toEqual(['-120', '-120', '100', '0.05', '0.05']);
    expect([text('1e99'), text('12e-99')]).toEqual(['1e99', '12e-99']);
  });

  it('is read by names, never by what every object has', () => {
    const members = membersOf('{"a":{"b":null},"c/d":2,"l":[5],"__proto__":{"y":7}}') as Members;
    const shown = (one: string) => {
      const found = valueAt(members, one);
      return found === undefined ? undefined : exactText(found);
    };
    expect(
      ['a/b', 'c/d', 'l/0', '__proto__/y', 'a/x', 'a/b/c', 'l/length', 'constructor', '__proto__/x'].map(shown),
    ).toEqual(['null', '2', '5', '7', undefined, undefined, undefined, undefined, undefined]);
  });
});

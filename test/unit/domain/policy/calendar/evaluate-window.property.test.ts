import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { evaluateWindow, openingsFrom } from '../../../../../src/domain/policy/calendar/evaluate-window.ts';
import type { FrozenWindows } from '../../../../../src/domain/policy/windows-schema.ts';
import { evaluate } from './rules-in-short.ts';

/** As python-dateutil computes them; see the script beside them. */
const openings = (await readFile(new URL('../../../../fixtures/windows/openings.ndjson', import.meta.url), 'utf8'))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as OpeningCase);
interface OpeningCase {
  readonly windows: Pick<FrozenWindows, 'timeZone' | 'allow' | 'freezes'> & { readonly runwayMinutes: number };
  readonly at: string;
  readonly openings: readonly (readonly [from: string, to: string])[];
}

describe('the next openings', () => {
  const zones = [...new Set(openings.map(({ windows }) => windows.timeZone))];
  it.each(zones)('are those that python-dateutil finds, in %s', (zone) => {
    const wrong = openings
      .filter(({ windows }) => windows.timeZone === zone)
      .flatMap((one) => {
        const { runwayMinutes, ...rest } = one.windows;
        const rules = { ...rest, runwayMs: runwayMinutes * 60_000, runwayFrom: 'policy' } as const;
        const now = Date.parse(one.at);
        const found: (readonly [number, number])[] = [];
        for (const { from, to } of openingsFrom(rules, [], now)) {
          const begin = Math.max(from, now);
          if (to - begin >= rules.runwayMs) found.push([begin, to]);
          if (found.length === 3) break;
        }
        const wanted = one.openings.map(([from, to]) => [Date.parse(from), Date.parse(to)] as const);
        const isSame = JSON.stringify(found) === JSON.stringify(wanted);
        const verdict = evaluateWindow(rules, [], now);
        const [first] = wanted;
        const begins = verdict.open ? now : verdict.opensAt === null ? undefined : Date.parse(verdict.opensAt);
        return isSame && begins === first?.[0]
          ? []
          : [{ ...one, found: found.map((both) => both.map((ms) => new Date(ms).toISOString())), verdict }];
      });
    expect(wrong).toEqual([]);
  });
});

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];

describe('whatever the rules', () => {
  const rules = [
    'office + planned 2026-12-20T00:00/2027-01-04T00:00 + runway 30',
    'DAILY 22:30-02:30 + WEEKLY;BYDAY=SA,SU 01:15-01:45 + runway 20',
    'DAILY 00:00-24:00 + frozen WEEKLY;BYDAY=SA,SU 02:15-02:45 + frozen MONTHLY;BYMONTHDAY=25 22:00-05:00',
    'MONTHLY;BYDAY=1SU,-1SU 00:00-24:00 + made 2026-10-25T00:10:00Z/2026-10-25T01:10:00Z',
  ];
  const instants: number[] = [];
  for (let at = Date.parse('2026-01-01T00:13:00Z'); at < Date.parse('2027-02-01T00:00:00Z'); at += 26.3 * 3_600_000)
    instants.push(at);

  it.each(zones.flatMap((zone) => rules.map((text) => [zone, text] as const)))(
    'in %s what it says of the next change is so: %s',
    (zone, text) => {
      const wrong = instants.filter((at) => {
        const verdict = evaluate(zone, text, at);
        const next = verdict.open ? verdict.closesAt : verdict.opensAt;
        if (next === null) return true;
        const change = Date.parse(next);
        const [before, then] = [evaluate(zone, text, change - 1), evaluate(zone, text, change)];
        const isChange = verdict.open ? !then.open : then.open && !before.open && before.opensAt === next;
        return change <= at || !isChange;
      });
      expect(wrong.map((at) => new Date(at).toISOString())).toEqual([]);
    },
  );
});

it.each(zones)(
  'in %s the clock on the wall agrees, but where it shows a time twice or has just been put forward',
  (zone) => {
    const options = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    const wall = new Intl.DateTimeFormat('en-GB', options);
    const isTwice = (at: number, shows: string) =>
      [1_800_000, 3_600_000].some((ms) => wall.format(at - ms) === shows || wall.format(at + ms) === shows);
    const minutes = (at: number) => Number(wall.format(at).slice(0, 2)) * 60 + Number(wall.format(at).slice(3));
    // A time that it skipped is one of these.
    const isJustForward = (at: number) => (minutes(at) - minutes(at - 3_600_000) + 1_440) % 1_440 > 60;
    const wrong: string[] = [];
    for (const around of ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'])
      for (const [start, end] of [
        ['01:00', '04:00'],
        ['02:30', '05:00'],
        ['00:00', '02:30'],
        ['22:00', '02:10'],
      ] as const) {
        const from = Date.parse(`${around}T00:00:00Z`) - 86_400_000;
        for (let at = from; at < from + 3 * 86_400_000; at += 900_000) {
          const shows = wall.format(at);
          if (isTwice(at, shows) || isJustForward(at)) continue;
          const isWithin = start < end ? start <= shows && shows < end : start <= shows || shows < end;
          if (evaluate(zone, `DAILY ${start}-${end}`, at).open !== isWithin)
            wrong.push(`${new Date(at).toISOString()} ${start}-${end}`);
        }
      }
    expect(wrong).toEqual([]);
  },
);

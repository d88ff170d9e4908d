import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  describeWindows,
  evaluateWindow,
  openingsFrom,
} from '../../../../../src/domain/policy/calendar/evaluate-window.ts';
import type { Freeze } from '../../../../../src/domain/policy/freezes.ts';
import type { FrozenWindows } from '../../../../../src/domain/policy/windows.ts';
import { windowCases } from './window-cases.ts';

const office = 'WEEKLY;BYDAY=MO,TU,WE,TH 09:00-16:00';

/** The rules of a case: windows, freezes and runway, with ` + ` between them. */
function parse(
  timeZone: string,
  text: string,
): { readonly rules: FrozenWindows | null; readonly made: readonly Freeze[] } {
  const parts = text.split(' + ');
  const said = (word: string) => parts.filter((part) => part.startsWith(word)).map((part) => part.slice(word.length));
  const allow = parts
    .map((part) => /^(\S+=?\S*)(?: from (\S+))? (\d\d:\d\d)-(\d\d:\d\d)$/.exec(part === 'office' ? office : part))
    .flatMap((found) => {
      if (!found) return [];
      const [, rule = '', from, start = '', end = ''] = found;
      return [{ rrule: `FREQ=${rule}`, ...(from === undefined ? {} : { from }), start, end }];
    });
  const once = said('planned ').map((span) => {
    const [from = '', until = ''] = span.split('/');
    return { from, until, reason: 'planned' };
  });
  const recurring = said('frozen ').map((text) => {
    const [, rule = '', start = '', end = ''] = /^(\S+) (\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
    return { rrule: `FREQ=${rule}`, start, end, reason: 'recurring' };
  });
  const freezes = [...once, ...recurring];
  const made = said('made ').map((span, i): Freeze => {
    const [from = '', until = ''] = span.split('/');
    // Announced: whether one holds that is to do so at once is shown where clocks differ.
    const who = { createdAt: '2026-01-01T00:00:00Z', createdBy: 'key:carol', lifted: null };
    return { id: `f${i}`, scope: { kind: 'everything' }, reason: 'made', from, until: until || null, ...who };
  });
  const runwayMs = Number(said('runway ')[0] ?? 0) * 60_000;
  return { rules: allow.length === 0 ? null : { timeZone, allow, freezes, runwayMs, runwayFrom: 'policy' }, made };
}

const short = (time: string | null) => time?.replace(/(:00)?\.000Z$/, 'Z') ?? 'never';

function evaluate(zone: string, text: string, at: number) {
  const { rules, made } = parse(zone, text);
  return evaluateWindow(rules, made, at);
}

function ask(zone: string, text: string, at: number): string {
  const verdict = evaluate(zone, text, at);
  return verdict.open ? `open until ${short(verdict.closesAt)}` : `${verdict.fault}, opens ${short(verdict.opensAt)}`;
}

it.each(windowCases)('in $zone: $title', ({ zone, rules, at, answer }) => {
  expect(ask(zone, rules, Date.parse(at))).toBe(answer);
});

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

it('says which window, in which zone, and which freezes', () => {
  const yearEnd = 'planned 2026-12-20T00:00/2027-01-04T00:00';
  const { rules } = parse('Europe/Berlin', `office + ${yearEnd} + runway 30`);
  const made = (span: string) => parse('UTC', `made ${span}`).made;
  expect(describeWindows(rules)).toBe(
    'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH 09:00–16:00 in Europe/Berlin, 30 min left, no freeze',
  );
  expect(evaluateWindow(rules, [], Date.parse('2026-11-23T09:00:00Z')).why).toBe(
    'within FREQ=WEEKLY;BYDAY=MO,TU,WE,TH 09:00–16:00 (Europe/Berlin), closes 2026-11-23T15:00:00.000Z',
  );
  expect(evaluateWindow(rules, made('2026-12-21T00:00:00Z/'), Date.parse('2026-12-22T09:00:00Z')).why).toBe(
    'frozen by the policy 2026-12-19T23:00:00.000Z until 2027-01-03T23:00:00.000Z: planned; ' +
      'frozen by key:carol 2026-12-21T00:00:00Z until it is lifted: made (freeze f0)',
  );
  expect(evaluateWindow(rules, made('2026-11-23T10:00:00Z/'), Date.parse('2026-11-23T09:45:00Z')).why).toBe(
    'less than the runway of 30 min left before this begins: ' +
      'frozen by key:carol 2026-11-23T10:00:00Z until it is lifted: made (freeze f0)',
  );
});

describe('a verdict', () => {
  const at = (text: string, time: string) => evaluate('Europe/Berlin', text, Date.parse(time));
  const halves = 'DAILY 09:00-12:00 + DAILY 12:00-15:00';

  it('names the windows that are open, and no other', () => {
    const within = (text: string, time: string) => at(text, time).why.replace(/ \(Europe.*/, '');
    expect(within(halves, '2026-11-23T10:59:59.999Z')).toBe('within FREQ=DAILY 09:00–12:00');
    expect(within(halves, '2026-11-23T11:00:00Z')).toBe('within FREQ=DAILY 12:00–15:00');
    expect(within('DAILY 09:00-12:00 + DAILY 11:00-15:00', '2026-11-23T10:30:00Z')).toBe(
      'within FREQ=DAILY 09:00–12:00 and FREQ=DAILY 11:00–15:00',
    );
  });

  it('names no end that is out of sight', () => {
    expect(at('DAILY 00:00-24:00', '2026-11-23T09:00:00Z')).toEqual({
      open: true,
      why: 'within FREQ=DAILY 00:00–24:00 (Europe/Berlin)',
      closesAt: null,
    });
    const afterFreeze = 'DAILY 00:00-24:00 + frozen DAILY;UNTIL=20260101 00:00-24:00';
    expect(at(afterFreeze, '2026-11-23T09:00:00Z').why).toBe('within FREQ=DAILY 00:00–24:00 (Europe/Berlin)');
    expect(at('nothing', '2026-11-23T09:00:00Z')).toEqual({ open: true, why: 'no freeze holds', closesAt: null });
  });

  it('says outside which zone’s windows it is', () => {
    expect(at('office', '2026-11-23T07:00:00Z')).toEqual({
      open: false,
      fault: 'outside',
      why: 'outside every window (Europe/Berlin)',
      opensAt: '2026-11-23T08:00:00.000Z',
      closesAt: null,
    });
  });

  it('says when the window closes that leaves too little', () => {
    expect(at('office + runway 30', '2026-11-23T14:45:00Z').why).toBe(
      'less than the runway of 30 min left before the window closes 2026-11-23T15:00:00.000Z',
    );
  });

  it('has the freezes of people that hold, with what they could be made of anew', () => {
    const [from, until] = ['2026-11-23T09:00:00Z', '2026-11-23T10:00:00Z'];
    expect(at(`office + planned 2026-11-23T10:00/2026-11-23T11:00 + made ${from}/${until}`, from)).toEqual({
      open: false,
      fault: 'frozen',
      why: `frozen by the policy 2026-11-23T09:00:00.000Z until 2026-11-23T10:00:00.000Z: planned; frozen by key:carol ${from} until ${until}: made (freeze f0)`,
      opensAt: '2026-11-23T10:00:00.000Z',
      closesAt: null,
      freezes: [{ id: 'f0', createdBy: 'key:carol', from, until, reason: 'made' }],
    });
  });

  it('has no list of people’s freezes where only the policy’s hold', () => {
    expect(at('office + planned 2026-11-23T10:00/2026-11-23T11:00', '2026-11-23T09:00:00Z')).not.toHaveProperty(
      'freezes',
    );
  });

  it('names no freeze that ends in this moment', () => {
    const both = 'office + planned 2026-11-23T09:00/2026-11-23T10:00 + planned 2026-11-23T10:00/2026-11-23T11:00';
    expect(at(both, '2026-11-23T09:00:00Z').why).toBe(
      'frozen by the policy 2026-11-23T09:00:00.000Z until 2026-11-23T10:00:00.000Z: planned',
    );
  });
});

it('says from which day a window counts', () => {
  const { rules } = parse('UTC', 'WEEKLY;INTERVAL=2;BYDAY=TU from 2026-01-06 09:00-10:00');
  expect(describeWindows(rules)).toBe('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU from 2026-01-06 09:00–10:00 in UTC, no freeze');
});

it('says by which time zone data windows are meant', () => {
  const { rules } = parse('Europe/Berlin', 'office');
  expect(describeWindows(rules, { version: '2025c', isOld: false })).toBe(
    'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH 09:00–16:00 in Europe/Berlin (time zone data 2025c), no freeze',
  );
  expect(describeWindows(rules, { version: '2023c', isOld: true })).toContain(
    'in Europe/Berlin (time zone data 2023c, older than a year)',
  );
  expect(describeWindows(null, { version: '2025c', isOld: false })).toBe('no freeze');
});

it('says which recurring freeze holds, or begins before the runway is over', () => {
  const { rules } = parse('Europe/Berlin', 'office + frozen MONTHLY;BYDAY=-1MO 10:00-12:00 + runway 30');
  const words = 'frozen by the policy 2026-11-30T09:00:00.000Z until 2026-11-30T11:00:00.000Z: recurring';
  const at = (time: string) => evaluateWindow(rules, [], Date.parse(time));
  expect(at('2026-11-30T09:30:00Z')).toMatchObject({
    fault: 'frozen',
    why: words,
    opensAt: '2026-11-30T11:00:00.000Z',
  });
  expect(at('2026-11-30T08:31:00Z')).toMatchObject({
    fault: 'no-runway',
    why: `less than the runway of 30 min left before this begins: ${words}`,
    closesAt: '2026-11-30T09:00:00.000Z',
  });
  expect(at('2026-11-30T08:15:00Z').why).toContain(`closes 2026-11-30T09:00:00.000Z (${words})`);
});

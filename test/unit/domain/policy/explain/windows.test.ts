import { describe, expect, it } from 'vitest';
import { explainWindows } from '../../../../../src/domain/policy/explain/windows.ts';
import type { WindowRules } from '../../../../../src/domain/policy/windows-schema.ts';

const office = { rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH', start: '09:00', end: '16:00' };
const explained = (rules: Partial<WindowRules>, at = '2026-11-29T21:00:00Z') =>
  explainWindows({ timeZone: 'Europe/Berlin', allow: [office], freezes: [], ...rules }, Date.parse(at));

describe('windows explained', () => {
  it('list the next three openings, by the clock of their zone and in UTC', () => {
    expect(explained({}, '2026-03-26T12:00:00Z')).toEqual({
      openings: [
        'now to Thu 2026-03-26 16:00 Europe/Berlin (now to 2026-03-26T15:00Z)',
        'Mon 2026-03-30 09:00 to 16:00 Europe/Berlin (2026-03-30T07:00Z to 2026-03-30T14:00Z)',
        'Tue 2026-03-31 09:00 to 16:00 Europe/Berlin (2026-03-31T07:00Z to 2026-03-31T14:00Z)',
      ],
      warnings: [],
    });
    expect(explained({ allow: [{ rrule: 'FREQ=DAILY', start: '22:00', end: '02:00' }] }).openings.slice(0, 2)).toEqual([
      'now to Mon 2026-11-30 02:00 Europe/Berlin (now to 2026-11-30T01:00Z)',
      'Mon 2026-11-30 22:00 to Tue 2026-12-01 02:00 Europe/Berlin (2026-11-30T21:00Z to 2026-12-01T01:00Z)',
    ]);
    expect(explained({ allow: [{ rrule: 'FREQ=DAILY', start: '00:00', end: '24:00' }] }).openings).toEqual([
      'now, without an end (Europe/Berlin; now in UTC)',
    ]);
  });

  it('leave out what a freeze or the runway leaves nothing of', () => {
    const rules = {
      freezes: [{ rrule: 'FREQ=WEEKLY;BYDAY=MO', start: '10:00', end: '12:00', reason: 'x' }],
      runway: 7_200_000,
    };
    expect(explained(rules).openings.map((text) => text.slice(0, 29))).toEqual([
      'Mon 2026-11-30 12:00 to 16:00',
      'Tue 2026-12-01 09:00 to 16:00',
      'Wed 2026-12-02 09:00 to 16:00',
    ]);
    expect(explained({ runway: 'plan' }).openings[0]).toMatch(/, less the runway \(the plan’s own time\)$/);
    // Of one that has begun, what is left counts.
    expect(explained({ runway: 7_200_000 }, '2026-11-30T13:30:00Z').openings[0]).toMatch(/^Tue 2026-12-01/);
  });

  it('name what is over, and not what is still to come', () => {
    const past = explained({
      allow: [
        { rrule: 'FREQ=DAILY;UNTIL=20261127', start: '09:00', end: '16:00' },
        { rrule: 'FREQ=DAILY;COUNT=3', from: '2026-11-01', start: '09:00', end: '16:00' },
      ],
      freezes: [
        { from: '2025-12-20T00:00', until: '2026-01-04T00:00', reason: 'year end' },
        { rrule: 'FREQ=DAILY;UNTIL=20260131', start: '00:00', end: '24:00', reason: 'stock-taking' },
      ],
    });
    expect(past).toEqual({
      openings: [],
      warnings: [
        'the window FREQ=DAILY;UNTIL=20261127 09:00–16:00 is over: it never opens again',
        'the window FREQ=DAILY;COUNT=3 09:00–16:00 is over: it never opens again',
        'the freeze until 2026-01-04T00:00 is over: year end',
        'the freeze FREQ=DAILY;UNTIL=20260131 is over: stock-taking',
        'nothing can be deployed: no window opens within 400 days',
      ],
    });
    const toCome = explained({
      allow: [{ rrule: 'FREQ=DAILY;UNTIL=20261130', start: '09:00', end: '16:00' }, office],
      freezes: [
        { from: '2026-11-20T00:00', until: '2026-11-29T22:01', reason: 'a minute is left' },
        { rrule: 'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24', start: '00:00', end: '24:00', reason: 'each year' },
      ],
    });
    expect(toCome.warnings).toEqual([]);
  });

  it('warn where no opening leaves the runway', () => {
    expect(explained({ runway: 8 * 3_600_000 })).toEqual({
      openings: [],
      warnings: ['nothing can be deployed: no window leaves the runway of 8 h within 400 days'],
    });
  });
});

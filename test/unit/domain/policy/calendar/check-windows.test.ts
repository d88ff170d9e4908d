import { describe, expect, it } from 'vitest';
import { parseWith } from '../../../../../src/domain/base/issues.ts';
import { checkOpening } from '../../../../../src/domain/planning/check-opening.ts';
import { freezePlan } from '../../../../../src/domain/planning/freeze-plan.ts';
import { checkWindows } from '../../../../../src/domain/policy/calendar/check-windows.ts';
import { type Policy, policySchema } from '../../../../../src/domain/policy/policy.ts';
import {
  digestFilledWith,
  environmentDocument,
  planningInput,
  policyDocumentWith,
  requestDocument,
} from '../../planning-input.ts';
import { refusalInWords } from '../../refusal-of.ts';

type Windows = Readonly<Record<string, unknown>>;

const office = { rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH', start: '09:00', end: '16:00' };
const berlin: Windows = { timeZone: 'Europe/Berlin', allow: [office] };

const policyWith = (windows: Windows, more: Windows = {}) => policyDocumentWith({ windows, ...more });

function read(windows: Windows): Policy {
  const policy = parseWith(policySchema, policyWith(windows), 'invalid-policy');
  checkWindows(policy);
  return policy;
}

const inWindows = '/environments/production/windows';
const withRule = (rrule: string, from?: string) => ({
  ...berlin,
  allow: [{ ...office, rrule, ...(from === undefined ? {} : { from }) }],
});
const withFreeze = (from: string, until: string) => ({ ...berlin, freezes: [{ from, until, reason: 'year end' }] });

const frozenBy = (freeze: Windows) => ({ ...berlin, freezes: [{ reason: 'month end', ...freeze }] });
const daily = 'FREQ=DAILY';
const day = { start: '00:00', end: '24:00' };

describe('windows of a policy', () => {
  it.each<readonly [string, Windows, string]>([
    ['no zone', { allow: [office] }, '/timeZone'],
    ['a zone that there is not', { ...berlin, timeZone: 'Europe/Bielefeld' }, '/timeZone'],
    ['an offset for a zone', { ...berlin, timeZone: '+01:00' }, '/timeZone'],
    ['no window', { ...berlin, allow: [] }, '/allow'],
    ['a time that there is not', { ...berlin, allow: [{ ...office, start: '24:00' }] }, '/allow/0/start'],
    ['an end after the day', { ...berlin, allow: [{ ...office, end: '24:01' }] }, '/allow/0/end'],
    ['an unknown key', { ...berlin, allow: [{ ...office, dtstart: '2026-01-01' }] }, '/allow/0/dtstart'],
    ['a rule by the hour', withRule('FREQ=HOURLY'), '/allow/0/rrule: FREQ has no value "HOURLY": write DAILY'],
    ['a time in a rule', withRule('FREQ=DAILY;BYHOUR=9'), '/allow/0/rrule: no BYHOUR: a rule chooses days'],
    ['a beginning', withRule('DTSTART=20260101;FREQ=DAILY'), '/allow/0/rrule: no DTSTART: write the first day'],
    ['a beginning on a line', withRule('DTSTART:20260101T000000\nRRULE:FREQ=DAILY'), '/allow/0/rrule: no DTSTART'],
    [
      'a rule that counts from somewhere',
      withRule('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'),
      '/allow/0/rrule: INTERVAL counts',
    ],
    [
      'a number of days from somewhere',
      withRule('FREQ=DAILY;COUNT=9'),
      '/allow/0/rrule: COUNT counts from a first day',
    ],
    ['a week without a day', withRule('FREQ=WEEKLY'), '/allow/0/rrule: WEEKLY without BYDAY repeats a first day'],
    [
      'a month without a day',
      withRule('FREQ=MONTHLY;BYMONTH=3'),
      '/allow/0/rrule: MONTHLY without BYDAY or BYMONTHDAY',
    ],
    ['a year without a day', withRule('FREQ=YEARLY;BYMONTH=3'), '/allow/0/rrule: YEARLY without BYDAY or BYMONTHDAY'],
    ['a week of a year without a day', withRule('FREQ=YEARLY;BYWEEKNO=20'), '/allow/0/rrule: YEARLY without BYDAY'],
    ['a first day that there is not', withRule('FREQ=DAILY', '2026-02-30'), '/allow/0/from: there is no 2026-02-30'],
    ['a first day with a time', withRule('FREQ=DAILY', '2026-03-02T00:00'), '/allow/0/from'],
    ['text before a rule', withRule('a FREQ=DAILY'), '/allow/0/rrule: "a FREQ=DAILY" is no part of a rule'],
    ['a beginning for a day', withRule('FREQ=WEEKLY;BYDAY=DTSTART'), '/allow/0/rrule: BYDAY has no value "DTSTART"'],
    [
      'a long text for a rule',
      withRule('x'.repeat(90)),
      `/allow/0/rrule: "${'x'.repeat(80)}" is no part of a rule such as FREQ=WEEKLY;BYDAY=MO,TU`,
    ],
    [
      'a long value',
      withRule(`FREQ=WEEKLY;BYDAY=${'x'.repeat(90)}`),
      `/allow/0/rrule: BYDAY has no value "${'x'.repeat(80)}"`,
    ],
    ['a second place in a day', withRule('FREQ=DAILY;BYSETPOS=2'), '/allow/0/rrule: it never comes to a day'],
    ['no frequency', withRule('BYDAY=MO'), '/allow/0/rrule: no FREQ'],
    ['an unknown part', withRule('FREQ=DAILY;COLOUR=RED'), '/allow/0/rrule: "COLOUR=RED" is no part of a rule'],
    ['a part that stands twice', withRule('FREQ=DAILY;FREQ=WEEKLY'), '/allow/0/rrule: FREQ stands twice'],
    ['a value out of range', withRule('FREQ=MONTHLY;BYMONTHDAY=1,45'), '/allow/0/rrule: BYMONTHDAY has no value'],
    ['an end with a time', withRule('FREQ=DAILY;UNTIL=20270101T000000Z'), '/allow/0/rrule: UNTIL has no value'],
    ['an end that is no day', withRule('FREQ=DAILY;UNTIL=20270231'), '/allow/0/rrule: '],
    ['what RFC 5545 forbids', withRule('FREQ=WEEKLY;BYMONTHDAY=3'), '/allow/0/rrule: BYMONTHDAY MUST NOT'],
    ['a day that never comes', withRule('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), '/allow/0/rrule: it never comes to'],
    ['a place that no week has', withRule('FREQ=WEEKLY;BYDAY=MO;BYSETPOS=8,-300'), '/allow/0/rrule: it never comes to'],
    ['an end before all days', withRule('FREQ=DAILY;UNTIL=20200101'), '/allow/0/rrule: it never comes to a day'],
    ['a freeze in UTC', withFreeze('2026-12-20T00:00Z', '2027-01-04T00:00'), '/freezes/0/from: write a local time'],
    ['a freeze from a day that there is not', withFreeze('2026-02-30T00:00', '2027-01-04T00:00'), '/freezes/0/from'],
    ['a freeze that ends as it begins', withFreeze('2026-12-20T00:00', '2026-12-20T00:00:00'), '/freezes/0/until'],
    [
      'a rule beside the end of a freeze',
      frozenBy({ rrule: daily, until: '2027-01-04T00:00' }),
      '/freezes/0/until: a freeze with',
    ],
    ['a freeze with a rule and no start', frozenBy({ rrule: daily, end: '24:00' }), '/freezes/0/start: write when'],
    ['a freeze with a rule and no end', frozenBy({ rrule: daily, start: '00:00' }), '/freezes/0/end: write when'],
    ['a freeze with a rule of no days', frozenBy({ rrule: 'FREQ=HOURLY', ...day }), '/freezes/0/rrule: FREQ has no'],
    [
      'a freeze that counts from somewhere',
      frozenBy({ rrule: 'FREQ=DAILY;COUNT=9', ...day }),
      '/freezes/0/rrule: COUNT',
    ],
    [
      'a freeze from a time by a rule',
      frozenBy({ rrule: daily, from: '2026-03-02T00:00', ...day }),
      '/freezes/0/from: write a day',
    ],
    [
      'a freeze from no day by a rule',
      frozenBy({ rrule: daily, from: '2026-02-30', ...day }),
      '/freezes/0/from: there is no',
    ],
    [
      'a time of day without a rule',
      frozenBy({ from: '2026-12-20T00:00', until: '2027-01-04T00:00', start: '00:00' }),
      '/freezes/0/start: start stands',
    ],
    [
      'the end of a day without a rule',
      frozenBy({ from: '2026-12-20T00:00', until: '2027-01-04T00:00', end: '24:00' }),
      '/freezes/0/end: end stands',
    ],
    ['a freeze without a beginning', frozenBy({ until: '2027-01-04T00:00' }), '/freezes/0/from: write when'],
    ['a freeze without an end', frozenBy({ from: '2026-12-20T00:00' }), '/freezes/0/until: write when'],
    ['a runway that is no time', { ...berlin, runway: 'long' }, '/runway'],
  ])('with %s are refused', (_, windows, finding) => {
    expect(refusalInWords(() => read(windows)).join('\n')).toContain(`invalid-policy ${inWindows}${finding}`);
  });

  it.each([
    berlin,
    {
      ...berlin,
      runway: 'typical',
      freezes: [{ from: '2026-12-20T00:00', until: '2027-01-04T00:00:30', reason: 'x' }],
    },
    withRule('FREQ=DAILY'),
    withRule('FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=7'),
    withRule('FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1,8'),
    withRule('FREQ=MONTHLY;BYDAY=-1FR,1MO;INTERVAL=2;WKST=SU', '2026-01-01'),
    withRule('FREQ=WEEKLY;INTERVAL=1;BYDAY=MO'),
    withRule('FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=-1,15'),
    withRule('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'),
    withRule('FREQ=DAILY;COUNT=9', '2026-03-02'),
    withRule('FREQ=YEARLY', '2026-03-02'),
    frozenBy({ rrule: 'FREQ=MONTHLY;BYDAY=-1FR', start: '12:00', end: '24:00' }),
    frozenBy({ rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU', from: '2026-01-06', start: '18:00', end: '06:00' }),
  ])('as they stand are taken: %j', (windows) => {
    expect(refusalInWords(() => read(windows))).toEqual([]);
  });
});

it('refuses a value without a hint where there is nothing to write instead', () => {
  const detail = 'BYDAY has no value "XX"';
  expect(refusalInWords(() => read(withRule('FREQ=WEEKLY;BYDAY=XX')))).toEqual([
    `invalid-policy ${inWindows}/allow/0/rrule: ${detail}`,
  ]);
});

it('searches for days no further than to the first rule without any', () => {
  const never = 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30';
  const both = { ...berlin, allow: [office, { ...office, rrule: never }, { ...office, rrule: never }] };
  expect(refusalInWords(() => read(both))).toEqual([
    expect.stringContaining('/allow/1/rrule: it never comes to a day'),
  ]);
});

it('reads a recurring freeze without a first day as one that has none', () => {
  const freeze = { rrule: daily, ...day, reason: 'month end' };
  expect(read(frozenBy(freeze)).environments['production']?.windows?.freezes).toStrictEqual([freeze]);
});

describe('a plan', () => {
  const plan = (windows: Windows, typicalRunMs: number | null = null, more: Windows = {}) =>
    freezePlan({ ...planningInput({ policy: policyWith(windows, more) }), typicalRunMs }).plan;
  /** Two actions of 30 s, three of 10 s with a second between, 20 s to read each back, 5 s to verify, and a hold. */
  const ownMs = plan({ ...berlin, runway: 'plan' }).policy.windows?.runwayMs ?? 0;

  it('freezes its windows, and the runway as a time with where that comes from', () => {
    expect(plan(berlin).policy.windows).toEqual({ ...berlin, freezes: [], runwayMs: 0, runwayFrom: 'policy' });
    expect(freezePlan(planningInput()).plan.policy.windows).toBeNull();
    const runways = (runway: string, typicalRunMs: number | null) => {
      const { runwayMs, runwayFrom } = plan({ ...berlin, runway }, typicalRunMs).policy.windows ?? {};
      return [runwayMs, runwayFrom];
    };
    expect(ownMs).toBeGreaterThan(30_000);
    expect(runways('30m', 5_000)).toEqual([1_800_000, 'policy']);
    expect(runways('plan', 5_000)).toEqual([ownMs, 'plan']);
    expect(runways('typical', 5_000)).toEqual([5_000, 'typical']);
    expect(runways('typical', null)).toEqual([ownMs, 'plan']);
  });

  const asked = (at: string, windows: Windows, more: Windows = {}) =>
    refusalInWords(() => checkOpening(plan(windows, null, more), Date.parse(at)));
  const friday = '2026-11-27T12:00:00Z';

  it('that can begin in time is taken', () => {
    expect(asked('2026-11-23T09:00:00Z', berlin)).toEqual([]);
    expect(asked('2026-11-23T20:00:00Z', berlin)).toEqual([]);
    const patient = { approvals: { ...environmentDocument().approvals, expireAfter: '7d' } };
    expect(asked(friday, berlin, patient)).toEqual([]);
    expect(refusalInWords(() => checkOpening(freezePlan(planningInput()).plan, Date.parse(friday)))).toEqual([]);
  });

  it('that could never begin is refused, with the next opening', () => {
    const next = 'the next opening is at 2026-11-30T08:00:00.000Z. Windows: FREQ=WEEKLY;BYDAY=MO,TU,WE,TH 09:00–16:00';
    expect(asked(friday, berlin)).toEqual([
      expect.stringContaining(
        `limit-exceeded /environment: No window opens within 1 d (the time after which approvals expire): ${next}`,
      ),
    ]);
    expect(asked('2026-11-23T20:00:00Z', berlin, { limits: { window: '2h' } })).toEqual([
      expect.stringContaining('limit-exceeded /environment: No window opens within 2 h (the limit window)'),
    ]);
    expect(asked(friday, withRule('FREQ=DAILY;UNTIL=20261101'))).toEqual([
      expect.stringContaining('none comes within 400 days'),
    ]);
  });

  it('is measured by the limit where approvals count as long', () => {
    expect(asked(friday, berlin, { limits: { window: '1d' } })).toEqual([
      expect.stringContaining('No window opens within 1 d (the limit window)'),
    ]);
  });

  it('of an emergency is taken outside its windows only where the policy waives them', () => {
    const request = { ...requestDocument(), change: { ...requestDocument().change, type: 'emergency' } };
    const emergency = (...waives: string[]) => {
      const rules = { role: 'change-manager', waives, review: { within: '48h', blocksNext: false } };
      const { plan: frozen } = freezePlan(planningInput({ policy: policyWith(berlin, { emergency: rules }), request }));
      return refusalInWords(() => checkOpening(frozen, Date.parse(friday)));
    };
    expect(emergency('window')).toEqual([]);
    expect(emergency('quorum')).toEqual([expect.stringContaining('limit-exceeded')]);
  });

  it('whose runway no window leaves is refused', () => {
    expect(asked(friday, { ...berlin, runway: '8h' })).toEqual([
      expect.stringContaining('policy-not-met /environment'),
    ]);
    expect(asked('2026-11-23T09:00:00Z', { ...berlin, runway: '8h' })).toEqual([
      expect.stringMatching(/^policy-not-met \/environment: No window leaves the runway: .*, 8 h left, no freeze\.$/),
    ]);
  });

  describe('of a standard change', () => {
    const standing = {
      service: 'shop',
      procedure: 'shop-blue-green',
      digest: digestFilledWith('c'),
      approvedBy: ['key:bob', 'key:carol'],
    };
    const request = { ...requestDocument(), change: { ...requestDocument().change, type: 'standard' } };
    const standard = (until: string, limits: Windows = {}, windows = berlin) => {
      const policy = policyWith(windows, { limits, standard: [{ ...standing, until }] });
      const { plan: frozen } = freezePlan(planningInput({ policy, request }));
      return refusalInWords(() => checkOpening(frozen, Date.parse(friday)));
    };

    it('is taken though its window opens later than approvals count', () => {
      expect(asked(friday, berlin)).not.toEqual([]);
      expect(standard('2027-06-30')).toEqual([]);
    });

    it('is measured by the limits', () => {
      expect(standard('2027-06-30', { window: '2h' })).toEqual([
        expect.stringContaining('No window opens within 2 h (the limit window): the next opening is at 2026-11-30T08'),
      ]);
      // From Friday noon to Monday eight o'clock there are 68 hours.
      expect(standard('2027-06-30', { window: '67h' })).not.toEqual([]);
      expect(standard('2027-06-30', { window: '68h' })).toEqual([]);
    });

    it('is measured by the end of its standing approval', () => {
      expect(standard('2026-11-29')).toEqual([
        expect.stringContaining(
          'limit-exceeded /environment: No window opens within 2 d 12 h (the time after which approvals expire)',
        ),
      ]);
      expect(standard('2026-11-30')).toEqual([]);
      // Its last day is over in the moment in which this one opens.
      const mondays = { timeZone: 'UTC', allow: [{ rrule: 'FREQ=WEEKLY;BYDAY=MO', start: '00:00', end: '06:00' }] };
      expect(standard('2026-11-29', {}, mondays)).not.toEqual([]);
      expect(standard('2026-11-30', {}, mondays)).toEqual([]);
    });
  });
});

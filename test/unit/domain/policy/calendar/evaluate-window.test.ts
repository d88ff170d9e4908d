import { describe, expect, it } from 'vitest';
import { describeWindows, evaluateWindow } from '../../../../../src/domain/policy/calendar/evaluate-window.ts';
import { evaluate, parse } from './rules-in-short.ts';
import { windowCases } from './window-cases.ts';

const short = (time: string | null) => time?.replace(/(:00)?\.000Z$/, 'Z') ?? 'never';

function ask(zone: string, text: string, at: number): string {
  const verdict = evaluate(zone, text, at);
  return verdict.open ? `open until ${short(verdict.closesAt)}` : `${verdict.fault}, opens ${short(verdict.opensAt)}`;
}

it.each(windowCases)('in $zone: $title', ({ zone, rules, at, answer }) => {
  expect(ask(zone, rules, Date.parse(at))).toBe(answer);
});

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

import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { messageOf } from '../../base/errors.ts';
import { remembering } from '../../base/remembering.ts';

// A rule chooses days; `start` and `end` beside it say the times. So it is worked out on a calendar without a clock
// (UTC), where no change of a clock can lose or move a day.

/** Where a rule begins that names its days by itself: it means the same from any day on. */
const longAgo = '2024-01-01';

const list = (item: string) => new RegExp(`^${item}(,${item})*$`);

/** The parts of RFC 5545, 3.3.10 that choose days, each with the values it takes: the library drops others silently. */
const parts: Readonly<Record<string, RegExp>> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,3}$/,
  UNTIL: /^\d{8}$/,
  BYDAY: list('([+-]?([1-9]|[1-4]\\d|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)'),
  BYMONTH: list('([1-9]|1[0-2])'),
  BYMONTHDAY: list('[+-]?([1-9]|[12]\\d|3[01])'),
  BYYEARDAY: list('[+-]?([1-9]|[1-9]\\d|[12]\\d\\d|3[0-5]\\d|36[0-6])'),
  BYWEEKNO: list('[+-]?([1-9]|[1-4]\\d|5[0-3])'),
  BYSETPOS: list('[+-]?([1-9]|[1-9]\\d|[12]\\d\\d|3[0-5]\\d|36[0-6])'),
  WKST: /^(MO|TU|WE|TH|FR|SA|SU)$/,
};
const noTimes = 'a rule chooses days, start and end say the time';
const hints: Readonly<Record<string, string>> = {
  DTSTART: 'write the first day beside the rule, such as from: 2026-03-02',
  FREQ: `write DAILY, WEEKLY, MONTHLY or YEARLY: ${noTimes}`,
  UNTIL: 'write the last day, such as UNTIL=20270131: a rule chooses days',
  BYHOUR: noTimes,
  BYMINUTE: noTimes,
  BYSECOND: noTimes,
};

/**
 * What keeps a text from being a rule that chooses days, in a sentence for people; null: it is one. `from` is the day from
 * which it counts (ISO 8601).
 */
export function dayRuleFault(text: string, from?: string): string | null {
  const seen = new Map<string, string>();
  for (const part of text.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.*)/s.exec(part) ?? [];
    if (/^DTSTART\b/.test(part)) return `no DTSTART: ${hints['DTSTART']}`;
    const pattern = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (!pattern) {
      const hint = hints[name];
      return hint === undefined
        ? `${JSON.stringify(part.slice(0, 80))} is no part of a rule such as FREQ=WEEKLY;BYDAY=MO,TU`
        : `no ${name}: ${hint}`;
    }
    if (seen.has(name)) return `${name} stands twice`;
    seen.set(name, value);
    if (!pattern.test(value)) return `${name} has no value ${JSON.stringify(value.slice(0, 80))}${hintAfter(name)}`;
  }
  if (!seen.has('FREQ')) return `no FREQ: ${hints['FREQ']}`;
  if (choosesNone(seen)) return 'it never comes to a day';
  try {
    if (daysFrom(text, Number.NEGATIVE_INFINITY, from).next().done === true) return 'it never comes to a day';
  } catch (error) {
    const message = messageOf(error);
    return message.startsWith('Maximum') ? 'it never comes to a day' : message;
  }
  const counting = from === undefined ? countingPart(seen) : null;
  return counting && `${counting}: write the first day beside the rule, such as from: 2026-03-02`;
}

/** How many days a rule can choose from each time; a yearly one, whatever BYSETPOS takes. */
const maxAtOnce: Readonly<Record<string, number>> = { DAILY: 1, WEEKLY: 7, MONTHLY: 31 };

/** Whether BYSETPOS asks for more days than there are, which the library would go looking for through centuries. */
function choosesNone(parts: ReadonlyMap<string, string>): boolean {
  const max = maxAtOnce[parts.get('FREQ') ?? ''] ?? Number.POSITIVE_INFINITY;
  const places = parts.get('BYSETPOS')?.split(',') ?? [];
  return places.length > 0 && places.every((place) => Math.abs(Number(place)) > max);
}

/** Which days are chosen by what, where a rule names them. */
const choosing: Readonly<Record<string, readonly string[]>> = {
  DAILY: [],
  WEEKLY: ['BYDAY'],
  MONTHLY: ['BYDAY', 'BYMONTHDAY'],
  YEARLY: ['BYDAY', 'BYMONTHDAY', 'BYYEARDAY'],
};

/** Why a rule means other days from another first day on; null: it does not. */
function countingPart(parts: ReadonlyMap<string, string>): string | null {
  const frequency = parts.get('FREQ') ?? '';
  if ((parts.get('INTERVAL') ?? '1') !== '1') return 'INTERVAL counts from a first day';
  if (parts.has('COUNT')) return 'COUNT counts from a first day';
  const wanted = choosing[frequency] ?? [];
  if (wanted.length === 0 || wanted.some((part) => parts.has(part))) return null;
  return `${frequency} without ${wanted.join(' or ')} repeats a first day`;
}

const hintAfter = (name: string) => (hints[name] === undefined ? '' : `: ${hints[name]}`);

/**
 * The days that a rule chooses, in order, from `first` on (that one included), as milliseconds of their midnights in
 * UTC. The rule is one without a fault; `from` is the day from which it counts (ISO 8601).
 */
export function* daysFrom(text: string, first: number, from = longAgo): Generator<number> {
  const begin = Temporal.PlainDate.from(from).toZonedDateTime('UTC');
  const rule = ruleOf(text, begin);
  for (let next = rule.next(new Date(Math.max(first, begin.epochMilliseconds)), true); next; ) {
    yield next.epochMilliseconds;
    next = rule.next(new Date(next.epochMilliseconds), false);
  }
}

const remember = remembering<RRuleTemporal>(500);

function ruleOf(text: string, begin: Temporal.ZonedDateTime): RRuleTemporal {
  const rruleString = text.replace(/UNTIL=\d{8}/, '$&T000000Z');
  const workOut = () => new RRuleTemporal({ rruleString, dtstart: begin, tzid: 'UTC', strict: true });
  return remember(`${text} ${begin.epochMilliseconds}`, workOut);
}

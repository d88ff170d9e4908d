import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';

// A rule chooses days; `start` and `end` beside it say the times. So it is worked out on a calendar without a clock
// (UTC), where no change of a clock can lose or move a day.

/** Where every rule begins: what INTERVAL and COUNT count from, and the day that a rule without BY… parts repeats. */
const firstDay = Temporal.ZonedDateTime.from('2024-01-01T00:00[UTC]'); // a Monday
const firstMs = firstDay.epochMilliseconds;

const list = (item: string) => new RegExp(`^${item}(,${item})*$`);
/** The parts of RFC 5545, 3.3.10 that choose days, each with the values it takes: the library drops others unsaid. */
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
const hints: Readonly<Record<string, string>> = {
  DTSTART: `every rule begins on ${firstDay.toPlainDate().toString()}, a Monday`,
  FREQ: 'write DAILY, WEEKLY, MONTHLY or YEARLY: a rule chooses days, start and end say the time',
  UNTIL: 'write the last day, such as UNTIL=20270131: a rule chooses days',
  BYHOUR: 'a rule chooses days, start and end say the time',
  BYMINUTE: 'a rule chooses days, start and end say the time',
  BYSECOND: 'a rule chooses days, start and end say the time',
};

/** What keeps a text from being a rule that chooses days, in a sentence for people; null: it is one. */
export function dayRuleFault(text: string): string | null {
  const seen = new Set<string>();
  for (const part of text.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.*)$/s.exec(part) ?? [];
    if (/^DTSTART\b/.test(part)) return `no DTSTART: ${hints['DTSTART']}`;
    const pattern = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (!pattern) {
      const hint = hints[name];
      return hint === undefined
        ? `${JSON.stringify(part.slice(0, 80))} is no part of a rule such as FREQ=WEEKLY;BYDAY=MO,TU`
        : `no ${name}: ${hint}`;
    }
    if (seen.has(name)) return `${name} stands twice`;
    seen.add(name);
    if (!pattern.test(value)) return `${name} has no value ${JSON.stringify(value.slice(0, 80))}${hintAfter(name)}`;
  }
  if (!seen.has('FREQ')) return `no FREQ: ${hints['FREQ']}`;
  try {
    return daysFrom(text, firstMs).next().done === true ? 'it never comes to a day' : null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return said.startsWith('Maximum') ? 'it never comes to a day' : said;
  }
}

const hintAfter = (name: string) => (hints[name] === undefined ? '' : `: ${hints[name]}`);

/**
 * The days that a rule chooses, in order, from `first` on (that one included), as milliseconds of their midnights in
 * UTC. The rule is one without a fault.
 */
export function* daysFrom(text: string, first: number): Generator<number> {
  const rule = ruleOf(text);
  for (let next = rule.next(new Date(Math.max(first, firstMs)), true); next; ) {
    yield next.epochMilliseconds;
    next = rule.next(new Date(next.epochMilliseconds), false);
  }
}

const known = new Map<string, RRuleTemporal>();

function ruleOf(text: string): RRuleTemporal {
  const before = known.get(text);
  if (before) return before;
  const rule = new RRuleTemporal({
    rruleString: text.replace(/UNTIL=(\d{8})$|UNTIL=(\d{8});/, (part) => part.replace(/\d{8}/, '$&T000000Z')),
    dtstart: firstDay,
    tzid: 'UTC',
    strict: true,
  });
  if (known.size >= 500) known.clear(); // policies come and go while a process lives
  known.set(text, rule);
  return rule;
}

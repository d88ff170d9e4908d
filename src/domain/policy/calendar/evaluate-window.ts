import { Temporal } from 'temporal-polyfill';
import { formatDuration } from '../../base/duration.ts';
import { remembering } from '../../base/remembering.ts';
import { beginningOf, type Freeze } from '../freezes-by-people.ts';
import type { FrozenWindows, HoldingFreeze, RecurringFreeze, WindowVerdict } from '../windows-schema.ts';
import { daysFrom } from './day-rule.ts';
import { between, inOrder, joined, type Stretch } from './stretches.ts';
import { dayAt, instantOf, timeOn } from './wall-clock.ts';
import { describeZoneData, type ZoneData } from './zone-data.ts';

type Window = FrozenWindows['allow'][number];
interface NamedFreeze extends Stretch {
  readonly words: string;
  /** Null: the policy's own. */
  readonly made: HoldingFreeze | null;
}

const dayMs = 86_400_000;

/** Openings are looked for so far ahead: every yearly window comes up once. */
const openingMs = 400 * dayMs;
const closingMs = 32 * dayMs;

/**
 * Whether a deployment may begin at `now` (milliseconds since the epoch) by the windows, freezes and runway that its
 * plan froze and by the freezes that people made since. Null rules allow every time; freezes hold all the same.
 *
 * Everything is half-open: a window includes its start and not its end, a freeze likewise. A time on the wall means the
 * first instant at which the clock shows it or a later one: see {@link instantOf} for what that makes of changes of the
 * clock. A window whose `end` is not after its `start` ends on the next day. Windows that overlap or touch are one. It
 * is open while at least the runway is left before it closes or a freeze begins.
 */
export function evaluateWindow(rules: FrozenWindows | null, made: readonly Freeze[], now: number): WindowVerdict {
  const runwayMs = rules?.runwayMs ?? 0;
  const { here, next } = openStretches(rules, made, now);
  if (here && next === here) return { open: true, ...whyOpen(rules, here, made, now) };
  const opensAt = next && iso(next.from);
  const closed = (fault: 'frozen' | 'outside' | 'no-runway', why: string, closesAt: string | null = null) =>
    ({ open: false, fault, why, opensAt, closesAt }) as const;
  const holding = freezesAt(rules, made, now);
  if (holding.length > 0) {
    const freezes = holding.flatMap((one) => (one.made ? [one.made] : []));
    return {
      ...closed('frozen', holding.map(({ words }) => words).join('; ')),
      ...(freezes.length === 0 ? {} : { freezes }),
    };
  }
  if (!here) return closed('outside', `outside every window (${rules?.timeZone ?? 'UTC'})`);
  const [closer] = freezesAt(rules, made, here.to);
  const why = `less than the runway of ${formatDuration(runwayMs)} left before ${closer ? `this begins: ${closer.words}` : `the window closes ${iso(here.to) ?? ''}`}`;
  return closed('no-runway', why, iso(here.to));
}

/** What the rules ask for, in one line, and by which data of time zones that is worked out. */
export function describeWindows(rules: FrozenWindows | null, data?: ZoneData): string {
  if (!rules) return 'no freeze';
  const { allow, timeZone, runwayMs, runwayFrom } = rules;
  const from = { policy: '', plan: " (the plan's own time)", typical: ' (what earlier runs typically took)' }[
    runwayFrom
  ];
  const runway = runwayMs > 0 ? `, ${formatDuration(runwayMs)} left${from}` : '';
  return `${allow.map(describeWindow).join(' or ')} in ${timeZone}${data ? ` (${describeZoneData(data)})` : ''}${runway}, no freeze`;
}

const describeWindow = ({ rrule, from, start, end }: Window) =>
  `${rrule}${from === undefined ? '' : ` from ${from}`} ${start}–${end}`;

function whyOpen(rules: FrozenWindows | null, { to }: Stretch, made: readonly Freeze[], now: number) {
  const closesAt = to - now > closingMs ? null : iso(to);
  const [closer] = closesAt === null ? [] : freezesAt(rules, made, to);
  const closes = closesAt === null ? '' : `, closes ${closesAt}${closer ? ` (${closer.words})` : ''}`;
  if (!rules) return { why: `no freeze holds${closes}`, closesAt };
  const within = rules.allow.filter((window) => {
    for (const { to: end } of occurrences(window, rules.timeZone, now, now)) if (now < end) return true;
    return false;
  });
  return { why: `within ${within.map(describeWindow).join(' and ')} (${rules.timeZone})${closes}`, closesAt };
}

/** The open stretch that `now` lies in, and the first one from now on that leaves the runway. */
function openStretches(
  rules: FrozenWindows | null,
  made: readonly Freeze[],
  now: number,
): { readonly here: Stretch | null; readonly next: Stretch | null } {
  let here: Stretch | null = null;
  for (const stretch of openingsFrom(rules, made, now)) {
    if (stretch.from <= now) here = stretch;
    if (stretch.to - stretch.from >= (rules?.runwayMs ?? 0)) return { here, next: stretch };
  }
  return { here, next: null };
}

/**
 * When windows are open and no freeze holds, from `now` on (milliseconds since the epoch), in order: those that
 * begin within 400 days. The first may have begun before. Whether a runway is left is not asked.
 */
export function* openingsFrom(rules: FrozenWindows | null, made: readonly Freeze[], now: number): Generator<Stretch> {
  const taken = joined(inOrder(freezesFrom(rules, made, now, now + openingMs)), Number.POSITIVE_INFINITY);
  for (const thaw of between(taken, now)) {
    if (thaw.from > now + openingMs) return;
    for (const { from, to } of allowedFrom(rules, thaw.from)) {
      if (from >= thaw.to) break;
      const stretch = { from: Math.max(from, thaw.from), to: Math.min(to, thaw.to) };
      if (stretch.from < stretch.to) yield stretch;
    }
  }
}

/** What the windows allow, as ordered stretches that do not touch, from before `begin` on. */
function allowedFrom(rules: FrozenWindows | null, begin: number): Iterable<Stretch> {
  if (!rules) return [{ from: begin, to: Number.POSITIVE_INFINITY }];
  const each = rules.allow.map((window) => occurrences(window, rules.timeZone, begin, begin + openingMs));
  return joined(inOrder(each), 3 * dayMs + closingMs + rules.runwayMs);
}

/** Each opening of a window, or freeze, by itself: all that may still last at `begin`, and those up to `end`. */
function* occurrences(
  window: Window | RecurringFreeze,
  timeZone: string,
  begin: number,
  end: number,
  which?: 'later',
): Generator<Stretch> {
  // A window lasts a day at most, and where a country moved across the date line its calendar lost another.
  for (const day of daysFrom(window.rrule, dayAt(begin, timeZone) - 2 * dayMs, window.from)) {
    const stretch = stretchOn(day, window, timeZone, which);
    if (stretch.from > end) return;
    yield stretch;
  }
}

/** A deployment that waits for a window needs the same days every second; converting times of a zone is slow. */
const remember = remembering<Stretch>(10_000);

function stretchOn(
  day: number,
  { start, end }: Pick<Window, 'start' | 'end'>,
  timeZone: string,
  which?: 'later',
): Stretch {
  return remember(`${day} ${start} ${end} ${timeZone} ${which}`, () => ({
    from: instantOf(timeOn(day, start), timeZone),
    to: instantOf(timeOn(end <= start ? day + dayMs : day, end), timeZone, which),
  }));
}

/** All freezes, each in its own order: those that may still hold at `begin`, and those that begin up to `end`. */
function freezesFrom(
  rules: FrozenWindows | null,
  made: readonly Freeze[],
  begin: number,
  end: number,
): readonly Iterable<NamedFreeze>[] {
  const { freezes = [], timeZone = 'UTC' } = rules ?? {};
  const planned = freezes.map((freeze): Iterable<NamedFreeze> => {
    if ('rrule' in freeze) return named(occurrences(freeze, timeZone, begin, end, 'later'), freeze.reason);
    const at = (text: string, which?: 'later') => instantOf(Temporal.PlainDateTime.from(text), timeZone, which);
    return named([{ from: at(freeze.from), to: at(freeze.until, 'later') }], freeze.reason);
  });
  const others = made.map((freeze): readonly NamedFreeze[] => {
    const { id, reason, from, until, createdBy } = freeze;
    const to = until === null ? Number.POSITIVE_INFINITY : Date.parse(until);
    const words = `frozen by ${createdBy} ${from} ${until === null ? 'until it is lifted' : `until ${until}`}: ${reason} (freeze ${id})`;
    return [{ from: beginningOf(freeze), to, words, made: { id, createdBy, from, until, reason } }];
  });
  return [...planned, ...others];
}

function* named(stretches: Iterable<Stretch>, reason: string): Generator<NamedFreeze> {
  for (const { from, to } of stretches) {
    const words = `frozen by the policy ${iso(from) ?? ''} until ${iso(to) ?? ''}: ${reason}`;
    yield { from, to, words, made: null };
  }
}

/** The freezes that hold at an instant, or begin then, in the order in which they begin. */
function freezesAt(rules: FrozenWindows | null, made: readonly Freeze[], at: number): readonly NamedFreeze[] {
  return [...inOrder(freezesFrom(rules, made, at, at))].filter(({ from, to }) => from <= at && at < to);
}

const iso = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);

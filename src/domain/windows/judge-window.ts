import { Temporal } from 'temporal-polyfill';
import { formatDuration } from '../duration.ts';
import { beginningOf, type Freeze } from '../freezes.ts';
import { daysFrom } from './day-rule.ts';
import type { FrozenWindows, WindowVerdict } from './schema.ts';
import { between, inOrder, joined, type Stretch } from './stretches.ts';
import { dayAt, instantOf, timeOn } from './wall-clock.ts';

type Window = FrozenWindows['allow'][number];
interface NamedFreeze extends Stretch {
  readonly words: string;
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
export function judgeWindow(rules: FrozenWindows | null, made: readonly Freeze[], now: number): WindowVerdict {
  const runwayMs = rules?.runwayMs ?? 0;
  const freezes = namedFreezes(rules, made);
  const { here, next } = openStretches(rules, joined(freezes, Number.POSITIVE_INFINITY), now);
  if (here && next === here) return { open: true, ...whyOpen(rules, here, freezes, now) };
  const opensAt = iso(next?.from ?? null);
  const closed = (fault: 'frozen' | 'outside' | 'no-runway', why: string, closesAt: string | null = null) =>
    ({ open: false, fault, why, opensAt, closesAt }) as const;
  const holding = freezes.filter(({ from, to }) => from <= now && now < to);
  if (holding.length > 0) return closed('frozen', holding.map(({ words }) => words).join('; '));
  if (!here) return closed('outside', `outside every window (${rules?.timeZone ?? 'UTC'})`);
  const closer = freezes.find(({ from }) => from === here.to);
  const why = `less than the runway of ${formatDuration(runwayMs)} left before ${closer ? `this begins: ${closer.words}` : `the window closes ${iso(here.to) ?? ''}`}`;
  return closed('no-runway', why, iso(here.to));
}

/** What the rules ask for, in one line. */
export function describeWindows(rules: FrozenWindows | null): string {
  if (!rules) return 'no freeze';
  const { allow, timeZone, runwayMs, runwayFrom } = rules;
  const from = { policy: '', plan: " (the plan's own time)", typical: ' (what earlier runs typically took)' }[
    runwayFrom
  ];
  const runway = runwayMs > 0 ? `, ${formatDuration(runwayMs)} left${from}` : '';
  return `${allow.map(describeWindow).join(' or ')} in ${timeZone}${runway}, no freeze`;
}

const describeWindow = ({ rrule, from, start, end }: Window) =>
  `${rrule}${from === undefined ? '' : ` from ${from}`} ${start}–${end}`;

function whyOpen(rules: FrozenWindows | null, { to }: Stretch, freezes: readonly NamedFreeze[], now: number) {
  const closesAt = to - now > closingMs ? null : iso(to);
  const closer = freezes.find(({ from }) => from === to);
  const closes = closesAt === null ? '' : `, closes ${closesAt}${closer ? ` (${closer.words})` : ''}`;
  if (!rules) return { why: `no freeze holds${closes}`, closesAt };
  const within = rules.allow.filter((window) => {
    for (const { from, to: end } of occurrences(window, rules.timeZone, now, now))
      if (from <= now && now < end) return true;
    return false;
  });
  return { why: `within ${within.map(describeWindow).join(' and ')} (${rules.timeZone})${closes}`, closesAt };
}

/** The open stretch that `now` lies in, and the first one from now on that leaves the runway. */
function openStretches(
  rules: FrozenWindows | null,
  taken: Iterable<Stretch>,
  now: number,
): { readonly here: Stretch | null; readonly next: Stretch | null } {
  let here: Stretch | null = null;
  for (const thaw of between(taken, now)) {
    if (thaw.from > now + openingMs) break;
    for (const { from, to } of allowedFrom(rules, thaw.from)) {
      if (from >= thaw.to) break;
      const stretch = { from: Math.max(from, thaw.from), to: Math.min(to, thaw.to) };
      if (stretch.from >= stretch.to) continue;
      if (stretch.from <= now) here = stretch;
      if (stretch.to - stretch.from >= (rules?.runwayMs ?? 0)) return { here, next: stretch };
    }
  }
  return { here, next: null };
}

/** What the windows allow, as ordered stretches that do not touch, from before `begin` on. */
function allowedFrom(rules: FrozenWindows | null, begin: number): Iterable<Stretch> {
  if (!rules) return [{ from: begin, to: Number.POSITIVE_INFINITY }];
  const each = rules.allow.map((window) => occurrences(window, rules.timeZone, begin, begin + openingMs));
  return joined(inOrder(each), 3 * dayMs + closingMs + rules.runwayMs);
}

/** Each opening of a window by itself: all that may still be open at `begin`, and those up to `end`. */
function* occurrences(window: Window, timeZone: string, begin: number, end: number): Generator<Stretch> {
  // A window lasts a day at most, and where a country moved across the date line its calendar lost another.
  for (const day of daysFrom(window.rrule, dayAt(begin, timeZone) - 2 * dayMs, window.from)) {
    const stretch = stretchOn(day, window, timeZone);
    if (stretch.from > end) return;
    yield stretch;
  }
}

const known = new Map<string, Stretch>();

/** Whoever waits for a window asks every second for the same days; working a time zone out takes its time. */
function stretchOn(day: number, { start, end }: Window, timeZone: string): Stretch {
  const key = `${day} ${start} ${end} ${timeZone}`;
  const before = known.get(key);
  if (before) return before;
  const at = (on: number, time: string) => instantOf(timeOn(on, time), timeZone);
  const stretch = { from: at(day, start), to: at(end <= start ? day + dayMs : day, end) };
  if (known.size >= 10_000) known.clear();
  known.set(key, stretch);
  return stretch;
}

/** All freezes, in the order in which they begin. */
function namedFreezes(rules: FrozenWindows | null, made: readonly Freeze[]): readonly NamedFreeze[] {
  const planned = (rules?.freezes ?? []).map(({ from, until, reason }): NamedFreeze => {
    const at = (text: string, which?: 'later') =>
      instantOf(Temporal.PlainDateTime.from(text), rules?.timeZone ?? 'UTC', which);
    const stretch = { from: at(from), to: at(until, 'later') };
    return {
      ...stretch,
      words: `frozen by the policy ${iso(stretch.from) ?? ''} until ${iso(stretch.to) ?? ''}: ${reason}`,
    };
  });
  const others = made.map((freeze): NamedFreeze => {
    const { id, reason, from, until, createdBy } = freeze;
    const to = until === null ? Number.POSITIVE_INFINITY : Date.parse(until);
    const end = until === null ? 'until it is lifted' : `until ${until}`;
    return { from: beginningOf(freeze), to, words: `frozen by ${createdBy} ${from} ${end}: ${reason} (freeze ${id})` };
  });
  return [...planned, ...others].filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
}

const iso = (ms: number | null) => (ms !== null && Number.isFinite(ms) ? new Date(ms).toISOString() : null);

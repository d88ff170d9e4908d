import { Temporal } from 'temporal-polyfill';
import { formatDuration } from '../../base/duration.ts';
import { daysFrom } from '../calendar/day-rule.ts';
import { openingsFrom } from '../calendar/evaluate-window.ts';
import type { Stretch } from '../calendar/stretches.ts';
import { dayAt, instantOf } from '../calendar/wall-clock.ts';
import type { FrozenWindows, WindowRules } from '../windows-schema.ts';

/** So many openings are shown. */
const shown = 3;
const dayMs = 86_400_000;

/** The next openings of an environment, by its own clock and in UTC, and what of its windows is over. */
export function explainWindows(
  windows: WindowRules,
  now: number,
): { readonly openings: readonly string[]; readonly warnings: readonly string[] } {
  const { runway = 0, ...rules } = windows;
  const runwayMs = typeof runway === 'number' ? runway : 0;
  const openings = nextOpenings({ ...rules, runwayMs, runwayFrom: 'policy' }, now);
  const without =
    typeof runway === 'number'
      ? ''
      : `, less the runway (${runway === 'plan' ? 'the plan’s own time' : 'what earlier runs took'})`;
  return {
    openings: openings.map((opening) => `${describeOpening(opening, windows.timeZone, now)}${without}`),
    warnings: [...overIn(windows, now), ...(openings.length === 0 ? [neverOpens(runwayMs)] : [])],
  };
}

const neverOpens = (runwayMs: number) =>
  `nothing can be deployed: no window${runwayMs > 0 ? ` leaves the runway of ${formatDuration(runwayMs)}` : ' opens'} within 400 days`;

function nextOpenings(rules: FrozenWindows, now: number): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const opening of openingsFrom(rules, [], now)) {
    // Of one that has begun, what is left counts.
    if (opening.to - Math.max(opening.from, now) < rules.runwayMs) continue;
    found.push(opening);
    if (found.length === shown) break;
  }
  return found;
}

/** Windows, freezes and rules of which nothing is to come any more. */
function overIn({ allow, freezes, timeZone }: WindowRules, now: number): readonly string[] {
  const today = dayAt(now, timeZone);
  // A window or freeze may go on until the day after the one that it begins on.
  const hasDays = (rrule: string, from: string | undefined) =>
    daysFrom(rrule, today - dayMs, from).next().done !== true;
  return [
    ...allow
      .filter(({ rrule, from }) => !hasDays(rrule, from))
      .map(({ rrule, start, end }) => `the window ${rrule} ${start}–${end} is over: it never opens again`),
    ...freezes.flatMap((freeze) => {
      if ('rrule' in freeze)
        return hasDays(freeze.rrule, freeze.from) ? [] : [`the freeze ${freeze.rrule} is over: ${freeze.reason}`];
      const end = instantOf(Temporal.PlainDateTime.from(freeze.until), timeZone, 'later');
      return end <= now ? [`the freeze until ${freeze.until} is over: ${freeze.reason}`] : [];
    }),
  ];
}

function describeOpening({ from, to }: Stretch, timeZone: string, now: number): string {
  const begins = from <= now ? 'now' : wallTime(from, timeZone);
  const utc = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
  const start = from <= now ? 'now' : utc(from);
  if (to === Number.POSITIVE_INFINITY) return `${begins}, without an end (${timeZone}; ${start} in UTC)`;
  const end = wallTime(to, timeZone);
  const isSameDay = begins.slice(0, 14) === end.slice(0, 14);
  return `${begins} to ${isSameDay ? end.slice(15) : end} ${timeZone} (${start} to ${utc(to)})`;
}

/** `Mon 2026-11-30 09:00`, as a clock on the wall shows it. */
function wallTime(ms: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][local.dayOfWeek - 1] ?? '';
  return `${day} ${local.toPlainDate().toString()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}

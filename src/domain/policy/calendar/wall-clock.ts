import { Temporal } from 'temporal-polyfill';

/**
 * The instant (milliseconds since the epoch) that a time on the wall means, as RFC 5545, 3.3.5 has it: a time that the
 * clock skips is as much later as the clock was put forward, of a time that it shows twice it is the first, or the
 * `later` one.
 */
export function instantOf(
  local: Temporal.PlainDateTime,
  timeZone: string,
  which: 'compatible' | 'later' = 'compatible',
): number {
  return local.toZonedDateTime(timeZone, { disambiguation: which }).epochMilliseconds;
}

/** The day on the calendars of a zone at an instant, as milliseconds of its midnight in UTC. */
export function dayAt(ms: number, timeZone: string): number {
  const day = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate();
  return day.toZonedDateTime('UTC').epochMilliseconds;
}

/** A time of day on such a day; `24:00` is `00:00` of the next one. */
export function timeOn(day: number, time: string): Temporal.PlainDateTime {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const shown = Temporal.Instant.fromEpochMilliseconds(day + (hours * 60 + minutes) * 60_000);
  return shown.toZonedDateTimeISO('UTC').toPlainDateTime();
}

/** Whether the zone is one that this system knows by an IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether the calendar has such a day and the clock such a time. */
export function isLocalTime(text: string): boolean {
  try {
    Temporal.PlainDateTime.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/** From when to when, in milliseconds since the epoch; null: some part of the report has no time. */
export interface Span {
  readonly from: number | null;
  readonly to: number | null;
}

/** No run of tests takes longer than a year. */
const maxMs = 366 * 86_400_000;

const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;
const mail = /^[a-z]{3}, \d\d? [a-z]{3} \d{4} \d\d:\d\d:\d\d (GMT|UTC|[+-]\d{4})$/i;

/** A time as reports write it: ISO 8601, or as mail does. Without a zone it is taken for UTC. Null for anything else. */
export function instantOf(text: string | undefined): number | null {
  const plain = (text ?? '').trim();
  if (mail.test(plain)) return known(Date.parse(plain));
  const [, day, time = '', fraction = '0', zone = 'Z'] = iso.exec(plain) ?? [];
  if (day === undefined) return null;
  const offset = /^[a-z]/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  return known(Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}.${fraction.slice(0, 3)}${offset}`));
}

/** Whether a time names its zone. */
export function hasZone(text: string): boolean {
  return mail.test(text.trim()) || iso.exec(text.trim())?.[4] !== undefined;
}

/**
 * Seconds as reports write them, in milliseconds: `1.5`, `1,000.25`, `1.000,25` and `0,345` (a comma alone is a decimal
 * one; several are not). Null for anything else.
 */
export function lengthOf(text: string | undefined): number | null {
  const plain = (text ?? '').trim();
  const decimal = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  const mark = plain[decimal];
  const isGrouped = mark !== undefined && plain.split(mark).length > 2;
  const number = isGrouped || mark === undefined ? plain.replace(/[.,]/g, '') : decimalOf(plain, decimal);
  if (!/^\d+(\.\d*)?(e-?\d+)?$|^\.\d+$/i.test(number)) return null;
  const ms = Number(number) * 1000;
  return ms <= maxMs ? ms : null;
}

function decimalOf(plain: string, at: number): string {
  return `${plain.slice(0, at).replace(/[.,]/g, '')}.${plain.slice(at + 1)}`;
}

/** From the first beginning to the last end of several parts; null where one of them has none. */
export function spanOf(parts: readonly Span[]): Span {
  const begins = parts.flatMap(({ from }) => from ?? []);
  const ends = parts.flatMap(({ to }) => to ?? []);
  const isKnown = (times: readonly number[]) => parts.length > 0 && times.length === parts.length;
  return {
    from: isKnown(begins) ? begins.reduce((a, b) => Math.min(a, b)) : null,
    to: isKnown(ends) ? ends.reduce((a, b) => Math.max(a, b)) : null,
  };
}

function known(ms: number): number | null {
  return Number.isNaN(ms) ? null : ms;
}

import { isObject } from '../base/fields.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { Expects, HealthSampling, PlannedCheck } from './adapter.ts';
import { describeHealthLimits } from './health-limits.ts';

/** What is never cut: a digest, or a reference that is still to be filled in. What splits at it holds these at its odd places. */
const whole = /(sha256:[0-9a-f]{64}(?![0-9a-f])|\$\{[^{}]*\})/;
const maxPieceLength = 120;
const maxLineLength = 600;

/** Without its middle where it is long. */
function short(text: string): string {
  const pieces = text.split(whole).map((piece, i) => {
    const characters = Array.from(piece);
    if (i % 2 === 1 || characters.length <= maxPieceLength) return piece;
    return `${characters.slice(0, 80).join('')}…${characters.slice(-39).join('')}`;
  });
  return pieces.join('');
}

/** One word: quoted where its ends would not be seen otherwise. */
export function word(value: Json): string {
  if (typeof value !== 'string') return short(JSON.stringify(value));
  const shown = short(value);
  return shown === '' || /[\s"]/.test(shown) ? JSON.stringify(shown) : shown;
}

/** Words in a line; what no longer fits is left out whole and counted. */
function line(words: readonly string[], separator: string): string {
  const [first = '', ...rest] = words;
  let shown = first;
  for (const [i, next] of rest.entries()) {
    const longer = `${shown}${separator}${next}`;
    if (longer.length > maxLineLength) return `${shown}${separator}… and ${rest.length - i} more`;
    shown = longer;
  }
  return shown;
}

function members(prefix: string, value: Json): readonly string[] {
  if (!isObject(value)) return [`${prefix}=${word(value)}`];
  return Object.entries(value).map(([key, member]) => `${prefix === 'body' ? '' : `${prefix}.`}${key}=${word(member)}`);
}

/**
 * An action in one line, everything it was given with it: `./shopctl start blue env.LEVEL=3` or
 * `PUT http://127.0.0.1:4000/route slot=blue`.
 */
export function describeAction(kind: string, spec: JsonObject): string {
  const { [kind]: main = null, method = 'POST', ...options } = spec;
  const head = Array.isArray(main) ? main : [kind === 'http' ? method : kind, main];
  return line([...head.map(word), ...Object.entries(options).flatMap(([name, value]) => members(name, value))], ' ');
}

/** A health check's threshold in words: what its numbers are held to, where it has any, and how many samples may be bad. */
export function describeHealthThreshold(
  { expects: { numbers }, sampling }: Pick<PlannedCheck, 'expects' | 'sampling'>,
  health: HealthSampling,
): string {
  const limits = describeHealthLimits(sampling, health);
  return numbers.length === 0 ? limits : `${limits}; each ${line(numbers, ', ')}`;
}

/** What a check asks for, in one line: `status 200, /release = 1.4.2`. */
export function describeThreshold({ answer, numbers }: Expects): string {
  return line([...answer, ...numbers], ', ');
}

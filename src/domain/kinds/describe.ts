import type { Json, JsonObject } from '../base/json.ts';
import type { BoundCheck, HealthSampling } from './adapter.ts';
import { describeHealthLimits } from './health-window.ts';
import { describeLimits, describeSamples } from './measured-numbers.ts';

/** A digest in a text; what splits at it holds the digests at its odd places. */
const digest = /(sha256:[0-9a-f]{64}(?![0-9a-f]))/;
const maxPieceLength = 120;
const maxLineLength = 600;

/** Without its middle where it is long; digests are never cut. */
function short(text: string): string {
  const pieces = text.split(digest).map((piece, i) => {
    const characters = Array.from(piece);
    if (i % 2 === 1 || characters.length <= maxPieceLength) return piece;
    return `${characters.slice(0, 80).join('')}…${characters.slice(-39).join('')}`;
  });
  return pieces.join('');
}

/** One word: quoted where its ends would not be seen otherwise. */
function word(value: Json): string {
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
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${prefix}=${word(value)}`];
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

/** A query of metrics is shown as far as this; the plan has it whole. */
const maxQueryLength = 300;

/** What numbers are held to: `/errorRate ≤ 0.02`, or a query of metrics with its window and source; nothing where none are measured. */
function numberParts(kind: string, spec: JsonObject): readonly string[] {
  const { number, query } = spec;
  if (kind === 'prometheus') {
    const shown = Array.from(typeof query === 'string' ? query : '');
    const text = shown.length > maxQueryLength ? `${shown.slice(0, maxQueryLength).join('')}…` : shown.join('');
    return [`${describeLimits(spec)} at ${word(spec[kind] ?? null)} for ${text}`, ...describeSamples(spec)];
  }
  if (number === null || typeof number !== 'object' || Array.isArray(number)) return [];
  return Object.entries(number as JsonObject).map(
    ([pointer, limits]) => `${pointer} ${describeLimits(limits as JsonObject)}`,
  );
}

/** Whether a check holds numbers to limits. */
export function measuresNumbers({ kind, spec }: Pick<BoundCheck, 'kind' | 'spec'>): boolean {
  return numberParts(kind, spec).length > 0;
}

/** A health check's threshold in words: what its numbers are held to, where it has any, and how many samples may be bad. */
export function describeHealthThreshold(
  { kind, spec, sampling }: Pick<BoundCheck, 'kind' | 'spec' | 'sampling'>,
  health: HealthSampling,
): string {
  const parts = numberParts(kind, spec);
  const limits = describeHealthLimits(sampling, health);
  return parts.length === 0 ? limits : `${limits}; each ${line(parts, ', ')}`;
}

/** What a check asks for, in one line: `status 200, /release = 1.4.2`. */
export function describeThreshold(kind: string, spec: JsonObject): string {
  const { status, json, rate } = spec;
  const parts = [
    kind === 'command' ? 'exit 0' : '',
    kind === 'tcp' ? 'accepts connections' : '',
    kind === 'http' || kind === 'availability' ? `status ${status === undefined ? '2xx' : word(status)}` : '',
    rate === undefined ? '' : `at ${word(rate)}/s`,
    ...(json !== null && typeof json === 'object' && !Array.isArray(json)
      ? Object.entries(json).map(([pointer, value]) => `${pointer} = ${word(value)}`)
      : []),
    ...numberParts(kind, spec),
  ];
  return line(
    parts.filter((part) => part !== ''),
    ', ',
  );
}

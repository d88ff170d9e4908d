import { formatDuration, parseDuration } from '../base/duration.ts';
import type { Json, JsonObject } from '../base/json.ts';

/** What a measured number must be, both ends included; at least one of them is there. */
export interface NumberLimits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Samples of a metric may be this old where a check does not say: two rounds of Prometheus' usual minute. */
export const usualMaxAge = '2m';

/** How many points a range has, both its ends included. */
export function pointsIn(rangeMs: number, stepMs: number): number {
  return Math.floor(rangeMs / stepMs) + 1;
}

/** How many points a range must have where a check does not say: all but one, since the newest may still be on its way. */
export function usualMinimumSamples(rangeMs: number, stepMs: number): number {
  return Math.max(1, pointsIn(rangeMs, stepMs) - 1);
}

/** Which limit a number breaks, in words (`> 0.02`); null: it keeps both. */
export function brokenLimit(value: number, { min, max }: NumberLimits): string | null {
  if (min !== undefined && value < min) return `< ${min}`;
  return max !== undefined && value > max ? `> ${max}` : null;
}

/** A number to six digits, or all of its digits where six would not show which limit it breaks. */
export function shortened(value: number, limits: NumberLimits): string {
  const short = Number(value.toPrecision(6));
  return String(brokenLimit(short, limits) === brokenLimit(value, limits) ? short : value);
}

/** Why limits could never fail or never pass, and which of them it is; null: they can do both. */
export function limitsFault({ min, max }: NumberLimits): { readonly key: 'min' | null; readonly why: string } | null {
  if (min === undefined && max === undefined) return { key: null, why: 'it can never fail: give min, max or both' };
  if (min !== undefined && max !== undefined && min > max)
    return { key: 'min', why: 'it can never pass: min is greater than max' };
  return null;
}

/** `≤ 0.02`, `≥ 1`, `≥ 1 and ≤ 5`. */
export function describeLimits({ min, max }: { readonly [key: string]: Json }): string {
  const shown = [min === undefined ? '' : `≥ ${asText(min)}`, max === undefined ? '' : `≤ ${asText(max)}`];
  return shown.filter((part) => part !== '').join(' and ');
}

/** What a query of metrics is held to, and which samples it takes: everything but its text and its source. */
export function describeSamples(spec: JsonObject): readonly string[] {
  const { range, step, minimumSamples, samplesOf, maxAge = usualMaxAge } = spec;
  const [rangeMs, stepMs] = [msOf(range), msOf(step)];
  const fewest =
    minimumSamples ??
    (rangeMs !== undefined && stepMs !== undefined ? usualMinimumSamples(rangeMs, stepMs) : undefined);
  return [
    range === undefined ? '' : `over ${inWords(range)} every ${inWords(step)}`,
    fewest === undefined ? '' : `≥ ${asText(fewest)} samples`,
    `samples${samplesOf === undefined ? '' : ` of ${asText(samplesOf)}`} ≤ ${inWords(maxAge)} old`,
  ].filter((part) => part !== '');
}

const asText = (value: Json | undefined) => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
const msOf = (value: Json | undefined) => (typeof value === 'string' ? parseDuration(value) : undefined);

function inWords(value: Json | undefined): string {
  const ms = msOf(value);
  return ms === undefined ? asText(value) : formatDuration(ms);
}

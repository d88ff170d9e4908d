import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import { parseJson } from '../../domain/base/json.ts';
import type { AdapterContext } from '../../domain/kinds/adapter.ts';
import { answerLimitBytes } from '../http/answer-limit.ts';
import { send } from '../http/send.ts';
import { literal } from '../secrets.ts';

/** One value of a series. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** An answer without points to evaluate. `inconclusive`: the source measured, but not enough to decide by. */
export interface NoPoints {
  readonly verdict: 'inconclusive' | 'error';
  readonly summary: string;
}

/** What a source of metrics answered: the points of one series. */
export type Answered = { readonly points: readonly Point[] } | NoPoints;

export interface Source {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** As Go writes a float; `NaN` and both infinities are numbers there, too. */
const number = z.string().regex(/^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]Inf)$/);
const point = z.tuple([z.number().nonnegative(), number]);
const labels = z.record(z.string(), z.string());
const words = z.array(z.string()).nullish();
const envelope = { status: z.literal('success'), warnings: words, infos: words, isPartial: z.boolean().nullish() };
/** The exact result of each question. What answers bear beside that (statistics) is each source's own. */
const result = <Type extends string, Series extends z.ZodType>(type: Type, series: Series) =>
  z.object({ ...envelope, data: z.object({ resultType: z.literal(type), result: z.array(series) }) });
const vector = result('vector', z.object({ metric: labels, value: point }));
const matrix = result('matrix', z.object({ metric: labels, values: z.array(point) }));
const refusal = z.object({ error: z.string() });
const otherResult = z.object({ data: z.object({ resultType: z.string() }) });

/** Asks for the value at a time, in milliseconds; null: now. */
export async function askInstant(
  source: Source,
  query: string,
  timeMs: number | null,
  context: AdapterContext,
): Promise<Answered> {
  const time: Record<string, string> = timeMs === null ? {} : { time: seconds(timeMs) };
  const answer = await ask(source, 'query', { query: literal(query), ...time }, vector, context);
  return 'summary' in answer ? answer : oneSeries(answer.data.result.map(({ value }) => [value]));
}

/** Asks for the values of a range that ends at `endMs`. */
export async function askRange(
  source: Source,
  query: string,
  { endMs, rangeMs, stepMs }: { readonly endMs: number; readonly rangeMs: number; readonly stepMs: number },
  context: AdapterContext,
): Promise<Answered> {
  const range = { start: seconds(endMs - rangeMs), end: seconds(endMs), step: seconds(stepMs) };
  const answer = await ask(source, 'query_range', { query: literal(query), ...range }, matrix, context);
  return 'summary' in answer ? answer : oneSeries(answer.data.result.map(({ values }) => values));
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

const error = (summary: string): NoPoints => ({ verdict: 'error', summary });
const inconclusive = (summary: string): NoPoints => ({ verdict: 'inconclusive', summary });

async function ask<T extends Pick<z.output<typeof vector>, 'warnings' | 'infos' | 'isPartial'>>(
  { url, headers }: Source,
  path: string,
  parameters: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
  context: AdapterContext,
): Promise<T | NoPoints> {
  if (context.timeoutMs <= 0) return error('no time was left to ask');
  const asked = `${url.replace(/\/+$/, '')}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
  const answer = await send({ url: asked, method: 'GET', headers }, context);
  if (answer.kind === 'no-answer') return error(answer.summary);
  if (answer.isTooLarge) return error(`${answer.status}, an answer larger than ${answerLimitBytes} bytes`);
  const body = parseJson(answer.body.toString('utf8'));
  if (answer.status !== 200) {
    const why = refusal.safeParse(body);
    return error(`${answer.status}${why.success ? `: ${why.data.error}` : ''}`);
  }
  const read = schema.safeParse(body);
  if (!read.success) return error(faultOf(body));
  const { warnings, infos, isPartial } = read.data;
  // A source that had to leave something out says so, each in its own way; so does one that doubts the query.
  const doubts = [...(warnings ?? []), ...(infos ?? [])];
  if (doubts.length > 0) return inconclusive(`the source warns: ${doubts.join('; ')}`);
  return isPartial === true ? inconclusive('the source says that its answer is partial') : read.data;
}

function faultOf(body: unknown): string {
  if (body === undefined) return 'the answer is not JSON';
  const refused = refusal.safeParse(body);
  if (refused.success) return `200, and an error: ${refused.data.error}`;
  const other = otherResult.safeParse(body);
  return other.success
    ? `not the result that was asked for (${other.data.data.resultType})`
    : 'the answer is none of this API';
}

function oneSeries(series: readonly (readonly z.output<typeof point>[])[]): Answered {
  const [only] = series;
  if (only === undefined || only.length === 0) return inconclusive('no data');
  if (series.length > 1) return inconclusive(`${series.length} series where one is evaluated`);
  const points = only.map(([at, text]) => ({
    atMs: Math.round(at * 1000),
    value: Number(text.replace('Inf', 'Infinity')),
  }));
  if (points.some(({ atMs }, i) => i > 0 && atMs <= (points[i - 1]?.atMs ?? 0)))
    return error('the points of the answer are in no order');
  const odd = points.find(({ value }) => !Number.isFinite(value));
  return odd ? inconclusive(`${String(odd.value)} is no measurement`) : { points };
}

/** How far a source's clock may be from ours, in milliseconds: more than synchronized clocks differ, less than a sample may be old. */
const clockToleranceMs = 10_000;

/** How the source's clock differs from ours, if by too much; null: it does not. `from` and `to`: when we asked and were answered, by our clock. */
export function clockFault(theirsMs: number, from: number, to: number): string | null {
  const offMs = theirsMs < from ? theirsMs - from : Math.max(0, theirsMs - to);
  if (Math.abs(offMs) <= clockToleranceMs) return null;
  return `its clock is ${formatDuration(Math.abs(offMs))} ${offMs < 0 ? 'behind' : 'ahead of'} ours`;
}

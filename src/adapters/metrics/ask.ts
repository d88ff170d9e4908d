import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import type { AdapterContext } from '../../domain/kinds/adapter.ts';
import { answerLimitBytes, send } from '../http/send.ts';
import { literal } from '../secrets.ts';

/** One value at one time of a series: seconds since 1970, and a number as text, as the API has it. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** What a source of metrics answered. `untold`: it measured, and what it says is not enough to go by. */
export type Told =
  | { readonly kind: 'points'; readonly points: readonly Point[] }
  | { readonly kind: 'untold' | 'error'; readonly summary: string };

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
const vector = z.object({
  ...envelope,
  data: z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: point })) }),
});
const matrix = z.object({
  ...envelope,
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labels, values: z.array(point) })),
  }),
});
const refusal = z.object({ error: z.string() });
const otherResult = z.object({ data: z.object({ resultType: z.string() }) });

/** Asks for the value now (`time` absent) or at a time, in milliseconds. */
export async function askInstant(
  source: Source,
  query: string,
  timeMs: number | null,
  context: AdapterContext,
): Promise<Told> {
  const time: Record<string, string> = timeMs === null ? {} : { time: seconds(timeMs) };
  const told = await ask(source, 'query', { query: literal(query), ...time }, vector, context);
  return 'summary' in told ? told : oneSeries(told.data.result.map(({ value }) => [value]));
}

/** Asks for the values of a range that ends at `endMs`. */
export async function askRange(
  source: Source,
  query: string,
  { endMs, rangeMs, stepMs }: { readonly endMs: number; readonly rangeMs: number; readonly stepMs: number },
  context: AdapterContext,
): Promise<Told> {
  const range = { start: seconds(endMs - rangeMs), end: seconds(endMs), step: seconds(stepMs) };
  const told = await ask(source, 'query_range', { query: literal(query), ...range }, matrix, context);
  return 'summary' in told ? told : oneSeries(told.data.result.map(({ values }) => values));
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

type Untold = Exclude<Told, { readonly kind: 'points' }>;

async function ask<T extends Pick<z.output<typeof vector>, 'warnings' | 'infos' | 'isPartial'>>(
  { url, headers }: Source,
  path: string,
  parameters: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
  context: AdapterContext,
): Promise<T | Untold> {
  const error = (summary: string): Untold => ({ kind: 'error', summary });
  if (context.timeoutMs <= 0) return error('no time was left to ask');
  const asked = `${url.replace(/\/+$/, '')}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
  const answer = await send({ url: asked, method: 'GET', headers }, context);
  if (answer.kind === 'no-answer') return error(answer.summary);
  if (answer.isTooLarge) return error(`${answer.status}, an answer larger than ${answerLimitBytes} bytes`);
  const body = parse(answer.body);
  if (answer.status !== 200) {
    const why = refusal.safeParse(body);
    return error(`${answer.status}${why.success ? `: ${why.data.error}` : ''}`);
  }
  const read = schema.safeParse(body);
  if (!read.success) return error(faultOf(body));
  const { warnings, infos, isPartial } = read.data;
  // A source that had to leave something out says so, each in its own way; so does one that doubts the query.
  const said = [...(warnings ?? []), ...(infos ?? [])];
  if (said.length > 0) return { kind: 'untold', summary: `the source warns: ${said.join('; ')}` };
  return isPartial === true ? { kind: 'untold', summary: 'the source says that its answer is partial' } : read.data;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
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

function oneSeries(series: readonly (readonly z.output<typeof point>[])[]): Told {
  const [only] = series;
  if (only === undefined || only.length === 0) return { kind: 'untold', summary: 'no data' };
  if (series.length > 1) return { kind: 'untold', summary: `${series.length} series where one is evaluated` };
  const points = only.map(([at, text]) => ({
    atMs: Math.round(at * 1000),
    value: Number(text.replace('Inf', 'Infinity')),
  }));
  if (points.some(({ atMs }, i) => i > 0 && atMs <= (points[i - 1]?.atMs ?? 0)))
    return { kind: 'error', summary: 'the points of the answer are in no order' };
  const odd = points.find(({ value }) => !Number.isFinite(value));
  return odd ? { kind: 'untold', summary: `${String(odd.value)} is no measurement` } : { kind: 'points', points };
}

/** How far a source's clock may be from ours, in milliseconds: more than clocks that are kept differ, less than a sample may be old. */
const clockToleranceMs = 10_000;

/** Why the source's clock says nothing of our time; null: it does. `from` and `to` are when we asked and heard, by our own. */
export function clockFault(theirsMs: number, from: number, to: number): string | null {
  const offMs = theirsMs < from ? theirsMs - from : Math.max(0, theirsMs - to);
  if (Math.abs(offMs) <= clockToleranceMs) return null;
  return `its clock is ${formatDuration(Math.abs(offMs))} ${offMs < 0 ? 'behind' : 'ahead of'} ours`;
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createAdapters, openSecrets } from '../../../src/adapters/index.ts';
import type { AdapterContext } from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';

const adapter = createAdapters().checks.get('prometheus');
const ends: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A source of its own kind: what it answers to each question, and when it thinks it is. */
interface Behaviour {
  /** Seconds by which its clock is ahead. */
  readonly ahead?: number;
  /** Seconds since its last sample. */
  readonly age?: number;
  /** Its answer to the query of the check, the time in seconds given; to both questions where `toAll`. */
  readonly answer?: (at: number, asked: URLSearchParams, response: ServerResponse) => object | string | null;
  readonly toAll?: boolean;
}
interface Source {
  readonly url: string;
  readonly asked: URLSearchParams[];
  readonly requests: IncomingMessage[];
}
const success = (resultType: string, result: unknown, more: object = {}) => ({
  status: 'success',
  data: { resultType, result },
  ...more,
});
const vector = (at: number, value: string, more: object = {}) =>
  success('vector', [{ metric: {}, value: [at, value] }], more);
const matrix = (values: readonly (readonly [number, string])[]) => success('matrix', [{ metric: {}, values }]);

async function source({ ahead = 0, age = 0.5, answer, toAll = false }: Behaviour): Promise<Source> {
  const asked: URLSearchParams[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://source');
    requests.push(request);
    asked.push(searchParams);
    const isAboutAge = searchParams.get('query')?.startsWith('min(timestamp(') === true;
    const at = Number(searchParams.get('time') ?? searchParams.get('end') ?? Date.now() / 1000 + ahead);
    const told =
      isAboutAge && !toAll
        ? vector(at, String(at - age))
        : answer
          ? answer(at, searchParams, response)
          : vector(at, '0.01');
    if (told !== null) response.end(typeof told === 'string' ? told : JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, requests };
}

const query = 'sum(rate(errors_total[1m])) / sum(rate(requests_total[1m]))';
const spec = (url: string, more: object = {}) => ({
  prometheus: url,
  query,
  samplesOf: 'requests_total{job="shop"}',
  max: 0.02,
  maxAge: '15s',
  ...more,
});
const ranged = { range: '10s', step: '1s' };
const measure = (given: object, context: Partial<AdapterContext> = {}) =>
  adapter?.measure(adapter.schema.parse(given), contextFor(context));
const issuesOf = (given: object) =>
  adapter?.schema.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('/')}: ${message}`) ?? [];

describe('the prometheus check', () => {
  it('asks how old the samples are, then for the value at that very moment of the source, and holds it to its limits', async () => {
    const { url, asked } = await source({});
    const seen = await measure(spec(`${url}/`));
    expect(seen).toMatchObject({ verdict: 'passed', observed: { last: 0.01, ageMs: expect.any(Number) as number } });
    expect(seen?.summary).toMatch(/^0\.01, (0\.\d+|[12](\.\d+)?) s old$/);
    expect(asked.map((one) => one.get('query'))).toEqual(['min(timestamp(requests_total{job="shop"}))', query]);
    expect(asked[0]?.has('time')).toBe(false);
    expect(Math.abs(Number(asked[1]?.get('time')) - Date.now() / 1000)).toBeLessThan(5);
    expect(await measure(spec(url, { max: 0.005 }))).toMatchObject({
      verdict: 'failed',
      summary: expect.stringContaining('> 0.005') as string,
    });
    expect(await measure(spec(url, { min: 0.5, max: 1 }))).toMatchObject({
      verdict: 'failed',
      summary: expect.stringContaining('< 0.5') as string,
    });
    expect(await measure(spec(url, { max: 0.01, min: 0.01 }))).toMatchObject({ verdict: 'passed' });
  });

  it('shows six digits, and all of them where those would hide what is wrong', async () => {
    const { url } = await source({ answer: (at) => vector(at, '0.020000000000001') });
    expect((await measure(spec(url)))?.summary).toMatch(/^0\.020000000000001, .*: > 0\.02$/);
    expect((await measure(spec(url, { max: 1 })))?.summary).toMatch(/^0\.02, /);
  });

  it('takes a plain selector for the series whose samples must be fresh', async () => {
    const { url, asked } = await source({});
    const plain = { prometheus: url, query: 'up{job="shop"}', min: 0.001 };
    expect(await measure(plain)).toMatchObject({ verdict: 'passed' });
    expect(asked[0]?.get('query')).toBe('min(timestamp(up{job="shop"}))');
  });

  it('evaluates each value of a range, its window ending by the clock of the source', async () => {
    const values = (at: number, text = '0.01') =>
      Array.from({ length: 11 }, (_, i): [number, string] => [at - 10 + i, i === 4 ? text : '0.01']);
    const good = await source({ answer: (at) => matrix(values(at)) });
    expect(await measure(spec(good.url, ranged))).toMatchObject({
      verdict: 'passed',
      observed: { lowest: 0.01, highest: 0.01, samples: 11 },
    });
    const [, range] = good.asked;
    expect(range?.get('step')).toBe('1.000');
    expect(Number(range?.get('end')) - Number(range?.get('start'))).toBeCloseTo(10);
    const bad = await source({ answer: (at) => matrix(values(at, '0.03')) });
    expect(await measure(spec(bad.url, ranged))).toMatchObject({
      verdict: 'failed',
      summary: expect.stringMatching(/^0\.01 to 0\.03, 11 samples, .*: > 0\.02$/) as string,
    });
  });

  it.each([
    ['no number at all', (at: number) => vector(at, 'NaN'), {}, 'NaN is no measurement'],
    ['infinity', (at: number) => vector(at, '+Inf'), {}, 'Infinity is no measurement'],
    ['no series', () => success('vector', []), {}, 'no data'],
    [
      'several series',
      (at: number) =>
        success('vector', [
          { metric: { a: 'b' }, value: [at, '0'] },
          { metric: {}, value: [at, '0'] },
        ]),
      {},
      '2 series where one is evaluated',
    ],
    ['a range without a point', () => matrix([]), ranged, 'no data'],
    [
      'a hole in a range',
      (at: number) =>
        matrix([
          [at - 1, '0'],
          [at, 'NaN'],
        ]),
      ranged,
      'NaN is no measurement',
    ],
    [
      'too few points',
      (at: number) =>
        matrix([
          [at - 1, '0'],
          [at, '0'],
        ]),
      ranged,
      'fewer than 10 samples',
    ],
    [
      'a range that ended a while ago',
      (at: number) =>
        matrix([
          [at - 9, '0'],
          [at - 8, '0'],
        ]),
      { ...ranged, minimumSamples: 2, maxAge: '7s' },
      'the newest is 8 s old',
    ],
  ])('finds %s inconclusive, however good it looks', async (_, answer, more, summary) => {
    const { url } = await source({ answer });
    expect(await measure(spec(url, more))).toMatchObject({
      verdict: 'inconclusive',
      summary: expect.stringContaining(summary) as string,
    });
  });

  it.each([
    ['samples too old', { age: 16 }, 'samples are 16'],
    ['samples of a time to come', { age: -60 }, 'a time that is still to come'],
    ['a source an hour behind', { ahead: -3600 }, /its clock is (59 min 59|1 h).* behind ours/],
    ['a source an hour ahead', { ahead: 3600 }, /its clock is (59 min 59|1 h).* ahead of ours/],
    ['old samples whose source is as late as they are', { ahead: -9, age: 10 }, 'samples are 1'],
  ])('finds %s inconclusive', async (_, behaviour, summary) => {
    const { url } = await source(behaviour);
    const seen = await measure(spec(url));
    expect(seen?.verdict).toBe('inconclusive');
    expect(seen?.summary).toMatch(summary);
  });

  it('is inconclusive without a sample of the named series, and names it', async () => {
    const { url, asked } = await source({ toAll: true, answer: () => success('vector', []) });
    expect(await measure(spec(url))).toMatchObject({
      verdict: 'inconclusive',
      summary: 'requests_total{job="shop"}: no data',
    });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['another result', (at: number) => success('scalar', [at, '0']), 'not the result that was asked for (scalar)'],
    ['a matrix', (at: number) => matrix([[at, '0']]), 'not the result that was asked for (matrix)'],
    [
      'a histogram',
      (at: number) => success('vector', [{ metric: {}, histogram: [at, { count: '3', sum: '1.5' }] }]),
      'not the result',
    ],
    ['a number that is no text', (at: number) => success('vector', [{ metric: {}, value: [at, 0] }]), 'not the result'],
    ['a value that is no number', (at: number) => vector(at, '0x10'), 'not the result'],
    ['an empty value', (at: number) => vector(at, ''), 'not the result'],
    ['half an answer', () => '{"status":"success","data":{"resultType":"vec', 'the answer is not JSON'],
    ['a page', () => '<html>sign in</html>', 'the answer is not JSON'],
    ['nothing', () => '', 'the answer is not JSON'],
    ['null', () => 'null', 'the answer is none of this API'],
    ['an error under 200', () => ({ status: 'error', errorType: 'x', error: 'broken' }), '200, and an error: broken'],
    ['another time', (at: number) => vector(at - 60, '0'), 'for another time'],
  ])('cannot measure by %s', async (_, answer, summary) => {
    const { url } = await source({ answer });
    expect(await measure(spec(url))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining(summary) as string,
    });
  });

  it.each([
    [400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, '400: parse error'],
    [401, 'no org id', '401'],
    [422, { status: 'error', errorType: 'execution', error: 'too many samples' }, '422: too many samples'],
    [429, '', '429'],
    [500, 'oops', '500'],
    [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, '503: query timed out'],
    [204, '', '204'],
  ])('cannot measure by a %i', async (status, body, summary) => {
    const answer: Behaviour['answer'] = (_, __, response) => {
      response.statusCode = status;
      return body;
    };
    for (const toAll of [true, false]) {
      const { url } = await source({ answer, toAll });
      expect(await measure(spec(url))).toMatchObject({
        verdict: 'error',
        summary: expect.stringContaining(summary) as string,
      });
    }
  });

  it('follows no redirect, and goes to no metadata address', async () => {
    const elsewhere = await source({});
    const { url } = await source({
      toAll: true,
      answer: (_, asked, response) => {
        response.writeHead(302, { location: `${elsewhere.url}/api/v1/query?${asked.toString()}` });
        return '';
      },
    });
    expect(await measure(spec(url))).toMatchObject({
      verdict: 'error',
      summary: expect.stringMatching(/: 302$/) as string,
    });
    expect(elsewhere.asked).toEqual([]);
    expect(issuesOf(spec('http://169.254.169.254'))).toEqual([
      'prometheus: 169.254.169.254 is link-local, where clouds answer with their metadata',
    ]);
  });

  it('reads no more than 1 MiB of an answer without end, and is over at its limit with one that hangs', async () => {
    let wrote = 0;
    const endless: Behaviour['answer'] = (_, __, response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = () => {
        if (response.destroyed) return;
        wrote += chunk.length;
        // Between two writes the end of the connection is to be heard of.
        response.write(chunk, () => setImmediate(more));
      };
      more();
      return null;
    };
    const large = await source({ answer: endless });
    expect(await measure(spec(large.url))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('larger than 1048576 bytes') as string,
    });
    expect(wrote).toBeLessThan(64 * 1024 * 1024);
    const silent = await source({ answer: () => null });
    const began = performance.now();
    expect(await measure(spec(silent.url), { timeoutMs: 400 })).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('no answer within') as string,
    });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('cannot measure where nothing listens, and stops when it is cancelled', async () => {
    expect(await measure(spec('http://127.0.0.1:1'))).toMatchObject({ verdict: 'error' });
    const { url } = await source({ answer: () => null });
    const stop = new AbortController();
    const seen = measure(spec(url), { signal: stop.signal });
    stop.abort();
    expect(await seen).toMatchObject({ verdict: 'error', summary: expect.stringContaining('cancelled') as string });
  });

  it('sends headers with secrets, and masks them in the answer of the source', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-metrics-'));
    ends.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'metrics-token'), 'very-secret-value');
    const secrets = openSecrets(folder)();
    const { url, requests } = await source({
      answer: (_, __, response) => {
        response.statusCode = 403;
        return { status: 'error', errorType: 'forbidden', error: 'very-secret-value may not' };
      },
    });
    const headers = { authorization: 'Bearer ${secret:metrics-token}', 'x-scope-orgid': 'team-a' };
    expect(await measure(spec(url, { headers }), { secrets })).toMatchObject({
      verdict: 'error',
      summary: '403: [secret:metrics-token] may not',
    });
    expect(requests.map((request) => request.headers.authorization)).toEqual(
      Array.from({ length: 2 }, () => 'Bearer very-secret-value'),
    );
    expect(requests[0]?.headers['x-scope-orgid']).toBe('team-a');
  });

  it.each([[180], [190], [195], [280]])('shows no part of a secret that begins after %i characters', async (before) => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-metrics-'));
    ends.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'metrics-token'), 'very-secret-value');
    const secrets = openSecrets(folder)();
    const error = `${'x'.repeat(before)}very-secret-value`;
    const { url } = await source({
      answer: (_, __, response) => {
        response.statusCode = 403;
        return { status: 'error', errorType: 'forbidden', error };
      },
    });
    const headers = { authorization: 'Bearer ${secret:metrics-token}' };
    expect((await measure(spec(url, { headers }), { secrets }))?.summary).not.toContain('very');
  });
});

// In the shapes that these have been seen to answer with.
describe('sources that speak the same API', () => {
  const labels = { __name__: 'node_load1', instance: '127.0.0.1:9100', job: 'node_exporter' };
  const one = (at: number) => [{ metric: labels, value: [at, '0.01'] }];
  it.each([
    [
      'VictoriaMetrics',
      (at: number) => ({
        ...success('vector', one(Math.floor(at))),
        stats: { seriesFetched: '1', executionTimeMsec: 1 },
      }),
    ],
    [
      "VictoriaMetrics' cluster",
      (at: number) => ({
        status: 'success',
        isPartial: false,
        data: { resultType: 'vector', result: one(Math.floor(at)) },
        stats: { seriesFetched: '1' },
      }),
    ],
    ['Mimir and Cortex', (at: number) => success('vector', one(at), { warnings: [], infos: [] })],
    ['Thanos', (at: number) => success('vector', one(at), { warnings: null, analysis: null })],
  ])('are believed: %s', async (_, answer) => {
    const { url } = await source({ answer });
    expect(await measure(spec(url))).toMatchObject({ verdict: 'passed' });
  });

  it.each([
    ['Thanos', { warnings: ['No StoreAPIs matched for this query'] }, 'No StoreAPIs matched'],
    ['VictoriaMetrics', { isPartial: true }, 'its answer is partial'],
    ['Mimir and Cortex', { infos: ['PromQL info: metric might not be a counter'] }, 'might not be a counter'],
  ])('are not believed where they say that they left something out: %s', async (_, more, summary) => {
    const { url } = await source({ answer: (at) => vector(at, '0', more) });
    expect(await measure(spec(url))).toMatchObject({
      verdict: 'inconclusive',
      summary: expect.stringContaining(summary) as string,
    });
  });

  it('may move the ends of a range to whole steps', async () => {
    const { url } = await source({
      answer: (at) => {
        const end = Math.ceil(at / 5) * 5;
        return matrix(Array.from({ length: 5 }, (_, i): [number, string] => [end - (4 - i) * 5, '0']));
      },
    });
    expect(await measure(spec(url, { range: '20s', step: '5s' }))).toMatchObject({ verdict: 'passed' });
  });
});

describe('what planning refuses of a prometheus check', () => {
  const url = 'http://127.0.0.1:9090';
  it.each([
    ['nothing to fail by', { max: undefined }, ': it can never fail: give min, max or both'],
    ['limits that cross', { min: 1, max: 0 }, 'min: it can never pass: min is greater than max'],
    ['a range without a step', { range: '1m' }, 'step: range and step stand together'],
    ['a step without a range', { step: '1s' }, 'range: range and step stand together'],
    [
      'a range shorter than its step',
      { range: '5s', step: '10s' },
      'range: it can never be measured: the range is shorter than its step',
    ],
    [
      'more samples than there are',
      { ...ranged, minimumSamples: 12 },
      'minimumSamples: it can never pass: the range has 11 points',
    ],
    [
      'samples of a single value',
      { minimumSamples: 2 },
      'minimumSamples: it counts the points of a range: give range and step',
    ],
    [
      'samples that must be younger than one step',
      { range: '5m', step: '30s' },
      'maxAge: it can hardly pass: samples may be no older than less than one step',
    ],
    ['more points than are answered', { range: '90d', step: '10s' }, 'step: a range has 11000 points at most'],
    [
      'a function whose samples nobody names',
      { samplesOf: undefined },
      'samplesOf: name the series whose samples must be fresh: what a function or a recording rule answers bears a time of its own',
    ],
    [
      'a recorded series, which is fresh also where nobody measures',
      { query: 'shop:latency:p95{job="shop"}', samplesOf: undefined },
      'samplesOf: name the series whose samples must be fresh: what a function or a recording rule answers bears a time of its own',
    ],
    [
      'an expression for a selector',
      { samplesOf: 'a) or vector(1' },
      'samplesOf: write one selector, such as requests_total{job="shop"}',
    ],
    ['limits that are no numbers', { max: '0.02' }, 'max: Invalid input: expected number, received string'],
    [
      'a query in the address',
      { prometheus: `${url}/?a=b` },
      'prometheus: write the address before /api/v1, without ? and #',
    ],
  ])('%s', (_, more, issue) => {
    expect(issuesOf(spec(url, more))).toContain(issue);
  });

  it('nothing that can fail and pass', () => {
    expect(issuesOf(spec(`${url}/prometheus`, { ...ranged, min: 0, minimumSamples: 11 }))).toEqual([]);
    expect(issuesOf({ prometheus: url, query: '{__name__="up", job=~"a}b|\\"c"}', min: 1 })).toEqual([]);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAdapters, hold, observe, readBack } from '../../../src/adapters/index.ts';
import type { JsonObject } from '../../../src/domain/base/json.ts';
import type { CheckAdapter, Measurement, PlannedCheck, Sampling } from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';
import { nothingExpected } from '../../support/expects.ts';

const catalog = createAdapters({ path: process.env['PATH'] ?? '' });
const usual: Sampling = {
  timeoutMs: 5_000,
  intervalMs: 10,
  withinMs: 0,
  count: 1,
  failureLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
};
const checkOf = (kind: string, spec: JsonObject, sampling: Partial<Sampling> = {}): PlannedCheck => ({
  id: 'done',
  kind,
  spec,
  expects: nothingExpected,
  sampling: { ...usual, ...sampling },
});
type Seen = 'done' | 'not-done' | 'unknown';

/** A check that sees these one after the other, the last one for ever. */
function seeing(...seen: readonly Seen[]) {
  let asked = 0;
  const adapter: CheckAdapter<JsonObject> = {
    kind: 'seen',
    schema: z.record(z.string(), z.json()),
    expects: () => nothingExpected,
    async measure(): Promise<Measurement> {
      const now = seen[Math.min(asked, seen.length - 1)];
      asked += 1;
      const times = { startedAt: '', endedAt: '', summary: String(now), observed: {} };
      if (now === 'done') return { ...times, verdict: 'passed' };
      return { ...times, verdict: 'failed', ...(now === 'not-done' ? { readBack: now } : {}) };
    },
  };
  return { checks: new Map([['seen', adapter as unknown as CheckAdapter]]), asked: () => asked };
}
const { signal } = new AbortController();
const options = { catalog, signal, contextFor: () => contextFor() };

async function read(
  seen: readonly Seen[],
  { settleMs = 0, isWayBack = false, ...sampling }: Partial<Sampling> & { settleMs?: number; isWayBack?: boolean } = {},
) {
  const { checks, asked } = seeing(...seen);
  const given = { ...options, catalog: { ...catalog, checks }, settleMs, isWayBack };
  return { ...(await readBack(checkOf('seen', {}, sampling), given)), asked: asked() };
}

describe('an effect that is read back', () => {
  let folder: string;
  let server: Server;
  let url = '';
  let closed = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-read-back-'));
    server = createServer((request, response) => {
      const [, status, body = ''] = decodeURIComponent(request.url ?? '').split('/');
      response.writeHead(Number(status)).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gone = createTcp();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    closed = (gone.address() as AddressInfo).port;
    await new Promise((resolve) => gone.close(resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const json = { '/running': true, '/release': '1.4.2' };
  const answer = (status: number, body: unknown) => `${url}/${status}/${encodeURIComponent(JSON.stringify(body))}`;
  const exits = (code: number) => [process.execPath, '-e', `process.exit(${code})`];
  it.each<readonly [string, string, () => JsonObject, Seen]>([
    ['as wanted', 'http', () => ({ http: answer(200, { running: true, release: '1.4.2' }), json }), 'done'],
    ['another value', 'http', () => ({ http: answer(200, { running: false, release: '1.4.2' }), json }), 'not-done'],
    ['a value that is missing', 'http', () => ({ http: answer(200, { error: 'try later' }), json }), 'unknown'],
    [
      'another value under a status that was not asked for',
      'http',
      () => ({ http: answer(503, { running: false }), json }),
      'unknown',
    ],
    ['503', 'http', () => ({ http: answer(503, ''), json }), 'unknown'],
    ['no JSON', 'http', () => ({ http: `${url}/200/<html>`, json }), 'unknown'],
    ['a redirect', 'http', () => ({ http: answer(302, '') }), 'unknown'],
    ['a refused connection', 'http', () => ({ http: `http://127.0.0.1:${closed}/`, json }), 'unknown'],
    ['404', 'http', () => ({ http: answer(404, ''), json }), 'unknown'],
    ['a declared absence', 'http', () => ({ http: answer(404, ''), json, absent: 404 }), 'not-done'],
    ['one of several absences', 'http', () => ({ http: answer(410, ''), json, absent: [404, 410] }), 'not-done'],
    ['503 beside a declared absence', 'http', () => ({ http: answer(503, ''), json, absent: 404 }), 'unknown'],
    ['nobody who listens', 'tcp', () => ({ tcp: `127.0.0.1:${closed}` }), 'unknown'],
    ['nobody who listens, as declared', 'tcp', () => ({ tcp: `127.0.0.1:${closed}`, absent: 'refused' }), 'not-done'],
    [
      'no such host, whatever is declared',
      'tcp',
      () => ({ tcp: 'no-such-host.invalid:80', absent: 'refused' }),
      'unknown',
    ],
    ['exit 0', 'command', () => ({ command: exits(0) }), 'done'],
    ['exit 1, as of a crash', 'command', () => ({ command: exits(1) }), 'unknown'],
    ['a declared exit', 'command', () => ({ command: exits(3), absent: 3 }), 'not-done'],
    ['another exit than the declared', 'command', () => ({ command: exits(1), absent: [3, 4] }), 'unknown'],
    ['no such program', 'command', () => ({ command: ['./nowhere'], absent: 1 }), 'unknown'],
    ['a front door that fails', 'availability', () => ({ availability: answer(500, '') }), 'unknown'],
  ])('says of %s (%s): %s', async (_what, kind, spec, expected) => {
    const given = { ...options, settleMs: 0, isWayBack: false };
    expect(await readBack(checkOf(kind, spec()), given)).toMatchObject({ readBack: expected });
  });

  it('is believed to be missing at once only where nothing can come late', async () => {
    expect(await read(['not-done', 'done'])).toMatchObject({ readBack: 'not-done', asked: 1 });
    expect(await read(['not-done', 'not-done', 'done'], { settleMs: 5_000 })).toMatchObject({
      readBack: 'done',
      asked: 3,
    });
    const settled = await read(['not-done'], { settleMs: 50 });
    expect(settled).toMatchObject({ readBack: 'not-done', summary: 'not-done, still so after 0.050 s' });
    expect(settled.asked).toBeGreaterThan(2);
  });

  it('is unknown where the last sample can say nothing of it', async () => {
    expect(await read(['not-done', 'unknown'], { settleMs: 30 })).toMatchObject({ readBack: 'unknown' });
  });

  it('is decided by as many samples as `count`, and only if they agree', async () => {
    expect(await read(['done'], { count: 3 })).toMatchObject({ readBack: 'done', asked: 3 });
    expect(await read(['not-done'], { count: 3 })).toMatchObject({ readBack: 'not-done', asked: 3 });
    expect(await read(['not-done', 'done', 'not-done'], { count: 3 })).toMatchObject({ readBack: 'unknown', asked: 3 });
    expect(await read(['unknown', 'not-done'], { count: 2 })).toMatchObject({ readBack: 'unknown', asked: 2 });
  });

  it('is undone at the first doubt', async () => {
    const wayBack = { settleMs: 5_000, count: 3, isWayBack: true };
    expect(await read(['done'], wayBack)).toMatchObject({ readBack: 'done', asked: 1 });
    expect(await read(['unknown'], wayBack)).toMatchObject({ readBack: 'unknown', asked: 1 });
    expect(await read(['not-done', 'not-done', 'done'], wayBack)).toMatchObject({ readBack: 'done', asked: 3 });
  });

  it('is unknown where the question was cancelled', async () => {
    const given = { ...options, signal: AbortSignal.abort(), settleMs: 0, isWayBack: true };
    expect(await readBack(checkOf('tcp', { tcp: `127.0.0.1:${closed}` }), given)).toStrictEqual({
      readBack: 'unknown',
      summary: 'cancelled',
    });
  });
});

describe('checks that must hold', () => {
  async function held(seen: readonly Seen[], sampling: Partial<Sampling> = {}) {
    const { checks, asked } = seeing(...seen);
    const given = { ...options, catalog: { ...catalog, checks } };
    const all = [checkOf('seen', {}, sampling)];
    const results = await hold(all, await observe(all, { ...given, once: false }), 600, given);
    return { ...results[0], asked: asked() };
  }

  it('are measured until their time is over, and say so', async () => {
    const result = await held(['done']);
    expect(result).toMatchObject({
      verdict: 'passed',
      threshold: expect.stringContaining('held for 0.600 s') as string,
    });
    expect(result.asked).toBeGreaterThan(3);
    expect(result.samples).toBe(result.asked);
  });

  it('end with the first sample that is beyond their limits', async () => {
    expect(await held(['done', 'done', 'unknown', 'done'])).toMatchObject({ verdict: 'failed', asked: 3 });
  });

  it('are not held where they had not passed', async () => {
    expect(await held(['unknown', 'done'])).toMatchObject({ verdict: 'failed', asked: 1 });
  });
});

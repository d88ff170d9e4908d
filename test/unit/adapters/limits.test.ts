import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAdapters } from '../../../src/adapters/index.ts';
import { sample } from '../../../src/adapters/sampling/one-sample.ts';
import type { JsonObject } from '../../../src/domain/base/json.ts';
import type { ActionOutcome, CheckAdapter, Measurement, PlannedCheck } from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';
import { amidGarbageCollection } from '../../support/collect-garbage.ts';
import { nothingExpected } from '../../support/expects.ts';
import { within } from '../../support/within.ts';

const catalog = createAdapters({ path: process.env['PATH'] ?? '' });
/** Takes requests and says nothing; at `/large` it answers 900 kB, at `/drip` it never comes to an end. */
let server: Server;
let url = '';
/** Listens without ever taking a connection: once its queue is full, whoever connects waits. */
let deaf: ChildProcess;
let deafPort = 0;
const queue: Socket[] = [];
const node = process.execPath;

beforeAll(async () => {
  const large = Buffer.alloc(900_000, 'x');
  server = createServer((request, response) => {
    if (request.url === '/large') response.end(large);
    if (request.url === '/drip') response.writeHead(200, { 'content-length': 10 }).write('half');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listen = `const server = require('net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  deaf = spawn(node, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(deaf.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  deafPort = Number(said);
  for (let i = 0; i < 4; i += 1) queue.push(connect(deafPort, '127.0.0.1').on('error', () => undefined));
  await once(queue[0] as Socket, 'connect');
});
afterAll(() => {
  for (const socket of queue) socket.destroy();
  deaf.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
});

const limitMs = 300;
const soonMs = 5_000;
const checkOf = (kind: string, spec: JsonObject, timeoutMs = limitMs): PlannedCheck => ({
  id: 'it',
  kind,
  spec,
  expects: nothingExpected,
  sampling: {
    timeoutMs,
    intervalMs: 1_000,
    withinMs: 0,
    count: 1,
    failureLimit: 0,
    consecutiveErrorLimit: 4,
    consecutiveSuccessLimit: 0,
  },
});
const measure = (check: PlannedCheck, checks = catalog.checks): Promise<Measurement> =>
  sample(
    check,
    { catalog: { ...catalog, checks }, contextFor: (_, signal, timeoutMs) => contextFor({ signal, timeoutMs }) },
    new AbortController().signal,
  );
const act = (kind: string, spec: JsonObject): Promise<ActionOutcome | undefined> => {
  const adapter = catalog.actions.get(kind);
  return Promise.resolve(adapter?.run(adapter.schema.parse(spec), contextFor({ timeoutMs: limitMs })));
};
const forEver = [node, '-e', 'setInterval(() => {}, 1_000)'];

describe('the limit of a check without an answer', () => {
  it.each([
    ['http, without an answer', 'http', () => ({ http: url }), 'error'],
    ['http, with half an answer', 'http', () => ({ http: `${url}/drip` }), 'error'],
    ['http, without a connection', 'http', () => ({ http: `http://127.0.0.1:${deafPort}` }), 'error'],
    ['tcp', 'tcp', () => ({ tcp: `127.0.0.1:${deafPort}` }), 'error'],
    ['availability, without an answer', 'availability', () => ({ availability: url }), 'failed'],
    ['availability, with half an answer', 'availability', () => ({ availability: `${url}/drip` }), 'failed'],
    ['command', 'command', () => ({ command: forEver }), 'error'],
  ])('comes whatever is collected meanwhile: %s', async (_what, kind, spec, verdict) => {
    const measured = await amidGarbageCollection(() => within(soonMs, kind, measure(checkOf(kind, spec()))));
    expect(measured).toMatchObject({ verdict });
    expect(measured.summary).toMatch(/within 0.300 s|after 0.300 s/);
  });

  it('comes beside a check that reads 900 kB ten times a second', async () => {
    const large = checkOf('http', { http: `${url}/large` }, 5_000);
    const reading: Promise<Measurement>[] = [];
    const beat = setInterval(() => reading.push(measure(large)), 100);
    try {
      const hanging = checkOf('http', { http: url }, 1_000);
      const measured = await within(soonMs, 'the hanging check', measure(hanging));
      expect(measured).toMatchObject({ verdict: 'error', summary: 'no answer within 1 s' });
      expect(Date.parse(measured.endedAt) - Date.parse(measured.startedAt)).toBeLessThan(3_000);
    } finally {
      clearInterval(beat);
    }
    expect((await Promise.all(reading)).map(({ verdict }) => verdict)).not.toContain('failed');
  });
});

describe('the limit of an action without an answer', () => {
  it.each([
    ['http', () => ({ http: url }), 'unknown', 'no answer within 0.300 s'],
    ['http', () => ({ http: `${url}/drip` }), 'unknown', 'no answer within 0.300 s'],
    ['http', () => ({ http: `http://127.0.0.1:${deafPort}` }), 'not-started', 'no connection within 0.300 s'],
    ['command', () => ({ command: forEver }), 'unknown', 'timed out after 0.300 s'],
  ])('comes whatever is collected meanwhile: %s', async (kind, spec, outcome, summary) => {
    const ended = await amidGarbageCollection(() => within(soonMs, kind, act(kind, spec())));
    expect(ended).toMatchObject({ kind: outcome, summary });
  });
});

describe('an answer that comes later than its limit', () => {
  /** Whatever keeps the process busy keeps its timers, too. */
  const busyFor = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; );
  };
  const late = (verdict: Measurement['verdict'], given: Pick<CheckAdapter, 'whenLate'> = {}, tookMs?: number) => {
    const adapter: CheckAdapter<JsonObject> = {
      kind: 'late',
      schema: z.record(z.string(), z.json()),
      expects: () => nothingExpected,
      async measure() {
        busyFor(50);
        const times = { startedAt: '', endedAt: '', summary: '200 in 50 ms', observed: {} };
        return { ...times, verdict, ...(tookMs === undefined ? {} : { tookMs }) };
      },
      ...given,
    };
    return measure(checkOf('late', {}, 20), new Map([['late', adapter as unknown as CheckAdapter]]));
  };

  it.each(['passed', 'failed'] as const)('is an error, though its verdict is %s', async (verdict) => {
    expect(await late(verdict)).toMatchObject({ verdict: 'error', summary: '200 in 50 ms, later than its 0.020 s' });
  });

  it('is a failure where a user waits for it', async () => {
    expect(await late('passed', { whenLate: 'failed' })).toMatchObject({ verdict: 'failed' });
  });

  it('is in time where only what came after it took longer', async () => {
    expect(await late('passed', {}, 10)).toMatchObject({ verdict: 'passed', summary: '200 in 50 ms' });
  });

  it('is a failure to availability, and an error to every other check', () => {
    const failing = [...catalog.checks.values()].filter(({ whenLate }) => whenLate === 'failed');
    expect(failing.map(({ kind }) => kind)).toEqual(['availability']);
  });
});

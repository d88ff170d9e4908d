import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attemptLimitMs } from '../../../../src/activities/notifications/deliver.ts';
import { retryAfter } from '../../../../src/adapters/notifiers/post.ts';
import { attempt } from '../../../support/notices.ts';
import { type Receiver, startReceiver } from '../../../support/receiver.ts';

const open: Receiver[] = [];
afterAll(() => Promise.all(open.map((one) => one.close())));

/** What an attempt at a receiver comes to that answers so, and what it got. */
async function became(answer: (response: ServerResponse) => void, how: { secure?: boolean; timeoutMs?: number } = {}) {
  const receiver = await startReceiver((response) => answer(response), how);
  open.push(receiver);
  const began = performance.now();
  const { timeoutMs = attemptLimitMs } = how;
  const outcome = await attempt(
    'slack',
    { slack: receiver.url },
    { timeoutMs, now: Date.parse('2026-11-23T09:00:00Z') },
  );
  return { ...outcome, received: receiver.received.length, tookMs: performance.now() - began };
}
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
  (response: ServerResponse) => {
    response.writeHead(code, headers);
    response.end(body);
  };

describe('what a receiver answers', () => {
  it.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [301, 'refused'],
    [302, 'again'],
    [303, 'again'],
    [307, 'again'],
    [308, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [408, 'again'],
    [410, 'refused'],
    [413, 'refused'],
    [422, 'refused'],
    [425, 'again'],
    [429, 'again'],
    [500, 'again'],
    [502, 'again'],
    [503, 'again'],
    [504, 'again'],
  ] as const)('%i means %s', async (code, result) => {
    const got = await became(status(code, { location: 'https://127.0.0.1:1/' }));
    expect(got).toMatchObject({ result, received: 1, summary: expect.stringContaining(String(code)) });
  });

  it('of Teams may be an error in the words of a 200', async () => {
    const said = (code: number) =>
      `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${code} with ContextId x.`;
    const teams = async (body: string) => {
      const receiver = await startReceiver((response) => response.end(body));
      open.push(receiver);
      return attempt('teams', { teams: receiver.url });
    };
    expect(await teams(said(429))).toMatchObject({ result: 'again' });
    expect(await teams(said(413))).toMatchObject({ result: 'refused' });
    expect(await teams('1')).toMatchObject({ result: 'delivered' });
  });

  it('is shown where it refuses, in one plain line', async () => {
    const got = await became(status(404, {}, `channel_not_found\r\n\u001b[31m${'x'.repeat(500)}`));
    expect(got.summary).toMatch(/^404 channel_not_found x+$/);
    expect(got.summary.length).toBeLessThan(120);
  });

  it('names the time of the next attempt, in seconds or by a date', async () => {
    expect(await became(status(429, { 'retry-after': '17' }))).toMatchObject({ result: 'again', retryAfterMs: 17_000 });
    const date = 'Mon, 23 Nov 2026 09:02:00 GMT';
    expect(await became(status(503, { 'retry-after': date }))).toMatchObject({
      result: 'again',
      retryAfterMs: 120_000,
    });
    expect(await became(status(410, { 'retry-after': '17' }))).not.toHaveProperty('retryAfterMs');
  });

  it('counts by its status, whatever becomes of the rest', async () => {
    const endless = (response: ServerResponse) => {
      response.writeHead(200);
      const chunk = 'x'.repeat(64 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    };
    expect(await became(endless)).toMatchObject({ result: 'delivered' });
    const cut = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('o');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await became(cut)).toMatchObject({ result: 'delivered' });
  });
});

it.each<readonly [string | undefined, number | null]>([
  [undefined, null],
  ['', null],
  ['soon', null],
  ['-5', null],
  ['0', 0],
  ['1.5', null],
  ['9999999999', 86_400_000],
  ['Mon, 23 Nov 2026 08:00:00 GMT', 0],
  ['Wed, 23 Nov 2089 08:00:00 GMT', 86_400_000],
])('Retry-After: %s means %s ms', (written, ms) => {
  expect(retryAfter(written, Date.parse('2026-11-23T09:00:00Z'))).toBe(ms);
});

describe('a receiver that does not answer', () => {
  it('is given up at the limit, whether it hangs or drips', async () => {
    const hanging = await became(() => undefined, { timeoutMs: 300 });
    expect(hanging).toMatchObject({ result: 'again', summary: 'no answer within 0.300 s' });
    expect(hanging.tookMs).toBeLessThan(1_500);
    const dripping = await became(
      (response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => response.socket?.write('x-a: b\r\n'), 20);
        response.on('close', () => clearInterval(timer));
      },
      { timeoutMs: 300 },
    );
    expect(dripping).toMatchObject({ result: 'again' });
    expect(dripping.tookMs).toBeLessThan(1_500);
  });

  it('is tried again when it cuts the connection, is gone, or answers what is no HTTP', async () => {
    expect(await became((response) => response.socket?.destroy())).toMatchObject({ result: 'again' });
    expect(await became((response) => response.socket?.end('SSH-2.0\r\n\r\n'))).toMatchObject({ result: 'again' });
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    expect(await attempt('slack', { slack: `http://127.0.0.1:${port}/` })).toMatchObject({
      result: 'again',
      summary: 'connection refused',
    });
    expect(await attempt('slack', { slack: 'https://nobody.invalid/' })).toMatchObject({
      result: 'again',
      summary: expect.stringContaining('not reachable'),
    });
  });

  it('gets nothing where its certificate is not trusted, and the attempt reports that', async () => {
    const got = await became(status(200), { secure: true });
    expect(got).toMatchObject({ result: 'again', received: 0, summary: expect.stringMatching(/^TLS failed \(/) });
  });
});

it('posts to no metadata address, and in the clear to loopback only', async () => {
  for (const url of [
    'https://169.254.169.254/latest',
    'https://[fd00:ec2::254]/',
    'http://hooks.example/x',
    'ftp://a/',
  ])
    await expect(attempt('slack', { slack: url })).rejects.toBeInstanceOf(z.ZodError);
});

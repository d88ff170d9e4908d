// Whoever is beside what is measured, in a process of its own: it asks `/healthz` of an API steadily, and is the front door
// that a monitor probes. Prints where that door is; told a line on its standard input, it answers what it has seen since
// the line before, and begins anew.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** In milliseconds. */
export interface Seen {
  /** The slowest answer of `/healthz`, one that is still missing included. */
  readonly slowest: number;
  /** The longest time between two probes of the front door, one that is still to come included. */
  readonly gap: number;
}

const askEveryMs = 5;
const url = process.env['BYSTANDER'] ?? '';
const now = { slowest: 0, gap: 0, askedAt: Number.NaN, probedAt: Number.NaN };
const since = (at: number) => (Number.isNaN(at) ? 0 : performance.now() - at);

const via = createServer((_request, response) => {
  now.gap = Math.max(now.gap, since(now.probedAt));
  now.probedAt = performance.now();
  response.writeHead(200, { 'content-type': 'text/plain' }).end('here');
}).listen(0, '127.0.0.1');
await once(via, 'listening');
process.stdout.write(`http://127.0.0.1:${(via.address() as AddressInfo).port}/\n`);

async function ask(): Promise<void> {
  for (;;) {
    now.askedAt = performance.now();
    await (await fetch(`${url}/healthz`)).arrayBuffer();
    now.slowest = Math.max(now.slowest, since(now.askedAt));
    now.askedAt = Number.NaN;
    await delay(askEveryMs);
  }
}

// Whoever started it may be killed.
const input = createInterface(process.stdin).on('close', () => process.exit());
input.on('line', () => {
  const seen: Seen = {
    slowest: Math.max(now.slowest, since(now.askedAt)),
    gap: Math.max(now.gap, since(now.probedAt)),
  };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  Object.assign(now, { slowest: 0, gap: 0 });
});
await ask();

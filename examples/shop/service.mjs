// The shop itself. The host starts it with --slot, --port, --release and --digest.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const option = { type: 'string' };
const { slot, port, release, digest } = parseArgs({
  options: { slot: option, port: option, release: option, digest: option },
}).values;

// A release is broken on purpose in the way that its name ends with.
const isBroken = (kind) => release.endsWith(`-${kind}`);
if (isBroken('no-start')) {
  console.error('%s cannot start', release);
  process.exit(1);
}
const failsAt = isBroken('fails-later') ? Date.now() + Number(process.env.SHOP_FAILS_AFTER_MS ?? 10_000) : Infinity;
const version = {
  release: isBroken('wrong-version') ? '0.0.0' : release,
  digest: isBroken('wrong-digest') ? `sha256:${createHash('sha256').update(digest).digest('hex')}` : digest,
  slot,
};

let visits = 0;
/** Only traffic that came through the front door meets this fault: what looks at the slot itself finds it well. */
const failsThisVisit = (request) =>
  isBroken('errors') && request.headers['x-forwarded-for'] !== undefined && ++visits % 3 === 0;

const prices = { book: 1290, pen: 240 };
const currency = 'EUR';
/** A real shop would show such a thing to nobody who cannot prove who they are. */
const sessionKey = 'c2hvcC1zZXNzaW9ucy1vZi10aGUtZXhhbXBsZQ';
const bodyLimitBytes = 16_384;

async function checkout(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > bodyLimitBytes) return [413, { error: 'too large' }];
  }
  let order;
  try {
    order = JSON.parse(text);
  } catch {
    return [400, { error: 'send JSON' }];
  }
  const { item, quantity } = order ?? {};
  if (!Object.hasOwn(prices, item) || !Number.isInteger(quantity) || quantity < 1)
    return [422, { error: 'send { item: book | pen, quantity: 1 or more }' }];
  return [201, { order: randomUUID(), item, quantity, totalCents: prices[item] * quantity, release }];
}

async function answerTo(request) {
  if (Date.now() >= failsAt) return [500, { error: 'out of order' }];
  switch (`${request.method} ${request.url.split('?')[0]}`) {
    case 'GET /':
      return failsThisVisit(request) ? [500, { error: 'out of order' }] : [200, { shop: 'open', release }];
    case 'GET /health':
      return [200, { status: 'ok' }];
    case 'GET /version':
      return [200, version];
    case 'GET /config':
      return [200, { currency, limits: { bodyBytes: bodyLimitBytes }, sessions: { key: sessionKey } }];
    case 'POST /checkout':
      return checkout(request);
    default:
      return [404, { error: 'not found' }];
  }
}

let isStopping = false;
async function respond(request, response) {
  response.on('close', () => isStopping && server.closeIdleConnections());
  try {
    const [status, body] = await answerTo(request);
    response.writeHead(status, { 'content-type': 'application/json', 'x-release': release });
    response.end(JSON.stringify(body));
  } catch {
    response.destroy(); // the request was cut off
  }
}
const server = createServer((request, response) => void respond(request, response));

/** Takes no new connection, finishes what is in flight, and ends. */
function stop() {
  if (isStopping) return;
  isStopping = true;
  server.close(() => process.exit(0));
}
process.on('SIGTERM', stop);
process.on('disconnect', stop); // the host is gone: nobody would stop this process any more
process.on('SIGINT', () => {}); // a terminal's Ctrl-C reaches the whole group; the host decides who ends when

server.listen(Number(port), '127.0.0.1', () => {
  console.log('%s listens on %s', release, port);
  process.send?.('listening');
});

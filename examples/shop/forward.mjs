import { request as send } from 'node:http';
import { pipeline } from 'node:stream';

const hopByHop = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'upgrade'];
const without = (headers, names) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

/** Nothing was answered, nothing can have changed, and there is no body that is used up: it may be sent once more. */
const mayRepeat = ({ method, headers }, code) =>
  ['GET', 'HEAD'].includes(method) &&
  headers['content-length'] === undefined &&
  headers['transfer-encoding'] === undefined &&
  ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code);

/** Sends a request to the slot that is live now, and its answer back. The slot stays the same until the answer ends. */
export function forward(request, response, liveSlot, metrics, isRepeat = false) {
  const began = performance.now();
  const slot = liveSlot();
  const count = (status) => metrics.count(slot?.release ?? null, status, performance.now() - began);
  const fail = (status, error) => {
    count(status);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error }));
  };
  if (!slot) return fail(503, 'no slot is live');

  const { release } = slot;
  const upstream = send({
    host: '127.0.0.1',
    port: slot.port,
    method: request.method,
    path: request.url,
    headers: { ...without(request.headers, hopByHop), 'x-forwarded-for': request.socket.remoteAddress ?? '' },
    agent: false, // a kept connection may be closed by the other end just as it is used again
  });
  const giveUp = () => upstream.destroy();
  response.once('close', giveUp);
  upstream.once('close', slot.enter());
  upstream.once('response', (answer) => {
    const headers = without(answer.headers, [...hopByHop, 'transfer-encoding']);
    response.writeHead(answer.statusCode, { ...(release === null ? {} : { 'x-release': release }), ...headers });
    count(answer.statusCode);
    pipeline(answer, response, () => {}); // an answer that is cut off cuts off ours
  });
  upstream.on('error', ({ code }) => {
    response.off('close', giveUp);
    if (response.headersSent || response.destroyed) return;
    if (!isRepeat && mayRepeat(request, code)) forward(request, response, liveSlot, metrics, true);
    else fail(502, 'the live slot did not answer');
  });
  if (isRepeat) upstream.end();
  else request.pipe(upstream);
}

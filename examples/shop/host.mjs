// node host.mjs --port 4000 --state DIR [--initial 1.4.1]: runs the shop in two slots behind one front door.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forward } from './forward.mjs';
import { Metrics } from './metrics.mjs';
import { artifactOf } from './release.mjs';
import { Refusal, Slot } from './slot.mjs';

const option = { type: 'string' };
const { values } = parseArgs({ options: { port: { ...option, default: '4000' }, state: option, initial: option } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65_533 || values.state === undefined) {
  console.error('usage: node host.mjs --port <port> --state <folder> [--initial <release>]');
  process.exit(2);
}
mkdirSync(values.state, { recursive: true });
const stateFile = join(values.state, 'state.json');

const slots = ['blue', 'green'].map((name, i) => new Slot(name, port + 1 + i, join(values.state, `${name}.log`)));
const slotNamed = (name) => slots.find((slot) => slot.name === name);
const metrics = new Metrics();
let live = null;
let isStopping = false;

/** What a restart of the host goes on with. */
function save() {
  const releases = Object.fromEntries(slots.map(({ name, release }) => [name, release]));
  writeFileSync(`${stateFile}.new`, JSON.stringify({ live: live?.name ?? null, releases }));
  renameSync(`${stateFile}.new`, stateFile);
}

function saved() {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return values.initial === undefined ? {} : { live: 'blue', releases: { blue: values.initial } };
  }
}

async function readJson(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 16_384) throw new Refusal(413, 'too large');
  }
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Refusal(400, 'send JSON');
  }
}

function route({ slot: name }) {
  const slot = slotNamed(name);
  if (!slot) throw new Refusal(404, 'there is no such slot');
  if (!slot.isServing) throw new Refusal(409, `${name} does not run`);
  live = slot;
  save();
}

async function stopSlot(slot) {
  if (slot === live) throw new Refusal(409, `${slot.name} serves the front door`);
  await slot.stop();
  save();
}

async function startSlot(slot, artifact) {
  if (isStopping) throw new Refusal(503, 'the host is stopping');
  const isNew = await slot.start(artifact);
  save();
  return isNew ? 201 : 200;
}

/** [status, body] of an admin request; undefined for everything that is the service's own. */
async function administer(request) {
  if (request.method === 'GET' && request.url === '/metrics') return [200, metrics.text()];
  if (request.method === 'GET' && request.url === '/metrics.json') return [200, metrics.json(live?.release ?? null)];
  const [head, name, ...rest] = request.url.split('?')[0].slice(1).split('/');
  if (rest.length > 0 || (head !== 'slots' && (head !== 'route' || name !== undefined))) return undefined;
  const slot = slotNamed(name);
  if (name !== undefined && !slot) return [404, { error: 'there is no such slot' }];
  switch (`${request.method} /${head}${slot ? '/:slot' : ''}`) {
    case 'GET /route':
      return [200, { slot: live?.name ?? null }];
    case 'PUT /route':
      route(await readJson(request));
      return [204];
    case 'GET /slots':
      return [200, Object.fromEntries(slots.map((one) => [one.name, one.describe()]))];
    case 'GET /slots/:slot':
      return [200, slot.describe()];
    case 'PUT /slots/:slot':
      return [await startSlot(slot, await readJson(request)), slot.describe()];
    case 'DELETE /slots/:slot':
      await stopSlot(slot);
      return [204];
    default:
      return [405, { error: 'not allowed' }];
  }
}

async function respond(request, response) {
  response.on('close', () => isStopping && server.closeIdleConnections());
  const answer = await administer(request).catch((error) => [error.status ?? 500, { error: error.message }]);
  if (answer === undefined) return forward(request, response, () => live, metrics);
  const [status, body] = answer;
  const isText = typeof body === 'string';
  response.writeHead(status, body ? { 'content-type': isText ? 'text/plain; version=0.0.4' : 'application/json' } : {});
  response.end(isText ? body : body && JSON.stringify(body));
}
const server = createServer((request, response) => void respond(request, response));

/** Ends the front door first, so that the slots have nothing left to answer. */
async function stop() {
  if (isStopping) return;
  isStopping = true;
  const timer = setTimeout(() => server.closeAllConnections(), 5_000);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
  await Promise.all(slots.map((slot) => slot.stop()));
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());

const before = saved();
for (const slot of slots) {
  const release = before.releases?.[slot.name];
  if (typeof release === 'string')
    await slot.start(artifactOf(release)).catch((error) => console.error(`${slot.name}: ${error.message}`));
}
live = slotNamed(before.live) ?? null;
save();
server.once('error', ({ message }) => {
  console.error(message);
  process.exit(1); // the slots notice it and end
});
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port} (${live?.name ?? 'no slot is live'})`));

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { artifactOf } from '../support/change.ts';
import type { EffectLine, EffectLog, Serves } from './effect-log.ts';

export const slotNames = ['blue', 'green'] as const;
export type SlotName = (typeof slotNames)[number];

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A request as faults see it. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly deployment: string;
  /** The step, or the check that asks; `done` where an effect is read back. */
  readonly step: string;
  /** It wants to change something. */
  readonly isAction: boolean;
  readonly undo: boolean;
  /** Has the effect, or reads, now; each call does it once more. */
  readonly act: () => Reply;
}

/** What becomes of a request: an answer of its own, the connection cut, or null, where it takes its usual way. */
export type Bend = (request: Incoming) => Promise<Reply | 'cut'> | null;

type Moment = 'arrives' | 'done';
type Listener = (moment: Moment, request: Incoming) => Promise<void> | void;

interface Slot {
  running: boolean;
  release: string | null;
  digest: string | null;
}

/** What of a target lasts, as its log has it. */
export interface TargetState {
  readonly live: SlotName;
  readonly slots: Readonly<Record<SlotName, Readonly<Slot>>>;
  readonly migrations: readonly string[];
}

/** A service in two slots behind a router, with a counter of migrations that is not idempotent. It logs every effect. */
export interface FakeTarget {
  /** `service/environment`. */
  readonly name: string;
  readonly port: number;
  readonly serves: Serves;
  /** What a question is answered when nothing bends it. */
  read(path: string): Reply;
  /** The newest comes first. Answers how to take it away. */
  bend(bend: Bend): () => void;
  /** Hears of every request for an effect as it arrives, and once the effect is there; both wait for it. */
  listen(listener: Listener): void;
  /** The front door answers 500 while this release serves. */
  breakRelease(release: string): void;
  close(): Promise<void>;
}

export interface FakeTargetOptions {
  readonly name: string;
  readonly log: EffectLog;
  readonly initial: string;
  /** It refuses a request with a lower fence than one it has seen. */
  readonly fenced: boolean;
}

export async function startFakeTarget({ name, log, initial, fenced }: FakeTargetOptions): Promise<FakeTarget> {
  const slots: Record<SlotName, Slot> = {
    blue: { running: true, release: initial, digest: artifactOf(initial).digest },
    green: { running: false, release: null, digest: null },
  };
  const migrations: string[] = [];
  const broken = new Set<string>();
  const bends: Bend[] = [];
  const listeners: Listener[] = [];
  let live: SlotName = 'blue';
  let highestFence = 0;

  const serves = (): Serves => ({ slot: live, release: slots[live].running ? slots[live].release : null });
  const state = () => JSON.stringify({ live, slots, migrations } satisfies TargetState);
  log.append({ kind: 'initial', target: name, state: state(), serves: serves() });

  function change(method: string, path: string, body: Record<string, string>): Reply {
    const slotName = slotNames.find((one) => path === `/slots/${one}`);
    if (path === '/route') {
      live = body['slot'] === 'green' ? 'green' : 'blue';
      return { status: 204, body: null };
    }
    if (slotName && method === 'DELETE') {
      if (slotName === live) return { status: 409, body: { error: 'it serves' } };
      slots[slotName] = { running: false, release: null, digest: null };
      return { status: 204, body: null };
    }
    if (slotName) {
      if (slotName === live) return { status: 409, body: { error: 'it serves' } };
      slots[slotName] = { running: true, release: body['release'] ?? null, digest: body['digest'] ?? null };
      return { status: 201, body: slots[slotName] };
    }
    if (path === '/migrations' && method === 'POST') {
      migrations.push(body['release'] ?? '');
      return { status: 201, body: { applied: migrations.length } };
    }
    if (path.startsWith('/migrations/') && method === 'DELETE') {
      const at = migrations.lastIndexOf(path.slice('/migrations/'.length));
      if (at >= 0) migrations.splice(at, 1);
      return { status: 204, body: null };
    }
    return { status: 404, body: { error: 'no such thing' } };
  }

  function read(path: string): Reply {
    const slotName = slotNames.find((one) => path.startsWith(`/slots/${one}`));
    const serving = slots[live];
    const named = path.slice(path.lastIndexOf('/') + 1);
    if (path === '/route') return { status: 200, body: { slot: live } };
    if (path.startsWith('/migrations/')) return { status: 200, body: { applied: migrations.includes(named) } };
    // Whether anything of a release is there beside what serves.
    if (path.startsWith('/leftovers/')) {
      const isLeft = migrations.includes(named) || slotNames.some((one) => slots[one].release === named);
      return { status: 200, body: { left: isLeft } };
    }
    if (slotName && path.endsWith('/health'))
      return { status: slots[slotName].running ? 200 : 503, body: slots[slotName] };
    if (slotName) return { status: 200, body: slots[slotName] };
    if (path === '/version') return { status: 200, body: { release: serving.release, digest: serving.digest } };
    const isGood = serving.running && !broken.has(serving.release ?? '');
    return { status: isGood ? 200 : 500, body: { release: serving.release } };
  }

  async function respond(request: Incoming) {
    const heard = (moment: Moment) => Promise.all(listeners.map(async (listener) => listener(moment, request)));
    if (request.isAction) await heard('arrives');
    const bent = bends.map((bend) => bend(request)).find((one) => one !== null);
    const reply = bent ? await bent : request.act();
    if (request.isAction) await heard('done');
    return reply;
  }

  const server = createServer((request, response) => {
    const begin = Date.now();
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const incoming = incomingOf(request, Buffer.concat(chunks).toString(), begin);
      void respond(incoming).then((reply) => answer(request, response, reply));
    });
  });

  function incomingOf({ method = 'GET', url: path = '/', headers }: IncomingMessage, text: string, begin: number) {
    const header = (key: string) => String(headers[key] ?? '');
    const isAction = method !== 'GET';
    const key = header('gantry-step-key');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, string>);
    const fence = Number(header('gantry-fence'));
    const said = { deployment: header('gantry-deployment'), step: header('gantry-step'), undo: key.endsWith('/undo') };
    const act = () => {
      if (!isAction) return read(path);
      const before = state();
      const isStale = fenced && fence < highestFence;
      highestFence = Math.max(highestFence, fence);
      const reply = isStale ? { status: 409, body: { error: 'a newer fence is known' } } : change(method, path, body);
      const isDone = reply.status < 300;
      const line: EffectLine = {
        kind: isDone ? 'effect' : 'refused',
        target: name,
        ...said,
        fence,
        key,
        what: `${method} ${path}${path === '/route' ? ` ${body['slot']}` : ''}`,
        digest: body['digest'] ?? null,
        begin,
        end: Date.now(),
        changed: state() !== before,
        state: state(),
        serves: serves(),
        ...(isDone ? {} : { why: isStale ? 'stale-fence' : `${reply.status}` }),
      };
      log.append(line);
      return reply;
    };
    return { method, path, ...said, isAction, act };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name,
    port: (server.address() as AddressInfo).port,
    get serves() {
      return serves();
    },
    read,
    bend(bend) {
      bends.unshift(bend);
      return () => void bends.splice(bends.indexOf(bend) >>> 0, 1);
    },
    listen: (listener) => void listeners.push(listener),
    breakRelease: (release) => void broken.add(release),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, reply: Reply | 'cut'): void {
  if (reply === 'cut') return void request.socket.destroy();
  const { release } = (reply.body ?? {}) as { release?: string };
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    ...(typeof release === 'string' ? { 'x-release': release } : {}),
  });
  if (typeof reply.body === 'string') response.end(reply.body);
  else response.end(reply.body === null ? '' : JSON.stringify(reply.body));
}

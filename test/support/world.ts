import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a release in the world behaves once it is started. */
export interface Behaviour {
  /** The front door answers this status while the release serves. */
  readonly status?: number;
  /** What `/version` names instead of the truth. */
  readonly reports?: { readonly release?: string; readonly digest?: string };
  /** Of its visitors every so-manieth is answered with a 500. */
  readonly failsEvery?: number;
  /** Starting it fails. */
  readonly startFails?: boolean;
}

interface Slot {
  running: boolean;
  release: string | null;
  digest: string | null;
}

/** A small service in two slots behind a router, with counters for a source of metrics, whose every answer a test can bend. Real HTTP on loopback. */
export interface World {
  readonly url: string;
  /** Requests that changed something, in order: `PUT /route green`. */
  readonly changes: string[];
  /** Every header of the last request that changed something. */
  lastHeaders: Readonly<Record<string, string | string[] | undefined>>;
  readonly slots: Readonly<Record<'blue' | 'green', Slot>>;
  readonly live: 'blue' | 'green';
  behave(release: string, behaviour: Behaviour): void;
  /** Answers requests whose `METHOD /path` starts with `what` in its own way, until told otherwise by null. */
  bend(what: string, how: ((answer: { status: number; body: unknown }) => Promise<void> | void) | number | null): void;
  /** The next request that starts with `what` takes effect only once `until` resolves, whoever has given it up by then. */
  delay(what: string, until: Promise<void>): void;
  /** Resolves with `METHOD /path…` when a request that starts with `what` has arrived, from now on. */
  arrival(what: string): Promise<string>;
  close(): Promise<void>;
}

type Bend = ((answer: { status: number; body: unknown }) => Promise<void> | void) | number;

export async function startWorld(initial: { readonly release: string; readonly digest: string }): Promise<World> {
  const slots = {
    blue: { running: true, ...initial } as Slot,
    green: { running: false, release: null, digest: null } as Slot,
  };
  const behaviours = new Map<string, Behaviour>();
  const bends = new Map<string, Bend>();
  const delays = new Map<string, Promise<void>>();
  const arrivals: { what: string; resolve: (said: string) => void }[] = [];
  let live: 'blue' | 'green' = 'blue';
  const changes: string[] = [];
  const visits = { 200: 0, 500: 0 };
  let lastHeaders: World['lastHeaders'] = {};

  const behaviourOf = (slot: Slot) => behaviours.get(slot.release ?? '') ?? {};
  const versionOf = (slot: Slot) => ({ release: slot.release, digest: slot.digest, ...behaviourOf(slot).reports });

  function answer(method: string, path: string, body: unknown): { status: number; body: unknown } {
    const slotName = /^\/slots\/(blue|green)/.exec(path)?.[1] as 'blue' | 'green' | undefined;
    const slot = slotName && slots[slotName];
    if (method !== 'GET')
      changes.push(`${method} ${path}${path === '/route' ? ` ${(body as { slot: string }).slot}` : ''}`);
    if (path === '/route') {
      if (method === 'PUT') {
        live = (body as { slot: 'blue' | 'green' }).slot;
        return { status: 204, body: null };
      }
      return { status: 200, body: { slot: live } };
    }
    if (slot && path === `/slots/${slotName}/health`)
      return { status: slot.running ? 200 : 503, body: versionOf(slot) };
    if (slot && method === 'PUT') {
      const { release, digest } = body as { release: string; digest: string };
      if (behaviours.get(release)?.startFails) return { status: 502, body: { error: 'does not start' } };
      Object.assign(slot, { running: true, release, digest });
      return { status: 201, body: slot };
    }
    if (slot && method === 'DELETE') {
      if (slotName === live) return { status: 409, body: { error: 'it serves' } };
      Object.assign(slot, { running: false, release: null, digest: null });
      return { status: 204, body: null };
    }
    if (slot) return { status: 200, body: slot };
    if (path === '/version') return { status: 200, body: versionOf(slots[live]) };
    if (path === '/metrics')
      return {
        status: 200,
        body: Object.entries(visits)
          .map(([code, number]) => `shop_requests_total{code="${code}"} ${number}\n`)
          .join(''),
      };
    const { failsEvery = Infinity, status } = behaviourOf(slots[live]);
    if (path !== '/') return { status: status ?? 200, body: versionOf(slots[live]) };
    const code = (visits[200] + visits[500] + 1) % failsEvery === 0 ? 500 : 200;
    visits[code] += 1;
    return { status: status ?? code, body: versionOf(slots[live]) };
  }

  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', url = '/' } = request;
      const text = Buffer.concat(chunks).toString();
      const said = `${method} ${url}`;
      for (const one of arrivals.filter(({ what }) => said.startsWith(what))) one.resolve(said);
      if (method !== 'GET') lastHeaders = request.headers;
      void respond(said, method, url, text === '' ? null : JSON.parse(text)).then(
        ({ status, body }) => {
          const isText = typeof body === 'string';
          response.writeHead(status, {
            'content-type': isText ? 'text/plain; version=0.0.4' : 'application/json',
            'x-release': slots[live].release ?? '',
          });
          response.end(body === null ? '' : isText ? body : JSON.stringify(body));
        },
        () => request.socket.destroy(),
      );
    });
  });
  async function respond(said: string, method: string, path: string, body: unknown) {
    const bent = [...bends].find(([what]) => said.startsWith(what))?.[1];
    if (typeof bent === 'number') return { status: bent, body: { bent: true } };
    const late = [...delays].find(([what]) => said.startsWith(what));
    if (late) {
      delays.delete(late[0]);
      await late[1];
    }
    const given = answer(method, path, body);
    if (bent) await bent(given);
    return given;
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    get lastHeaders() {
      return lastHeaders;
    },
    slots,
    get live() {
      return live;
    },
    behave: (release, behaviour) => void behaviours.set(release, behaviour),
    bend: (what, how) => void (how === null ? bends.delete(what) : bends.set(what, how)),
    delay: (what, until) => void delays.set(what, until),
    arrival: (what) => new Promise((resolve) => arrivals.push({ what, resolve })),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

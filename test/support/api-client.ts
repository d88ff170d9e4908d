import type { Status } from '../../src/domain/deployment/status.ts';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import { artifactOf, type ChangeOptions, changeOf } from './change.ts';
import { remember, waitFor } from './ended.ts';
import { type Evidence, evidenceFor } from './evidence.ts';
import { startWorld, type World } from './world.ts';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** People and robots who speak to the API over HTTP. */
export interface ApiClient {
  readonly url: string;
  /** Says something to the API as somebody (a subject, or a token). */
  call<Body = Record<string, unknown>>(
    as: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>;
  /** A world of its own for one test, adopted as it runs. */
  world(service: string, environment?: string): Promise<World>;
  submitEvidence(release: string, how?: Evidence): Promise<void>;
  /** Requests a deployment, with evidence; answers its id. */
  request(world: World, options?: ChangeOptions): Promise<string>;
  status(id: string): Promise<Status>;
  /** Waits until the status is as asked, by the API's own waiting. */
  until(id: string, is: (status: Status) => boolean): Promise<Status>;
  ended(id: string): Promise<Status>;
  journal(id: string): Promise<readonly JournalEntry[]>;
  approve(id: string, as?: string, gate?: string): Promise<void>;
  /** Requests, approves as Bob and waits for the end. */
  deploy(
    world: World,
    options?: ChangeOptions,
  ): Promise<{ readonly id: string; readonly status: Status; readonly journal: readonly JournalEntry[] }>;
  /** The record as Markdown. */
  record(id: string): Promise<string>;
  closeWorlds(): Promise<void>;
}

let keys = 0;

const isOfTemporal = ({ status, body }: Answer<unknown>) =>
  status === 503 && typeof body === 'object' && body !== null && 'code' in body && body.code === 'engine-unavailable';

export function createApiClient(url: string, tokens: ReadonlyMap<string, string>): ApiClient {
  const worlds: World[] = [];
  const call: ApiClient['call'] = async (as, method, path, body, headers = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens.get(as) ?? as}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  const good = async <Body = Record<string, unknown>>(...args: Parameters<ApiClient['call']>): Promise<Body> => {
    let answer = await call<Body>(...args);
    // What people do who are told that Temporal does not answer: after it was away, on a busy machine.
    for (let tries = 1; tries < 5 && isOfTemporal(answer); tries += 1) answer = await call<Body>(...args);
    if (answer.status >= 400) throw new Error(`${args[1]} ${args[2]}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const api: ApiClient = {
    url,
    call,
    async world(service, environment = 'production') {
      const world = await startWorld({ release: '1.4.1', digest: artifactOf('1.4.1').digest });
      worlds.push(world);
      const served = { release: '1.4.1', artifact: artifactOf('1.4.1'), slot: 'blue' };
      // Suites have more services than their policies name.
      const adoption = { ...served, reason: 'as it runs', unknownService: 'accept' };
      keys += 1;
      const headers = { 'idempotency-key': `adopt-${keys}` };
      const path = `/v1/targets/${service}/${environment}/adopt`;
      // As people do: what says that it may be repeated is, with the same key, while a busy machine gives no answer.
      for (let again = 0; ; again += 1)
        try {
          await good('key:carol', 'POST', path, adoption, headers);
          return world;
        } catch (error) {
          if (again === 3 || !String(error).includes('"engine-unavailable"')) throw error;
        }
    },
    async submitEvidence(release, how = {}) {
      await good('key:ci-shop', 'POST', '/v1/evidence', evidenceFor(artifactOf(release).digest, how));
    },
    async request(world, given = {}) {
      await api.submitEvidence(given.release ?? '1.4.2');
      keys += 1;
      const headers = { 'idempotency-key': given.key ?? `test-${keys}` };
      return (await good<{ id: string }>('key:alice', 'POST', '/v1/deployments', changeOf(world, given), headers)).id;
    },
    status: (id) => good<Status>('key:alice', 'GET', `/v1/deployments/${id}`),
    async until(id, is) {
      let status: Status | null = null;
      const waitedFor = waitFor(() => `${id} was to come to ${is.toString()}, and was last ${JSON.stringify(status)}`);
      try {
        status = await api.status(id);
        while (!is(status)) {
          if (status.outcome !== null)
            throw new Error(
              `${id} has ended as ${status.outcome}: ${JSON.stringify((await api.journal(id)).slice(-6))}`,
            );
          status = await good<Status>('key:alice', 'GET', `/v1/deployments/${id}?wait=20s&seq=${status.seq}`);
        }
        return status;
      } finally {
        waitedFor();
      }
    },
    async ended(id) {
      const status = await api.until(id, ({ outcome }) => outcome !== null);
      remember(async () => {
        const journal = await api.journal(id);
        const cause = entriesOf(journal, 'rollback-started')[0]?.cause ?? entriesOf(journal, 'ended')[0]?.cause;
        return `${id} ended as ${status.outcome}${cause ? ` because of ${JSON.stringify(cause)}` : ''}`;
      });
      return status;
    },
    async journal(id) {
      const all: JournalEntry[] = [];
      for (;;) {
        const path = `/v1/deployments/${id}/journal?after=${all.length}&limit=500`;
        const { items } = await good<{ items: JournalEntry[] }>('key:alice', 'GET', path);
        all.push(...items);
        if (items.length < 500) return all;
      }
    },
    async approve(id, as = 'key:bob', gate = 'start') {
      const { planDigest } = await api.status(id);
      await good(as, 'POST', `/v1/deployments/${id}/approve`, { planDigest, gate });
    },
    async deploy(world, given) {
      const id = await api.request(world, given);
      await api.until(id, ({ phase }) => phase === 'awaiting-approval');
      await api.approve(id);
      const status = await api.ended(id);
      return { id, status, journal: await api.journal(id) };
    },
    record: async (id) =>
      (await call<string>('key:alice', 'GET', `/v1/deployments/${id}/record`, undefined, { accept: 'text/markdown' }))
        .body,
    async closeWorlds() {
      await Promise.all(worlds.splice(0).map((world) => world.close()));
    },
  };
  return api;
}

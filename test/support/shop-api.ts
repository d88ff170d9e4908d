import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { problemOf } from '../../src/api/http/problem.ts';
import type { Status } from '../../src/cli/render/status.ts';
import { GantryError } from '../../src/domain/base/errors.ts';
import { goodJournal } from './journal.ts';
import { runningStatus } from './status.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, second)).toISOString();
const artifact = { uri: 'shop:1.4.2', digest: `sha256:${'ab'.repeat(32)}` };
const digest = `sha256:${'cd'.repeat(32)}`;
const alice = { subject: 'key:alice', name: 'Alice Roe' };

/** Deployments of shop/production, by their number: how each came out; the seventh runs. */
const outcomes: Readonly<Record<number, Status['outcome']>> = {
  1: 'rolled-back',
  2: 'needs-intervention',
  6: 'succeeded',
  7: null,
};

/** Null: there is none of this number. */
function statusOf(id: string): Status | null {
  const number = Number(/^shop\.production\.(\d+)$/.exec(id)?.[1]);
  const outcome = outcomes[number];
  if (outcome === undefined) return null;
  const ended: Pick<Status, 'waitingFor' | 'ifAborted' | 'can' | 'health'> = {
    waitingFor: [],
    ifAborted: [],
    can: [],
    health: [],
  };
  return {
    ...runningStatus,
    id,
    number,
    workflowId: `deployment/shop/production/${number}`,
    outcome,
    seq: 1,
    links: { self: `/v1/deployments/${id}` },
    ...(outcome === null ? {} : ended),
  };
}

const listed = {
  id: 'shop.production.7',
  workflowId: 'deployment/shop/production/7',
  number: 7,
  service: 'shop',
  environment: 'production',
  release: '1.4.2',
  artifactDigest: artifact.digest,
  planDigest: digest,
  requester: 'key:alice',
  requestedAt: at(0),
  phase: 'executing',
  outcome: null,
  endedAt: null,
  lastSeq: 1,
};
const target = {
  service: 'shop',
  environment: 'production',
  lastNumber: 7,
  fence: 7,
  live: { release: '1.4.1', artifact, since: at(0), deployment: 'shop.production.6' },
  slot: 'blue',
  lock: { deployment: 'shop.production.7', fence: 7, since: at(1) },
  reviews: [{ deployment: 'shop.production.6', dueAt: at(50), overdue: false }],
  queue: [],
  open: ['shop.production.7'],
  needsIntervention: false,
};
const freeze = {
  id: 'f1',
  scope: { kind: 'target', service: 'shop', environment: 'production' },
  reason: 'the fair',
  from: at(0),
  until: null,
  createdAt: at(0),
  createdBy: 'key:alice',
  lifted: null,
  state: 'active',
};
const procedure = { digest, description: 'From slot to slot', environments: null };
const plan = {
  planDigest: digest,
  plan: goodJournal().plan,
  changed: [{ pointer: '/release', before: '1.4.1', after: '1.4.2' }],
  changedMore: 0,
  changedSince: { deployment: 'shop.production.6', release: '1.4.1', planDigest: digest },
};
const evidence = {
  digest,
  artifactDigest: artifact.digest,
  stage: 'system',
  result: 'PASSED',
  startedOn: at(0),
  finishedOn: at(1),
  url: null,
  submittedBy: 'key:alice',
  submittedAt: at(2),
};

/** Of everything but single deployments. */
const answers: Readonly<Record<string, unknown>> = {
  'GET /v1/caller': {
    ...alice,
    kind: 'person',
    roles: ['service-owner'],
    may: [],
    services: null,
    credential: { kind: 'key', id: null, scopes: null, expiresAt: null },
  },
  'GET /v1/deployments': { items: [listed], next: null },
  'POST /v1/deployments': statusOf('shop.production.7'),
  'POST /v1/plans': { ...plan, outlook: [], steps: [], checks: [], maxDurationMs: 1_000, gates: [], sameName: [] },
  'GET /v1/targets': { items: [target], next: null },
  'GET /v1/targets/shop/production': target,
  'POST /v1/targets/shop/production/adopt': target,
  'POST /v1/targets/shop/production/review': target,
  'POST /v1/targets/shop/production/resolve': {
    id: 'shop.production.8',
    number: 8,
    workflowId: 'deployment/shop/production/8',
  },
  'GET /v1/freezes': { items: [freeze], next: null },
  'POST /v1/freezes': { ...freeze, targets: ['shop/production'] },
  'GET /v1/freezes/f1': freeze,
  'DELETE /v1/freezes/f1': {
    ...freeze,
    state: 'lifted',
    lifted: { at: at(9), by: 'key:alice', reason: 'over' },
  },
  'GET /v1/evidence': { evidence: [evidence], refused: [] },
  'POST /v1/evidence': { evidence: [{ ...evidence, shard: null, signers: ['ci'] }] },
  'GET /v1/policy': {
    digest,
    fault: null,
    environments: ['production'],
    explained: [{ kind: 'heading', text: 'Environment production' }],
  },
  'GET /v1/procedures': { items: [{ name: 'blue-green', procedure, fault: null }] },
  'GET /v1/procedures/blue-green': {
    ...procedure,
    name: 'blue-green',
    parameters: [],
    steps: [{ id: 'switch', title: 'Move traffic', kind: 'http' }],
    health: [{ id: 'front-door', kind: 'availability' }],
    monitoring: '15m',
    files: [],
  },
  'GET /v1/keys': { items: [{ id: 'ed25519-1', publicKey: 'ab'.repeat(32) }] },
};

/** An API that has one service, and answers the same whatever it is told. */
export interface ShopApi {
  readonly url: string;
  /** Adds an entry to the journal of the deployment that runs, and answers who waits for it. */
  add(entry: { readonly type: string; readonly [member: string]: unknown }): void;
  /** What matches (`GET /v1/keys`) is answered by this from now on, until the returned function is called. */
  instead(of: RegExp, answer: (response: ServerResponse) => unknown): () => void;
  /** Cuts every connection and answers nobody until `comeBack` is called. `refused`: how many have asked meanwhile. */
  leave(): { readonly refused: () => number; readonly comeBack: () => void };
  close(): void;
}

export async function startShopApi(): Promise<ShopApi> {
  const journal = [{ v: 1, seq: 1, at: at(0), type: 'requested' }];
  /** Who waits for more of the journal. */
  const readers: (() => void)[] = [];
  const special = new Map<RegExp, (response: ServerResponse) => unknown>();

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    await text(request);
    const { method = '', url = '' } = request;
    for (const [of, instead] of special) if (of.test(`${method} ${url}`)) return instead(response);
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const absent = () => json(404, problemOf(new GantryError('not-found', `Nothing is at ${pathname}.`)));
    const [, id = '', rest = ''] = /^\/v1\/deployments\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
    if (id === '') return answers[`${method} ${pathname}`] ? json(200, answers[`${method} ${pathname}`]) : absent();
    const status = statusOf(id);
    if (!status) return absent();
    if (method === 'POST') return json(200, status);
    const entries = status.outcome === null ? journal : [{ v: 1, seq: 1, at: at(0), type: 'ended' }];
    switch (rest) {
      case '/record':
        return response.writeHead(200, { 'content-type': 'text/markdown' }).end('# Record of shop\n');
      case '/plan':
        return json(200, plan);
      case '/journal':
        return json(200, {
          items: entries.filter(({ seq }) => seq > Number(searchParams.get('after'))),
          next: entries.length,
        });
      case '':
        if (status.outcome === null && Number(searchParams.get('seq')) >= journal.length)
          await new Promise<void>((resolve) => readers.push(resolve));
        return json(200, { ...status, seq: entries.length });
      default:
        return absent();
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add(entry) {
      journal.push({ v: 1, seq: journal.length + 1, at: at(journal.length), ...entry });
      for (const tell of readers.splice(0)) tell();
    },
    instead(of, by) {
      special.set(of, by);
      return () => special.delete(of);
    },
    leave() {
      server.closeAllConnections();
      let refused = 0;
      special.set(/./, (response) => {
        refused += 1;
        response.destroy();
      });
      return { refused: () => refused, comeBack: () => special.clear() };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

import { z } from 'zod';
import { createAdapters } from '../../../src/adapters/index.ts';
import type { JsonObject } from '../../../src/domain/base/json.ts';
import { stages } from '../../../src/domain/base/stages.ts';
import { type EvidenceRow } from '../../../src/domain/evidence/evidence.ts';
import type { ActionAdapter, AdapterCatalog, CheckAdapter } from '../../../src/domain/kinds/adapter.ts';
import type { PlanningInput } from '../../../src/domain/planning/input.ts';
import { procedureSchema } from '../../../src/domain/planning/procedure.ts';
import { deploymentRequestSchema } from '../../../src/domain/planning/request.ts';
import { policySchema } from '../../../src/domain/policy/policy.ts';

/** Documents of a small blue/green service as people write them, for tests to change in one place and parse. */

export const artifactDigest = `sha256:${'9f2c'.repeat(15)}ee41`;
export const previousDigest = `sha256:${'77b0'.repeat(15)}a0c9`;
export const digestFilledWith = (digit: string) => `sha256:${digit.repeat(64)}`;

const notRun = () => Promise.reject(new Error('planning runs no adapter'));
const argv = z.array(z.string().refine((word) => !word.includes('\0'), 'an argument has no NUL')).min(1);
const command = z.strictObject({ command: argv, env: z.record(z.string(), z.string()).optional() });
const http = z.strictObject({
  http: z.url(),
  method: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  status: z.int().optional(),
  json: z.record(z.string(), z.json()).optional(),
  body: z.json().optional(),
  absent: z.union([z.int(), z.array(z.int())]).optional(),
});
const availability = z.strictObject({ availability: z.url(), rate: z.int().min(1) });

/** Kinds as they are, but for what their schemas ask of addresses, and for what they do. */
const known = createAdapters();
const real = <Adapter>(adapter: Adapter | undefined): Adapter => {
  if (!adapter) throw new Error('no such kind');
  return adapter;
};
const action = (kind: string, schema: z.ZodType): ActionAdapter => ({
  ...real(known.actions.get(kind)),
  schema: schema as never,
  run: notRun,
});
const check = (kind: string, schema: z.ZodType): CheckAdapter => ({
  ...real(known.checks.get(kind)),
  schema: schema as never,
  measure: notRun,
});

export const catalog: AdapterCatalog = {
  actions: new Map([
    ['command', action('command', command)],
    ['http', action('http', http)],
  ]),
  checks: new Map([
    ['command', check('command', command)],
    ['http', check('http', http)],
    ['availability', { ...check('availability', availability), pace: () => ({ intervalMs: 50, windowSize: 20 }) }],
  ]),
};

export function procedureDocument() {
  return {
    gantry: 1,
    procedure: 'shop-blue-green',
    description: 'Start the idle slot on the new release, check it, then move traffic to it.',
    parameters: { hold: { type: 'duration', default: '30s', maximum: '1h' } } as JsonObject,
    files: ['shopctl'],
    slots: { blue: { url: 'http://127.0.0.1:4001' }, green: { url: 'http://127.0.0.1:4002' } } as JsonObject,
    steps: [
      {
        id: 'start-idle',
        title: 'Start the idle slot on the new release',
        do: { command: ['./shopctl', 'start', '${slot.idle.name}', '${artifact.digest}'], timeout: '30s' },
        undo: { command: ['./shopctl', 'stop', '${slot.idle.name}'] },
        done: { http: '${slot.idle.url}/version', json: { '/digest': '${artifact.digest}' } },
        verify: [{ id: 'version', http: '${slot.idle.url}/version', json: { '/digest': '${artifact.digest}' } }],
      },
      {
        id: 'warm-up',
        title: 'Warm the idle slot up',
        do: { command: ['./shopctl', 'warm', '${slot.idle.name}'], timeout: '30s' },
        undo: { none: 'warming changes nothing' },
        verify: { none: 'the next check sees it' },
      },
      {
        id: 'switch',
        title: 'Move traffic to the new release',
        do: { http: 'http://127.0.0.1:4000/route', method: 'PUT', body: { slot: '${slot.idle.name}' } },
        undo: { http: 'http://127.0.0.1:4000/route', method: 'PUT', body: { slot: '${slot.live.name}' } },
        done: { http: 'http://127.0.0.1:4000/route', json: { '/slot': '${slot.idle.name}' } },
        retry: { attempts: 3, backoff: '1s', idempotent: true },
        verify: [{ id: 'route', http: 'http://127.0.0.1:4000/route', within: '5s' }],
      },
      { id: 'watch', title: 'Watch the new release under traffic', hold: '${parameters.hold}' },
      { id: 'go', title: 'Owner says go', gate: { role: 'service-owner', minimum: 1, within: '1h' } },
    ] as JsonObject[],
    health: [{ id: 'front-door', availability: 'http://127.0.0.1:4000/', rate: 20, failureLimit: 3 }],
    validation: {
      smoke: [{ id: 'home', http: 'http://127.0.0.1:4000/', status: 200 }],
      performance: { none: 'no metrics source in this environment' },
      integrations: { none: 'the shop calls nobody' },
      features: [{ id: 'checkout', command: ['./shopctl', 'try-checkout'] }],
    } as JsonObject,
    rollback: { verify: [{ id: 'previous', http: 'http://127.0.0.1:4000/', json: { '/release': '${live.release}' } }] },
    monitoring: { period: '15m', handoff: { role: 'support', within: '4h' } } as JsonObject,
  };
}

/** The same for two environments that are apart: each has a front door and slots of its own, and everything is told where it is. */
export function procedureOfTwo() {
  const told = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace('http://127.0.0.1:4000', '${env.front}');
    if (Array.isArray(value)) return value.map(told);
    if (value === null || typeof value !== 'object') return value;
    const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, told(member)]));
    return 'command' in members ? { ...members, env: { SHOP_URL: '${env.front}' } } : members;
  };
  const { slots, ...document } = told(procedureDocument()) as ReturnType<typeof procedureDocument>;
  const staging = { blue: { url: 'http://127.0.0.1:5001' }, green: { url: 'http://127.0.0.1:5002' } };
  return {
    ...document,
    environments: {
      staging: { values: { front: 'http://127.0.0.1:5000' }, slots: staging },
      production: { values: { front: 'http://127.0.0.1:4000' } },
    } as JsonObject,
    slots,
  };
}

export function policyDocument() {
  return {
    gantry: 1,
    people: [
      { subject: 'key:alice', name: 'Alice Roe', roles: ['developer'], aliases: ['github:alice'] },
      { subject: 'key:bob', name: 'Bob May', roles: ['service-owner'], aliases: ['github:bob'] },
      { subject: 'key:carol', name: 'Carol Lind', roles: ['change-manager', 'service-owner'] },
      { subject: 'key:dan', name: 'Dan Ode', roles: ['support'] },
    ],
    robots: [{ subject: 'key:ci-shop', name: 'CI of shop', may: ['submit-evidence', 'request'] }],
    environments: { production: environmentDocument() } as JsonObject,
  };
}

/** The same with other rules of its environment. */
export const policyDocumentWith = (rules: object) => ({
  ...policyDocument(),
  environments: { production: { ...environmentDocument(), ...rules } } as JsonObject,
});

export function environmentDocument() {
  return {
    evidence: { maxAge: '7d' } as JsonObject,
    approvals: {
      expireAfter: '24h',
      rules: [
        { role: 'service-owner', minimum: 1 },
        { role: 'change-manager', minimum: 1 },
      ],
    } as JsonObject,
    readiness: { roles: ['support'], within: '8h' } as JsonObject,
    stakeholders: [
      { name: 'Shop team', log: true, on: ['requested', 'approval-wanted', 'deployed', 'ended', 'page'] },
    ] as JsonObject[],
    messages: { unsigned: 'accept' } as JsonObject,
    monitoring: { minimum: '15m' } as JsonObject,
  };
}

export function requestDocument() {
  return {
    service: 'shop',
    environment: 'production',
    release: '1.4.2',
    artifact: { uri: `ghcr.io/acme/shop@${artifactDigest}`, digest: artifactDigest } as JsonObject,
    procedure: 'shop-blue-green',
    change: {
      summary: 'Cheaper shipping to Norway',
      reason: 'The contract with the carrier starts on 2026-12-01',
      type: 'normal',
      risk: 'low',
      impact: 'checkout',
      ticket: 'SHOP-311',
      authors: ['github:alice'],
      onBehalfOf: 'key:alice',
    } as JsonObject,
  };
}

/** A policy whose production asks for a rehearsal in staging, a procedure that knows both, and a request for one there. */
export function rehearsalDocuments() {
  const { environments, ...policy } = policyDocument();
  const production = { ...environmentDocument(), rehearsal: { maxAge: '30d', environment: 'staging' } };
  return {
    policy: { ...policy, environments: { ...environments, production, staging: environmentDocument() } },
    procedure: procedureOfTwo(),
    request: { ...requestDocument(), mode: 'rehearsal', environment: 'staging' },
  };
}

/** Evidence of all five stages, each an hour after the one before; the last finished at 2026-11-23T08:30:00.000Z. */
export function evidenceRows(): EvidenceRow[] {
  return stages.map((stage, i) => ({
    digest: digestFilledWith(String(i + 1)),
    artifactDigest,
    stage,
    result: 'PASSED',
    startedOn: `2026-11-23T0${4 + i}:00:00.000Z`,
    finishedOn: `2026-11-23T0${4 + i}:30:00.000Z`,
    url: 'https://ci.example/8841',
    submittedBy: 'key:ci-shop',
    submittedAt: `2026-11-23T0${4 + i}:31:00.000Z`,
    envelope: null,
  }));
}

interface Documents {
  readonly procedure?: unknown;
  readonly policy?: unknown;
  readonly request?: unknown;
}

/** The documents, parsed, with everything else that planning takes. */
export function planningInput(documents: Documents = {}): PlanningInput {
  return {
    request: deploymentRequestSchema.parse(documents.request ?? requestDocument()),
    requester: { subject: 'key:ci-shop', name: 'CI of shop' },
    procedure: procedureSchema.parse(documents.procedure ?? procedureDocument()),
    procedureDigest: digestFilledWith('c'),
    files: [{ path: 'shopctl', digest: digestFilledWith('f') }],
    policy: policySchema.parse(documents.policy ?? policyDocument()),
    policyDigest: digestFilledWith('8'),
    evidence: evidenceRows(),
    catalog,
    messageKey: null,
    typicalRunMs: null,
    now: Date.parse('2026-11-23T09:00:00.000Z'),
  };
}

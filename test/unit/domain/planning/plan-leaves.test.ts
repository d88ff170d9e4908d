import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/deployment/decide-message.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import type { Actor } from '../../../../src/domain/journal/values.ts';
import type { Change, FrozenPolicy, Plan, Repair } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { digestPlan } from '../../../../src/domain/planning/plan-digest.ts';
import {
  environmentDocument,
  planningInput,
  policyDocument,
  procedureOfTwo,
  requestDocument,
} from '../planning-input.ts';

type Path = readonly (string | number)[];

/** A plan with everything in it that a procedure, a request and a policy can say. */
function richPlan(): Plan {
  const procedure = procedureOfTwo();
  const repositories = {
    runbooks: {
      url: 'https://git.example/runbooks.git',
      author: { name: 'Gantry', email: 'gantry@shop.example' },
      credentials: { password: '${secret:git-runbooks}' },
    },
  };
  const configuration = [
    { id: 'app', http: '${slot.live.url}/config', keys: ['color', { key: 'token', secret: true }] },
    { id: 'env', file: '/etc/shop.env', keys: ['LEVEL'] },
  ];
  const call = { id: 'call', title: 'Phone the bank', revertible: false, reason: 'a call cannot be unsaid' };
  const manual = { instructions: 'Phone the desk', role: 'support', within: '2h' };
  const [start, ...others] = procedure.steps;
  const documents = [
    { repository: 'runbooks', path: 'shop.md' },
    { repository: 'runbooks', path: 'records', record: true },
  ];
  const steps = [
    { ...start, retry: { attempts: 2, backoff: '1s' }, changes: ['app/color'] },
    ...others,
    { ...call, manual },
  ];
  const { production } = policyDocument().environments;
  const rules = {
    ...(production as object),
    operators: ['change-manager'],
    commands: 'isolated',
    emergency: { role: 'service-owner', waives: ['window'], review: { within: '48h', blocksNext: true } },
    readiness: { roles: ['support', { role: 'change-manager', onCall: true }], within: '8h' },
    rehearsal: { maxAge: '30d', environment: 'staging' },
    windows: {
      timeZone: 'Europe/Berlin',
      allow: [{ rrule: 'FREQ=DAILY', start: '09:00', end: '16:00' }],
      freezes: [{ from: '2026-12-20T00:00', until: '2027-01-04T00:00', reason: 'the holidays' }],
      runway: '30m',
    },
    limits: { gate: '2h' },
    require: { validation: ['smoke', 'features'], availability: true, artifactReadBack: true },
  };
  return freezePlan({
    ...planningInput({
      procedure: { ...procedure, steps, documents, configuration },
      policy: {
        ...policyDocument(),
        repositories,
        environments: { production: rules, staging: environmentDocument() },
      },
      request: {
        ...requestDocument(),
        parameters: { hold: '20s' },
        change: { ...requestDocument().change, type: 'emergency' },
      },
    }),
    messageKey: 'ab'.repeat(32),
  }).plan;
}

// The compiler keeps these lists whole: whoever adds a part to plans adds it here, and to the rich plan above.
const parts = {
  v: true,
  mode: true,
  service: true,
  environment: true,
  release: true,
  artifact: true,
  requester: true,
  change: true,
  procedure: true,
  parameters: true,
  env: true,
  files: true,
  slots: true,
  steps: true,
  health: true,
  validation: true,
  rollback: true,
  monitoring: true,
  policy: true,
  evidence: true,
  maxDurationMs: true,
  configuration: true,
  documents: true,
  repair: true,
} satisfies Record<keyof Plan, true>;
const policyParts = {
  digest: true,
  people: true,
  robots: true,
  evidence: true,
  rehearsal: true,
  approvals: true,
  windows: true,
  readiness: true,
  standing: true,
  emergency: true,
  stakeholders: true,
  require: true,
  messages: true,
  commands: true,
  operators: true,
  limits: true,
  paging: true,
} satisfies Record<keyof FrozenPolicy, true>;
const changeParts = {
  summary: true,
  reason: true,
  type: true,
  risk: true,
  impact: true,
  ticket: true,
  authors: true,
  onBehalfOf: true,
  initial: true,
} satisfies Record<keyof Change, true>;

function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.length === 0 ? [path] : members.flatMap(([key, member]) => leavesOf(member, [...path, key]));
}

/** Something else of the same kind in place of a leaf. */
function otherThan(leaf: unknown): unknown {
  if (typeof leaf === 'string') return `${leaf}x`;
  if (typeof leaf === 'number') return leaf + 1;
  if (typeof leaf === 'boolean') return !leaf;
  return Array.isArray(leaf) ? ['x'] : leaf === null ? 'x' : { x: 'x' };
}

function withOther<T>(value: T, [key, ...rest]: Path): T {
  if (key === undefined) return otherThan(value) as T;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
  copy[key] = withOther(copy[key], rest);
  return copy as T;
}

const plan = richPlan();
const { planDigest } = digestPlan(plan);
const isEmpty = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
const approver = (subject: string): Actor => ({ subject, name: subject, via: 'api', identity: 'verified' });

describe('a plan that has everything in it', () => {
  it('has every part that a plan can have, and none is empty', () => {
    expect(Object.keys(plan).sort()).toEqual(Object.keys(parts).sort());
    expect(Object.keys(plan.policy).sort()).toEqual(Object.keys(policyParts).sort());
    expect(Object.keys(plan.change).sort()).toEqual(Object.keys(changeParts).sort());
    // Only a plan that Gantry itself wrote has a repair; no approval is asked for it.
    const filled = [...Object.entries(plan), ...Object.entries(plan.policy), ...Object.entries(plan.change)];
    expect(filled.filter(([, value]) => isEmpty(value)).map(([name]) => name)).toEqual(['repair', 'standing']);
    expect(new Set(plan.steps.map(({ kind }) => kind))).toEqual(new Set(['action', 'hold', 'gate', 'manual']));
  });

  it('has hundreds of leaves', () => expect(leavesOf(plan).length).toBeGreaterThan(200));
});

it.each(leavesOf(plan).map((path) => [`/${path.join('/')}`, path] as const))(
  'an approval of the plan is void once %s is another',
  (_, path) => {
    const other = withOther(plan, path);
    const sealed = digestPlan(other);
    expect(sealed.planDigest).not.toBe(planDigest);
    // A repair asks nobody; nor does a standard change, which stands on an approval of its own.
    if (path[0] === 'repair' || path[1] === 'standing') return;
    const state = { ...initialState(other), phase: 'awaiting-approval' as const };
    const argument = { by: 'x', gate: 'start', planDigest };
    // Whoever the other plan still knows.
    const codes = other.policy.people.map(({ subject }) => {
      const context = { plan: other, planDigest: sealed.planDigest, state, actor: approver(subject) };
      const decision = decide(context, { name: 'approve', argument });
      return decision.kind === 'refused' ? decision.code : decision.kind;
    });
    expect(new Set(codes)).toEqual(new Set(['plan-changed']));
  },
);

it('the same approval counts for the plan that it names', () => {
  const requestedAt = '2026-11-23T09:00:00.000Z';
  const state = { ...initialState(plan), requestedAt, phase: 'awaiting-approval' as const };
  const argument = { by: 'key:bob', gate: 'start', planDigest };
  const context = { plan, planDigest, state, actor: approver('key:bob') };
  expect(decide(context, { name: 'approve', argument })).toMatchObject({ kind: 'accepted' });
});

it('every leaf of a repair’s outstanding compensations is part of its digest', () => {
  const [first] = plan.steps;
  const undo = first?.kind === 'action' ? first.undo : null;
  if (!undo || first?.kind !== 'action') throw new Error('the first step acts');
  const live = { release: '1.4.1', artifact: plan.artifact, since: '2026-11-19T10:02:44.190Z', deployment: 'x.y.1' };
  const bindings = { deployment: 'shop.production.1', fence: 1, live, slot: { live: { a: 1 }, idle: { a: 2 } } };
  const outstanding = [{ step: 'start-idle', title: 'Start', undo, done: first.done, settleMs: 5_000 }];
  const repair: Repair = {
    of: 'shop.production.1',
    decision: 'compensate',
    reason: 'it broke',
    outstanding,
    unsure: ['start-idle'],
    live,
    slot: 'blue',
    bindings,
    badBefore: ['previous'],
  };
  const repairing = { ...plan, repair };
  const digests = leavesOf(repair).map((path) => digestPlan(withOther(repairing, ['repair', ...path])).planDigest);
  expect(new Set([...digests, digestPlan(repairing).planDigest]).size).toBe(digests.length + 1);
});

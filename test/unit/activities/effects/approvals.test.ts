import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { approvedBy } from '../../../../src/activities/effects/approvals.ts';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import type { MessageArgument } from '../../../../src/domain/messages/messages.ts';
import type { ActionStep, GateStep, Plan } from '../../../../src/domain/plan/plan.ts';
import { partName, sealsOf } from '../../../../src/domain/plan/seals.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { digestPlan } from '../../../../src/domain/planning/plan-digest.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { keyIdOf, partSealOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../../../src/main/keys/message-key.ts';
import { planningInput, policyDocument } from '../../domain/planning-input.ts';

const { plan: frozen } = freezePlan(planningInput());
const actions = frozen.steps.filter((step): step is ActionStep => step.kind === 'action');
const [first, last] = [actions[0], actions.at(-1)] as [ActionStep, ActionStep];
const gate: GateStep = { kind: 'gate', id: 'go', title: 'Go', role: 'change-manager', minimum: 1, withinMs: 60_000 };
const rules = [
  { role: 'service-owner', minimum: 1 },
  { role: 'change-manager', minimum: 1 },
];
const people = [
  { subject: 'key:alice', name: 'Alice', roles: ['developer'], aliases: [] },
  { subject: 'key:bob', name: 'Bob', roles: ['service-owner', 'change-manager'], aliases: ['github:bob'] },
  { subject: 'key:dora', name: 'Dora', roles: ['service-owner'], aliases: [] },
  { subject: 'key:carol', name: 'Carol', roles: ['change-manager'], aliases: [] },
];
/** A gate stands between its first action and its last. */
const { plan, planDigest } = digestPlan({
  ...frozen,
  steps: [first, gate, last],
  policy: {
    ...frozen.policy,
    people,
    approvals: { ...frozen.policy.approvals, rules },
    messages: { ...frozen.policy.messages, unsigned: 'refuse' },
  },
});

const deployment = 'shop.production.7';

let folder: string;
let keys: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-approvals-'));
  keys = await ensureMessageKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const alarms: string[] = [];
const deps = (known: Plan | null = plan, told: Plan | null = null) =>
  ({
    histories: { read: async () => told && { plan: told, planDigest, seals: null } },
    store: {
      plan: async () => known,
      savePlan: async () => undefined,
      target: async () => null,
      addAlert: async ({ code }: { code: string }) => void alarms.push(code),
    },
    policy: { read: async () => ({ policy: policySchema.parse(policyDocument()) }) },
    trustedKey: async (id: string) => keys.publicKeys.find((key) => keyIdOf(key) === id) ?? null,
    notify: async () => [],
    worker: 'test',
    now: Date.now,
  }) as unknown as ActivityDeps;

/** What the API signs when somebody with these roles approves. */
function said(by: string, role: string, more: { gate?: string; held?: readonly string[]; of?: string } = {}) {
  const { gate: at = 'start', held = ['service-owner', 'change-manager'], of = deployment } = more;
  const argument: MessageArgument<'approve'> = { by, planDigest, gate: at, role };
  return vouched({ signingKeys: keys, now: Date.now }, of, 'approve', argument, { roles: [...held] });
}

const asked = (step: ActionStep, approvals: readonly MessageArgument<'approve'>[]) => ({
  runIdentity: {
    deployment,
    target: 'shop/production',
    fence: 1,
    runId: 'a',
    firstRunId: 'a',
    continuedFrom: null,
    warrant: null,
  },
  seal: partSealOf(sealsOf(plan, planDigest, keys.seal), partName.step(step.id)),
  step,
  approvals,
  approvers: [],
});

const by = (subject: string, role: string) => ({ subject, role });

describe('an action of a sealed plan', () => {
  it('stands on those who approved the start, whatever its workflow claims', async () => {
    const approvals = [said('key:dora', 'service-owner'), said('key:carol', 'change-manager')];
    expect(await approvedBy(deps(), asked(first, approvals))).toEqual({
      kind: 'approved',
      approvers: [by('key:dora', 'service-owner'), by('key:carol', 'change-manager')],
    });
  });

  it('behind a gate stands on who approved that, too', async () => {
    const start = [said('key:dora', 'service-owner'), said('key:carol', 'change-manager')];
    expect(await approvedBy(deps(), asked(last, start))).toMatchObject({
      kind: 'refused',
      code: 'unproven-message',
      detail: expect.stringContaining('gate go'),
    });
    const both = [...start, said('key:bob', 'change-manager', { gate: 'go' })];
    expect(await approvedBy(deps(), asked(last, both))).toMatchObject({ kind: 'approved' });
  });

  it('counts the latest of several approvals by one person', async () => {
    const again = [
      said('key:bob', 'service-owner'),
      said('key:dora', 'service-owner'),
      said('key:bob', 'change-manager'),
    ];
    expect(await approvedBy(deps(), asked(first, again))).toMatchObject({
      kind: 'approved',
      approvers: [by('key:bob', 'change-manager'), by('key:dora', 'service-owner')],
    });
  });

  it.each<readonly [string, () => readonly MessageArgument<'approve'>[]]>([
    ['of nobody', () => []],
    ['of one person for both roles', () => [said('key:bob', 'service-owner'), said('github:bob', 'change-manager')]],
    [
      'for another deployment',
      () => [said('key:dora', 'service-owner', { of: 'shop.production.8' }), said('key:carol', 'change-manager')],
    ],
    [
      'of somebody who had lost the role',
      () => [said('key:dora', 'service-owner', { held: [] }), said('key:carol', 'change-manager')],
    ],
    [
      'that were changed afterwards',
      () => [{ ...said('key:alice', 'service-owner'), by: 'key:dora' }, said('key:carol', 'change-manager')],
    ],
    [
      'without a proof',
      () => [{ by: 'key:dora', planDigest, gate: 'start', role: 'service-owner' }, said('key:carol', 'change-manager')],
    ],
  ])('is not carried out by approvals %s', async (_, approvals) => {
    alarms.length = 0;
    expect(await approvedBy(deps(), asked(first, approvals()))).toMatchObject({ code: 'unproven-message' });
    expect(alarms).toEqual(['unproven-message']);
  });

  it('stands on whom its workflow names where its rules accept messages without a proof', async () => {
    const messages = { ...plan.policy.messages, unsigned: 'accept' } as const;
    const lax = deps({ ...plan, policy: { ...plan.policy, messages } });
    const approvers = [by('key:dora', 'service-owner')];
    expect(await approvedBy(lax, { ...asked(first, []), approvers })).toEqual({ kind: 'approved', approvers });
  });

  it('waits for a store that lacks its plan', async () => {
    expect(await approvedBy(deps(null), asked(first, []))).toMatchObject({ code: 'store-unavailable' });
  });

  it('takes the rules of a plan that the store has lost from the history, as far as it is the one that was sealed', async () => {
    const approvals = [said('key:bob', 'service-owner'), said('key:carol', 'change-manager')];
    expect(await approvedBy(deps(null, plan), asked(first, approvals))).toMatchObject({ kind: 'approved' });
    expect(await approvedBy(deps(null, plan), asked(first, []))).toMatchObject({ code: 'unproven-message' });
    const other = { ...plan, release: '9.9.9' };
    expect(await approvedBy(deps(null, other), asked(first, approvals))).toMatchObject({ code: 'store-unavailable' });
  });
});

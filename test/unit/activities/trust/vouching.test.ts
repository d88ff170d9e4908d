import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import {
  requireProvenAdoption,
  requireProvenResolution,
  requireProvenReview,
} from '../../../../src/activities/trust/vouching.ts';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import type { PlanRepairInput } from '../../../../src/domain/target/repair-plan.ts';
import type { Adopted } from '../../../../src/domain/target/requests.ts';
import { keyIdOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../../../src/main/keys/message-key.ts';
import { rules, testPolicy } from '../../../support/policy.ts';

// Whoever catches what the API has signed may hand it to any worker: here with the signature of the genuine key.

let folder: string;
let signingKeys: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-vouching-'));
  signingKeys = await ensureMessageKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const owned = { ...rules, operators: ['service-owner'] };
const policy = policySchema.parse({
  ...testPolicy,
  environments: {
    production: { ...owned, messages: { unsigned: 'refuse' } },
    staging: { ...owned, operators: ['change-manager'], messages: { unsigned: 'refuse' } },
    lax: { ...owned, messages: { unsigned: 'accept' } },
  },
  services: { shop: { owners: ['key:bob'] }, bank: { owners: ['key:olga'] } },
});

function worker(current = policy) {
  const alarms: string[] = [];
  const deps = {
    store: {
      target: async () => ({}),
      addAlert: async ({ code }: { code: string }) => void alarms.push(code),
    },
    policy: { read: async () => ({ policy: current }) },
    trustedKey: async (id: string) => signingKeys.publicKeys.find((key) => keyIdOf(key) === id) ?? null,
    notify: async () => [],
    worker: 'test',
    now: Date.now,
  } as unknown as ActivityDeps;
  return { deps, alarms };
}

interface Said {
  readonly by: string;
  readonly deployment?: string;
  /** `service/environment`, as whoever asks the worker says. */
  readonly target?: string;
  readonly isSigned?: boolean;
}

const artifact = { uri: 'shop:9', digest: `sha256:${'9'.repeat(64)}` };

/** Each message of an operator to shop in production, as the API would have signed it, brought to a worker. */
const messages = {
  resolve: async (
    deps: ActivityDeps,
    { by: subject, deployment = 'shop.production.3', target = 'shop/production', isSigned = true }: Said,
  ) => {
    const by = { subject, name: subject };
    const said = { deployment, decision: 'compensate', live: null, reason: 'x', by } as const;
    const { proof = null } = isSigned
      ? vouched<typeof said & { proof?: NonNullable<PlanRepairInput['proof']> }>(
          { signingKeys, now: Date.now },
          deployment,
          'resolve',
          said,
        )
      : {};
    const [service = '', environment = ''] = target.split('/');
    const input = {
      ...said,
      requester: by,
      target: { service, environment } as PlanRepairInput['target'],
      decidedSeq: null,
      proof,
    };
    await requireProvenResolution(deps, input);
  },
  review: async (
    deps: ActivityDeps,
    { by: subject, deployment = 'shop.production.3', target = 'shop/production', isSigned = true }: Said,
  ) => {
    const said = { deployment, findings: 'x', by: { subject, name: subject } };
    const { proof = null } = isSigned
      ? vouched<typeof said & { proof?: NonNullable<PlanRepairInput['proof']> }>(
          { signingKeys, now: Date.now },
          deployment,
          'review',
          said,
        )
      : {};
    await requireProvenReview(deps, { ...said, at: '2026-11-24T08:00:00.000Z', reviewDueAt: null, target, proof });
  },
  adopt: async (deps: ActivityDeps, { by: subject, target = 'shop/production', isSigned = true }: Said) => {
    const live = { release: '9', artifact, since: '2026-11-23T09:00:00.000Z', deployment: null };
    const said: Adopted = { live, slot: null, by: { subject, name: subject }, reason: 'x' };
    const adopted = isSigned ? vouched({ signingKeys, now: Date.now }, target, 'adopt', said) : said;
    await requireProvenAdoption(deps, { target, adopted });
  },
} as const;

describe.each(Object.entries(messages))('%s', (name, tell) => {
  it('counts from an operator of that very target', async () => {
    const { deps, alarms } = worker();
    await tell(deps, { by: 'key:bob' });
    expect(alarms).toEqual([]);
  });

  it.each([
    ['owns another service', 'key:olga'],
    ['is an operator of another environment', 'key:carol'],
    ['has no role', 'key:alice'],
    ['is a robot', 'key:ci-shop'],
    ['is unknown', 'key:eve'],
  ])('signed for somebody who %s is refused, and people hear of it', async (_, by) => {
    const { deps, alarms } = worker();
    await expect(tell(deps, { by })).rejects.toMatchObject({ code: 'forbidden' });
    expect(alarms).toEqual(['forbidden']);
  });

  it('signed for somebody who has lost the role since is refused', async () => {
    const { deps } = worker({ ...policy, services: { ...policy.services, shop: { owners: ['key:olga'] } } });
    await expect(tell(deps, { by: 'key:bob' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('takes a role also where policy takes it unsigned', async () => {
    const lax = { deployment: 'shop.lax.3', target: 'shop/lax', isSigned: false };
    const { deps } = worker();
    await tell(deps, { ...lax, by: 'key:bob' });
    await expect(tell(deps, { ...lax, by: 'key:olga' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('unsigned is refused where policy asks for the API’s signature', async () => {
    const { deps } = worker();
    await expect(tell(deps, { by: 'key:bob', isSigned: false })).rejects.toMatchObject({ code: 'unproven-message' });
  });

  it('for a deployment of another target is refused, whatever that target’s rules are', async () => {
    if (name === 'adopt') return; // says nothing of a deployment
    for (const isSigned of [true, false]) {
      const { deps, alarms } = worker();
      const bank = { by: 'key:bob', deployment: 'bank.production.3', isSigned };
      await expect(tell(deps, bank)).rejects.toMatchObject({ code: 'other-target' });
      // What takes no proof elsewhere does not let it through.
      await expect(tell(deps, { ...bank, deployment: 'shop.production.3', target: 'shop/lax' })).rejects.toMatchObject({
        code: 'other-target',
      });
      expect(alarms).toEqual(['other-target', 'other-target']);
    }
  });
});

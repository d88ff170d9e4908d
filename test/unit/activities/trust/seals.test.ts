import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { requireSealedChecks, requireSealedPlan, unsealed } from '../../../../src/activities/trust/seals.ts';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import type { NotifyInput } from '../../../../src/domain/kinds/notification.ts';
import type { Proof } from '../../../../src/domain/messages/messages.ts';
import type { Warrant } from '../../../../src/domain/messages/warrant.ts';
import { bindingsFor } from '../../../../src/domain/plan/bindings.ts';
import { compensationsOf } from '../../../../src/domain/plan/compensations.ts';
import type { ActionStep, Plan } from '../../../../src/domain/plan/plan.ts';
import { partName, placeOf, sealsOf } from '../../../../src/domain/plan/seals.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { ObserveInput } from '../../../../src/domain/ports/observation.ts';
import { keyIdOf, partSealOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys, rotateMessageKey } from '../../../../src/main/keys/message-key.ts';
import { planningInput } from '../../domain/planning-input.ts';

const { plan, planDigest } = freezePlan(planningInput());
const step = plan.steps.find(({ kind }) => kind === 'action') as ActionStep;
const runIdentity = { deployment: 'shop.production.7', target: 'shop/production' };
const runId = 'the-run';
/** The API's word for a run, as it gives it once a target has started a deployment. */
function warrantFor(deployment: string, said = { runId, planDigest }, by = keys): Warrant {
  const signed = vouched<Omit<Warrant, 'proof'> & { proof?: Proof }>(
    { signingKeys: by, now: Date.now },
    deployment,
    'warrant',
    said,
  );
  return signed as Warrant;
}
const withWarrant = (of: typeof runIdentity) => ({ ...of, warrant: warrantFor(of.deployment) });
const whereOf = (of: Plan) => {
  const { procedure, inline, files, slots } = placeOf(of);
  return { procedure, inline, files, slots };
};
let folder: string;
let keys: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-seals-'));
  keys = await ensureMessageKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** A worker with a policy, keys it trusts, and what it was alarmed of. */
function worker(given: { unsigned?: 'accept' | 'refuse'; trusted?: SigningKeys | null; workflowId?: string } = {}) {
  const { unsigned = 'refuse', trusted = keys, workflowId = 'deployment/shop/production/7' } = given;
  const alarms: string[] = [];
  const paged: string[] = [];
  const stakeholders = [{ name: 'Ops', on: ['page'], channels: [{ kind: 'log', spec: { log: true } }] }];
  const deps = {
    store: {
      addAlert: async ({ code, detail }: { code: string; detail: string }) => void alarms.push(`${code} ${detail}`),
    },
    policy: {
      read: async () => ({ policy: { environments: { production: { messages: { unsigned }, stakeholders } } } }),
    },
    trustedKey: async (id: string) => trusted?.publicKeys.find((key) => keyIdOf(key) === id) ?? null,
    notify: async ({ notification }: NotifyInput) => void paged.push(notification.lines.join(' ')),
    worker: 'test',
    now: Date.now,
  } as unknown as ActivityDeps;
  const context = { info: { workflowExecution: { workflowId, runId } } } as unknown as Context;
  return { deps, alarms, paged, as: <T>(run: () => Promise<T>) => asyncLocalStorage.run(context, run) };
}
const place = () => ({
  runIdentity: withWarrant(runIdentity),
  workplace: { ...whereOf(plan), seal: partSealOf(seals(), partName.place) },
  bindings: bindingsFor(plan, runIdentity.deployment, 1, null, 'blue'),
});
const seals = () => sealsOf(plan, planDigest, keys.seal);
const sealOf = (part: string) => partSealOf(seals(), part);

describe('a worker that asks for seals', () => {
  it('takes every part of a plan that the API has sealed', async () => {
    const { deps, as, alarms } = worker();
    const parts = [
      [partName.step(step.id), step],
      [partName.undo(step.id), compensationsOf(step)[0]],
      [partName.health, plan.health],
      [partName.rollback, plan.rollback.verify],
    ] as const;
    for (const [part, value] of parts)
      expect(await as(() => unsealed(deps, place(), sealOf(part), part, value))).toBeNull();
    await requireSealedPlan(deps, { plan, planDigest, seals: seals() });
    expect(alarms).toEqual([]);
  });

  const forged = { ...step, do: { ...step.do, spec: { command: ['/bin/sh', '-c', 'id'] } } };
  const cases: readonly [string, Parameters<typeof worker>[0], () => ReturnType<typeof sealOf>, unknown, string][] = [
    ['without a seal', {}, () => null, step, 'bears no seal'],
    ['with other commands', {}, () => sealOf(partName.step(step.id)), forged, 'is not what was sealed'],
    ['with the seal of its compensation', {}, () => sealOf(partName.undo(step.id)), step, 'bears the seal of undo/'],
    [
      'under a key that it does not trust',
      { trusted: null },
      () => sealOf(partName.step(step.id)),
      step,
      'does not trust',
    ],
    [
      'asked for by another workflow',
      { workflowId: 'deployment/shop/production/8' },
      () => sealOf(partName.step(step.id)),
      step,
      'is asked for by deployment/shop/production/8',
    ],
    [
      'with a forged seal, though policy takes unsealed ones',
      { unsigned: 'accept' },
      () => ({ ...(sealOf(partName.step(step.id)) as NonNullable<ReturnType<typeof sealOf>>), planDigest: 'sha256:0' }),
      step,
      'is not what was sealed',
    ],
  ];
  it.each(cases)('refuses a step %s, and raises the alarm once', async (_, given, seal, value, why) => {
    const { deps, as, alarms, paged } = worker(given);
    const look = () => as(() => unsealed(deps, place(), seal(), partName.step(step.id), value));
    expect(await look()).toMatchObject({ kind: 'refused', code: 'unsealed-plan' });
    expect((await look())?.detail).toContain(why);
    expect(alarms).toEqual([expect.stringContaining(why)]);
    expect(paged).toEqual([expect.stringContaining(why)]);
  });

  it('refuses a plan that is sealed under another digest', async () => {
    const { deps } = worker();
    const other = `sha256:${'0'.repeat(64)}`;
    await expect(requireSealedPlan(deps, { plan, planDigest: other, seals: seals() })).rejects.toMatchObject({
      code: 'unsealed-plan',
    });
  });

  it('measures the checks of a sealed step, and no others in its name', async () => {
    const { deps, as } = worker();
    const seal = sealOf(partName.step(step.id));
    const own = step.verify.kind === 'checks' ? step.verify.checks : [];
    const [first] = own;
    expect(first).toBeDefined();
    const strange = own.map((check) => ({ ...check, kind: 'command', spec: { command: ['/bin/id'] } }));
    const look = (checks: ObserveInput['checks']) =>
      as(() => requireSealedChecks(deps, { ...place(), checks, seal, step }));
    await look(own);
    await expect(look(strange)).rejects.toMatchObject({ code: 'unsealed-plan' });
  });
});

interface Elsewhere {
  readonly as?: string;
  readonly where?: object;
  readonly runIdentity?: typeof runIdentity;
}

describe('a run', () => {
  it.each<readonly [string, () => Warrant | null, string]>([
    ['that nobody vouches for', () => null, 'has not vouched for'],
    [
      'with the warrant of another run',
      () => warrantFor(runIdentity.deployment, { runId: 'b', planDigest }),
      'another run',
    ],
    [
      'with a warrant for another plan',
      () => warrantFor(runIdentity.deployment, { runId, planDigest: `sha256:${'0'.repeat(64)}` }),
      'another run',
    ],
    ['with the warrant of another deployment', () => warrantFor('shop.production.8'), 'a forged warrant'],
    [
      'whose warrant was changed',
      () => ({ ...warrantFor(runIdentity.deployment, { runId: 'b', planDigest }), runId }),
      'a forged warrant',
    ],
  ])('%s carries out nothing that is sealed', async (_, warrant, why) => {
    const { deps, as, alarms } = worker();
    const asked = { ...place(), runIdentity: { ...runIdentity, warrant: warrant() } };
    const part = partName.step(step.id);
    const refusal = await as(() => unsealed(deps, asked, sealOf(part), part, step));
    expect(refusal).toMatchObject({ code: 'unsealed-plan', detail: expect.stringContaining(why) });
    expect(alarms).toEqual([expect.stringContaining(why)]);
    const whole = { plan, planDigest, seals: seals() };
    await expect(as(() => requireSealedPlan(deps, whole, asked.runIdentity))).rejects.toMatchObject({
      code: 'unsealed-plan',
    });
  });

  it('that is vouched for since long ago goes on', async () => {
    const { deps, as } = worker();
    const later = { ...deps, now: () => Date.now() + 40 * 86_400_000 };
    const part = partName.step(step.id);
    expect(await as(() => unsealed(later, place(), sealOf(part), part, step))).toBeNull();
  });
});

describe('a sealed part', () => {
  // Keys are made before any test, and what is told here needs none.
  const bindings = bindingsFor(plan, runIdentity.deployment, 1, null, 'blue');
  const [blue] = plan.slots;
  const evil = { ...blue?.keys, url: 'https://evil.example' };
  const release = { release: '1.4.1', artifact: { uri: 'shop:1.4.1', digest: `sha256:${'1'.repeat(64)}` } };
  const live = { ...release, since: '2026-11-23T09:00:00.000Z', deployment: null };
  it.each<readonly [string, object, string]>([
    ['in the folder of another procedure', { where: { procedure: 'other' } }, 'is not what was sealed'],
    ['whose files nobody compares', { where: { files: [] } }, 'is not what was sealed'],
    ['in a place that nobody sealed', { where: { seal: null } }, 'is not sealed for this place'],
    ['with a slot of the asker’s own', { bindings: { ...bindings, slot: { live: null, idle: evil } } }, 'means slots'],
    [
      'with slots that the asker has added',
      { where: { slots: [{ name: 'x', keys: evil }] }, bindings: { ...bindings, slot: { live: null, idle: evil } } },
      'is not what was sealed',
    ],
    [
      'bound to a text that refers to a secret',
      { bindings: { ...bindings, live: { ...live, release: '${secret:token}' } } },
      'is bound to what is no release',
    ],
    [
      'for another target',
      { runIdentity: { deployment: 'shop.staging.7', target: 'shop/staging' }, as: 'deployment/shop/staging/7' },
      'is not what was sealed',
    ],
  ])('is not carried out %s', async (_, other, why) => {
    const {
      as: workflowId = 'deployment/shop/production/7',
      where,
      runIdentity: own = runIdentity,
      ...elsewhere
    } = other as Elsewhere;
    const { deps, as } = worker({ workflowId });
    const asked = {
      ...place(),
      ...elsewhere,
      runIdentity: withWarrant(own),
      workplace: { ...place().workplace, ...where },
    };
    const refusal = await as(() => unsealed(deps, asked, sealOf(partName.step(step.id)), partName.step(step.id), step));
    expect(refusal?.detail).toContain(why);
  });

  it('is carried out where and as it is planned', async () => {
    const { deps, as } = worker();
    const asked = { ...place(), bindings: { ...bindings, live } };
    expect(
      await as(() => unsealed(deps, asked, sealOf(partName.step(step.id)), partName.step(step.id), step)),
    ).toBeNull();
  });
});

it('where policy takes unsealed plans, a part needs no seal', async () => {
  const { deps, as } = worker({ unsigned: 'accept' });
  expect(await as(() => unsealed(deps, place(), null, partName.step(step.id), step))).toBeNull();
});

it('a rotated key seals, and the one before still vouches', async () => {
  const before = keys.publicKeys[0];
  const id = await rotateMessageKey(folder);
  const after = await ensureMessageKeys(folder);
  expect(after.seal('text').key).toBe(id);
  expect(after.publicKeys[1]).toBe(before);
  expect(after.vouch('text').map(({ key }) => key)).toEqual(after.publicKeys.map(keyIdOf));
  expect(after.vouch('text')[1]?.signature).toBe(keys.seal('text').signature);
});

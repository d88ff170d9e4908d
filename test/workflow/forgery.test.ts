import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, defaultPayloadConverter, WorkflowFailedError } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SigningKeys } from '../../src/api/deps.ts';
import { vouched } from '../../src/api/trust/vouch.ts';
import { digestOfJson } from '../../src/domain/base/canonical-json.ts';
import { taskQueues } from '../../src/domain/base/task-queues.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { MessageArgument } from '../../src/domain/messages/messages.ts';
import { compensationsOf } from '../../src/domain/plan/compensations.ts';
import type { ActionStep, Plan } from '../../src/domain/plan/plan.ts';
import { sealsOf } from '../../src/domain/plan/seals.ts';
import type { Adopted, Resolution } from '../../src/domain/target/requests.ts';
import type { TargetView } from '../../src/domain/target/view.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { connectWorker } from '../../src/temporal/worker-connection.ts';
import { artifactOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import { bundleOfTests } from '../support/workflow-bundles.ts';
import { startWorld, type World } from '../support/world.ts';

const refusing = { ...rules, messages: { unsigned: 'refuse' } };

let rig: Rig;
let folder: string;
let intrudersKeys: SigningKeys;
let connection: NativeConnection;
/** While set, the API gives no run its word. */
let holdWarrants: Promise<void> | null = null;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-forgery-'));
  const signingKeys = await ensureMessageKeys(folder);
  await rm(join(folder, 'message-key'));
  intrudersKeys = await ensureMessageKeys(folder);
  rig = await startRig({
    signingKeys,
    policy: {
      ...testPolicy,
      environments: { production: refusing, lax: rules, owned: { ...refusing, operators: ['service-owner'] } },
      services: { theirs: { owners: ['key:olga'] }, mine: { owners: ['key:bob'] } },
    },
    gateway: (real) => ({
      ...real,
      async warrant(deployment, warrant) {
        await holdWarrants;
        await real.warrant(deployment, warrant);
      },
    }),
  });
  connection = await connectWorker(rig.server);
});
afterAll(async () => {
  await connection.close();
  await rig.close();
  await rm(folder, { recursive: true });
});

const paged = (what: string) => rig.told.some((line) => /page/i.test(line) && line.includes(what));
const alertsOf = async (id: string) => entriesOf(await rig.journal(id), 'security-alert').map(({ code }) => code);
async function waiting(world: World, service: string, release = '1.4.2'): Promise<string> {
  const id = await rig.request(world, { service, release });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  return id;
}
async function planOf(id: string): Promise<{ readonly plan: Plan; readonly planDigest: string }> {
  return (await rig.call<{ plan: Plan; planDigest: string }>('key:alice', 'GET', `/v1/deployments/${id}/plan`)).body;
}
/** An approval with the API's proof, to be sent by whoever asked for it. */
const proven = async (id: string, as = 'key:bob') => {
  const { planDigest } = await rig.status(id);
  const path = `/v1/deployments/${id}/approve?send=false`;
  return (await rig.call<MessageArgument<'approve'>>(as, 'POST', path, { planDigest })).body;
};

/** The code of the first failure in a chain of causes that has one. */
function codeIn(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return error instanceof ApplicationFailure ? (error.type ?? null) : codeIn(error.cause);
}

describe('where policy refuses what has no proof of the API', () => {
  it('a deployment runs, is rolled back and repaired by what the API has sealed', async () => {
    const world = await rig.world('sealed');
    const good = await rig.deploy(world, { service: 'sealed' });
    expect(good.status.outcome).toBe('succeeded');
    world.behave('1.4.3', { status: 500 });
    const bad = await rig.deploy(world, { service: 'sealed', release: '1.4.3' });
    expect(bad.status.outcome).toBe('rolled-back');
    const lost = await rig.request(world, {
      service: 'sealed',
      release: '1.4.4',
      steps: [steps.startByHttp(world), steps.hold('1m')],
    });
    await rig.until(lost, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(lost);
    await rig.until(lost, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(workflowIdOf(lost)).terminate();
    const target = '/v1/targets/sealed/production';
    await eventually(
      () => rig.call('key:alice', 'GET', target),
      ({ body }) => body['needsIntervention'] === true,
    );
    const resolution = { deployment: lost, decision: 'compensate', reason: 'back' };
    const repair = await rig.call<{ id: string }>('key:carol', 'POST', `${target}/resolve`, resolution);
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(world.slots.blue.running).toBe(false);
  });

  it('an approval past the API counts for nothing, is journaled and paged; one with its proof counts', async () => {
    const world = await rig.world('unproven');
    const id = await waiting(world, 'unproven');
    const { planDigest } = await rig.status(id);
    await rig.signal(id, 'approve', { by: 'key:bob', planDigest });
    await expect(rig.update(id, 'approve', { by: 'key:bob', planDigest })).rejects.toThrow('Workflow Update failed');
    const journal = await eventually(
      () => rig.journal(id),
      (entries) => entriesOf(entries, 'notified').some(({ event }) => event === 'page'),
    );
    expect(entriesOf(journal, 'security-alert').map(({ code, by, via }) => [code, by, via])).toEqual([
      ['unproven-message', 'key:bob', 'signal'],
      ['unproven-message', 'key:bob', 'update'],
    ]);
    expect(paged('approve in the name of key:bob')).toBe(true);
    expect((await rig.status(id)).approvals).toEqual([]);
    expect(world.changes).toEqual([]);

    await rig.signal(id, 'approve', await proven(id));
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const record = await rig.record(id);
    expect(record).toContain('2 security alerts');
    expect(record).toMatch(/Bob May \(key:bob\) \| service-owner \| .* \| signal, verified/);
  });

  it('a proof counts for one deployment, one plan and one decision, however it is encoded', async () => {
    const world = await rig.world('replayed');
    const first = await waiting(world, 'replayed');
    const signed = await proven(first);
    await rig.update(first, 'approve', signed);
    await rig.ended(first);
    const second = await waiting(world, 'replayed', '1.4.3');
    const { planDigest } = await rig.status(second);
    const own = await proven(second);
    const forgeries: readonly (readonly [string, unknown])[] = [
      ['approve', signed],
      ['approve', { ...signed, planDigest }],
      ['approve', { ...own, by: 'key:olga' }],
      ['approve', { ...own, statement: 'and more' }],
      ['approve', { ...own, proof: { ...own.proof, expiresAt: '2999-01-01T00:00:00.000Z' } }],
      ['withdraw', own],
      ['reject', own],
      ['approve', JSON.stringify(own)],
      ['approve', [own]],
      ['approve', new TextEncoder().encode(JSON.stringify({ ...own, by: 'key:olga' }))],
    ];
    for (const [name, argument] of forgeries) {
      await rig.signal(second, name, argument);
      await expect(rig.update(second, name, argument)).rejects.toThrow('Workflow Update failed');
    }
    const status = await rig.status(second);
    expect(status.phase).toBe('awaiting-approval');
    expect(status.approvals).toEqual([]);
    await eventually(
      () => alertsOf(second),
      (alerts) => alerts.length > forgeries.length,
    );
    // Nobody needs a proof to stop a change.
    await rig.signal(second, 'abort', { by: 'key:alice' });
    expect((await rig.ended(second)).outcome).toBe('aborted');
  });

  it('a flood of forgeries leaves a bounded trace', async () => {
    const world = await rig.world('flooded');
    const id = await waiting(world, 'flooded');
    for (let i = 0; i < 150; i += 1) await rig.signal(id, 'approve', { by: 'key:bob', planDigest: `${i}` });
    for (let i = 0; i < 30; i += 1) await rig.signal(id, 'pause', { by: 'key:bob' });
    await rig.signal(id, 'abort', { by: 'key:alice' });
    await rig.ended(id);
    expect((await alertsOf(id)).length).toBeLessThanOrEqual(20);
  });
});

describe('what an idle target is said to serve', () => {
  const artifact = { uri: 'shop:9', digest: `sha256:${'9'.repeat(64)}` };
  const by = { subject: 'key:carol', name: 'Carol Lind' };
  const reason = 'so it is';
  const saying = (release: string): Adopted => ({
    live: { release, artifact, since: '2026-11-23T09:00:00.000Z', deployment: null },
    slot: 'green',
    by,
    reason,
  });
  const handleOf = (target: string) => rig.client.workflow.getHandle(`target/${target}`);
  const tell = (target: string, argument: unknown) =>
    handleOf(target).executeUpdate<TargetView, [unknown]>('adopt', { args: [argument] });
  const seen = async (target: string) => (await rig.call('key:alice', 'GET', `/v1/targets/${target}`)).body;
  const adopt = (target: string, release: string) =>
    rig.call('key:carol', 'POST', `/v1/targets/${target}/adopt`, { release, artifact, slot: 'green', reason });
  /** What the API sent to a target last, as anybody finds it who may read histories. */
  async function lastSaid(target: string): Promise<unknown> {
    const { events } = await handleOf(target).fetchHistory();
    const said = events?.findLast(
      ({ workflowExecutionUpdateAcceptedEventAttributes: update }) => update?.acceptedRequest?.input?.name === 'adopt',
    );
    const args = said?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args?.payloads;
    return defaultPayloadConverter.fromPayload(args?.[0] ?? {});
  }

  it('counts through the API, once; past it it changes nothing, and people are paged', async () => {
    await rig.world('adopted');
    const target = 'adopted/production';
    const theirs = (name: string) =>
      vouched({ signingKeys: intrudersKeys, now: Date.now }, name, 'adopt', saying('6.6.6'));
    const genuine = (await lastSaid(target)) as Adopted;
    expect(genuine.proof).toBeDefined();
    await rig.world('elsewhere');
    const forgeries: readonly unknown[] = [
      saying('6.6.6'),
      theirs(target),
      { ...genuine, live: { ...genuine.live, release: '6.6.6' } },
      { ...genuine, slot: 'green' },
      await lastSaid('elsewhere/production'),
    ];
    const before = await seen(target);
    for (const forgery of forgeries)
      expect(codeIn(await tell(target, forgery).catch((error: unknown) => error))).toBe('unproven-message');
    expect(await seen(target)).toEqual(before);
    const alerts = (await rig.store.alerts(50)).filter((alert) => alert.target === target);
    expect(alerts).toMatchObject([{ code: 'unproven-message' }]);
    expect(alerts[0]?.detail).toContain('who is said to adopt adopted/production');
    expect(paged('adopt adopted/production')).toBe(true);

    expect(await adopt(target, '2.0.0')).toMatchObject({ status: 200, body: { live: { release: '2.0.0' } } });
    // Whoever reads a signed one in the history sends it again: it has counted.
    expect((await tell(target, genuine)).live?.release).toBe('2.0.0');
    expect(await seen(target)).toMatchObject({ live: { release: '2.0.0' }, slot: 'green' });
  });

  it('needs no proof where policy asks for none', async () => {
    await rig.world('adopted', 'lax');
    expect((await tell('adopted/lax', saying('3.0.0'))).live?.release).toBe('3.0.0');
  });

  it('is refused when the lock was granted while it was verified', async () => {
    const world = await rig.world('busy');
    const id = await waiting(world, 'busy');
    const held = latch();
    rig.holdTrust(held.closed);
    const answer = adopt('busy/production', '4.0.0');
    await eventually(
      () => handleOf('busy/production').fetchHistory(),
      ({ events }) =>
        (events ?? []).filter(
          (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'verifyAdoption',
        ).length === 2,
    );
    await handleOf('busy/production').signal('acquire', { number: 1 });
    await eventually(
      () => seen('busy/production'),
      ({ lock }) => lock !== null,
    );
    held.open();
    rig.holdTrust(null);
    expect(await answer).toMatchObject({ status: 409, body: { code: 'target-busy' } });
    expect(await seen('busy/production')).toMatchObject({ live: { release: '1.4.1' }, slot: 'blue' });
    await rig.approve(id);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });
});

describe('a message of another target’s operator', () => {
  it('settles nothing here: the API does not sign it, and a worker does not take what was signed all the same', async () => {
    const world = await startWorld({ release: '1.4.1', digest: artifactOf('1.4.1').digest });
    const at = '/v1/targets/theirs/owned';
    const live = { release: '1.4.1', artifact: artifactOf('1.4.1'), slot: 'blue' };
    expect((await rig.call('key:olga', 'POST', `${at}/adopt`, { ...live, reason: 'as it runs' })).status).toBe(200);
    const id = await rig.request(world, {
      service: 'theirs',
      environment: 'owned',
      steps: [steps.startByHttp(world), steps.hold('1m')],
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id, 'key:olga');
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    const seen = async () => (await rig.call('key:alice', 'GET', at)).body;
    await eventually(seen, ({ needsIntervention }) => needsIntervention === true);

    const word = { deployment: id, decision: 'accept', live, reason: 'mine now' };
    const through = (path: string) => rig.call('key:bob', 'POST', `${path}/resolve`, word);
    expect(await through('/v1/targets/mine/owned')).toMatchObject({ status: 422, body: { code: 'other-target' } });
    expect(await through(at)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const review = { deployment: id, findings: 'All was well.' };
    expect(await rig.call('key:bob', 'POST', '/v1/targets/mine/owned/review', review)).toMatchObject({
      status: 422,
      body: { code: 'other-target' },
    });
    // As an API would have signed it that did not ask whose deployment it is.
    const { signingKeys } = rig;
    const by = { subject: 'key:bob', name: 'Bob May' };
    const said: Resolution = { deployment: id, decision: 'compensate', live: null, reason: 'mine now', by };
    const caught = vouched({ signingKeys, now: Date.now }, id, 'resolve', said);
    const target = rig.client.workflow.getHandle('target/theirs/owned');
    await target.executeUpdate<unknown, [unknown]>('resolve', { args: [caught] });
    await eventually(
      async () => (await rig.store.alerts(50)).filter((alert) => alert.target === 'theirs/owned'),
      ([alert]) => alert?.code === 'forbidden',
    );
    const stuck = await eventually(seen, ({ needsIntervention }) => needsIntervention === true);
    expect(stuck).toMatchObject({ lock: { deployment: id } });
    expect(world.slots.green.running).toBe(true);
    // Nor is it, or what was right before, taken a second time.
    const again = await target
      .executeUpdate<unknown, [unknown]>('resolve', { args: [caught] })
      .catch((error: unknown) => error);
    expect(codeIn(again)).toBe('nothing-to-resolve');

    const repair = await rig.call<{ id: string }>('key:olga', 'POST', `${at}/resolve`, {
      deployment: id,
      decision: 'compensate',
      reason: 'back',
    });
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(world.slots.green.running).toBe(false);
    await world.close();
  });
});

describe('somebody at Temporal’s port', () => {
  /** A genuine plan with another command in it, sealed by the intruder or by nobody, or with the seals of the genuine one. */
  async function forged(id: string, proof: string) {
    const genuine = await planOf(id);
    const plan: Plan = {
      ...genuine.plan,
      policy: { ...genuine.plan.policy, messages: { unsigned: 'accept', key: intrudersKeys.publicKeys[0] ?? null } },
      health: genuine.plan.health.map((check) => ({
        ...check,
        kind: 'command',
        spec: { command: ['/usr/bin/touch', proof] },
      })),
      steps: genuine.plan.steps.map((step) =>
        step.kind === 'action'
          ? { ...step, do: { kind: 'command', spec: { command: ['/usr/bin/touch', proof] }, timeoutMs: 5_000 } }
          : step,
      ),
    };
    return { plan, planDigest: digestOfJson(plan) };
  }

  type Ask = (workflowId: string, taskQueue: string, activity: string, input: unknown) => Promise<unknown>;
  /** Runs the intruder's own worker, whose workflows bear any name and ask Gantry's workers for any activity. */
  async function intruding(run: (ask: Ask) => Promise<void>): Promise<void> {
    const workflowBundle = await bundleOfTests('test/support/intruder');
    const intruder = await Worker.create({ connection, taskQueue: 'intruder', workflowBundle });
    await intruder.runUntil(() =>
      run((workflowId, taskQueue, activity, input) =>
        rig.client.workflow.execute('intrude', {
          taskQueue: 'intruder',
          workflowId,
          args: [taskQueue, activity, input],
        }),
      ),
    );
  }

  it('starts deployments and asks targets for them: no process starts, and people are paged', async () => {
    const world = await rig.world('forged');
    const id = await waiting(world, 'forged');
    const proof = join(folder, 'deployment');
    const { plan, planDigest } = await forged(id, proof);
    const genuine = defaultPayloadConverter.fromPayload<{ seals: unknown }>(
      (await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory()).events?.[0]
        ?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? {},
    ).seals;
    expect(genuine).toMatchObject({ plan: expect.any(String) });
    const seals = [null, sealsOf(plan, planDigest, intrudersKeys.seal), genuine];
    for (const [i, sealed] of seals.entries()) {
      const number = 900 + i;
      await rig.client.workflow
        .execute('deployment', {
          workflowId: `deployment/forged/production/${number}`,
          taskQueue: taskQueues.main,
          args: [{ plan, planDigest, seals: sealed, number, presumed: { live: null, slot: null } }],
        })
        .then((result) => expect(result).toMatchObject({ outcome: 'rejected' }));
      expect(await alertsOf(`forged.production.${number}`)).toEqual(['unsealed-plan']);
    }
    const target = rig.client.workflow.getHandle('target/forged/production');
    const asked = await target.executeUpdate<{ id: string }, [unknown]>('request', {
      args: [{ plan, planDigest, seals: null, key: 'k', bodyDigest: 'b' }],
    });
    // The target answers when it has taken the number, before it has started the deployment.
    await eventually(
      () => rig.call('key:alice', 'GET', `/v1/deployments/${asked.id}`),
      ({ status }) => status === 200,
    );
    expect((await rig.ended(asked.id)).outcome).toBe('rejected');
    expect(await alertsOf(asked.id)).toEqual(['unsealed-plan']);
    expect(existsSync(proof)).toBe(false);
    expect(paged('bears no seal')).toBe(true);
    expect((await rig.store.alerts(10)).map(({ code }) => code)).toContain('unsealed-plan');
    await rig.signal(id, 'abort', { by: 'key:alice' });
    await rig.ended(id);
  });

  it('asks for a repair without a resolution: nothing is undone', async () => {
    const world = await rig.world('undone');
    const { id, status } = await rig.deploy(world, { service: 'undone' });
    expect(status.outcome).toBe('succeeded');
    const { plan } = await planOf(id);
    const started = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
    const { seals } = defaultPayloadConverter.fromPayload<{ seals: unknown }>(
      started.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? {},
    );
    const outstanding = plan.steps.filter(({ kind }) => kind === 'action').flatMap(compensationsOf);
    const bindings = entriesOf(await rig.journal(id), 'lock-granted')[0]?.bindings;
    const repair = {
      of: id,
      decision: 'compensate',
      reason: 'x',
      outstanding,
      live: null,
      slot: null,
      bindings,
      unsure: [],
      badBefore: [],
    };
    const forgery = { ...plan, steps: [], repair } as Plan;
    const planDigest = digestOfJson(forgery);
    const before = [...world.changes];
    const target = rig.client.workflow.getHandle('target/undone/production');
    const request = { plan: forgery, planDigest, seals, key: 'k', bodyDigest: 'b' };
    await expect(target.executeUpdate<unknown, [unknown]>('request', { args: [request] })).rejects.toThrow(
      'Workflow Update failed',
    );
    const result = await rig.client.workflow.execute('deployment', {
      workflowId: 'deployment/undone/production/900',
      taskQueue: taskQueues.main,
      args: [{ plan: forgery, planDigest, seals, number: 900, presumed: { live: null, slot: null } }],
    });
    expect(result).toMatchObject({ outcome: 'rejected' });
    expect(world.changes).toEqual(before);
    expect(await alertsOf('undone.production.900')).toEqual(['unsealed-plan']);
  });

  it('asks workers for activities of its own making: nothing is carried out', async () => {
    const world = await rig.world('stray');
    const id = await waiting(world, 'stray');
    const { plan, planDigest } = await planOf(id);
    const step = plan.steps.find(({ kind }) => kind === 'action') as ActionStep;
    const proof = join(folder, 'stray');
    const touch = { kind: 'command', spec: { command: ['/usr/bin/touch', proof] }, timeoutMs: 5_000 };
    const seals = sealsOf(plan, planDigest, intrudersKeys.seal);
    const place = {
      runIdentity: {
        deployment: id,
        target: 'stray/production',
        fence: 1_000,
        runId: 'a',
        firstRunId: 'a',
        continuedFrom: null,
      },
      workplace: { procedure: 'shop-blue-green', inline: false, files: [], slots: plan.slots, seal: null },
      bindings: { deployment: id, fence: 1_000, live: null, slot: null },
      attempt: 1,
      approvers: [],
      seal: { planDigest, key: seals.key, part: `step/${step.id}`, signature: seals.parts[`step/${step.id}`] },
    };
    const elsewhere = { ...place, runIdentity: { ...place.runIdentity, target: 'stray/lax' }, seal: null };
    const check = { id: 'x', kind: 'command', spec: touch.spec, sampling: plan.health[0]?.sampling };
    const wanted: readonly (readonly [string, string, unknown])[] = [
      [taskQueues.actions, 'act', { ...place, step: { ...step, do: touch } }],
      [taskQueues.actions, 'act', { ...place, seal: null, step: { ...step, do: touch } }],
      [taskQueues.actions, 'act', { ...elsewhere, step: { ...step, do: touch } }],
      [taskQueues.main, 'observe', { ...elsewhere, step: null, checks: [check], once: true }],
      [
        taskQueues.rollback,
        'compensate',
        {
          ...place,
          outstanding: { step: step.id, title: 'x', undo: { kind: 'action', action: touch, attempts: 1 }, done: null },
        },
      ],
      [taskQueues.main, 'observe', { ...place, step: null, checks: [check], once: true }],
      [taskQueues.main, 'observe', { ...place, step, checks: [check], once: true }],
      [taskQueues.monitors, 'monitor', { ...place, checks: [check], mode: 'evaluate', carry: null }],
    ];
    await intruding(async (ask) => {
      for (const [i, [taskQueue, activity, input]] of wanted.entries()) {
        const workflowId = i % 2 === 0 ? `intruder-${i}` : `deployment/stray/production/${800 + i}`;
        const answer = await ask(workflowId, taskQueue, activity, input).catch((error: unknown) => error);
        const said = answer instanceof WorkflowFailedError ? 'failed' : answer;
        expect(said === 'failed' || (said as { code: string }).code === 'unsealed-plan').toBe(true);
      }
    });
    expect(existsSync(proof)).toBe(false);
    expect((await rig.store.alerts(50)).filter(({ target }) => target === 'stray/production').length).toBeGreaterThan(
      0,
    );
    expect(paged('stray.production')).toBe(true);
    expect(world.changes).toEqual([]);
    // Its fence was not raised either: the genuine one still runs.
    await rig.approve(id);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });

  it('signals a lock to deployments that the target has not granted: they ask again, and one that is flooded with it ends', async () => {
    const world = await rig.world('granted');
    const [holder, second, third] = ['1.4.2', '1.4.3', '1.4.4'].map((release) => ({ release }));
    const start = async (given: Parameters<Rig['request']>[1]) => {
      const id = await rig.request(world, { service: 'granted', ...given });
      await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
      await rig.approve(id);
      return id;
    };
    const first = await start({
      ...holder,
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('5m')],
    });
    await rig.until(first, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const waits = [await start({ ...second }), await start({ ...third })];
    for (const id of waits) await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'target'));
    const [next = '', flooded = ''] = waits;
    const before = [...world.changes];
    const { live, slot, fence } = (await rig.call('key:alice', 'GET', '/v1/targets/granted/production')).body;
    for (const made of [fence, Number(fence) + 1]) {
      const told = (await alertsOf(next)).length;
      await rig.signal(next, 'granted', { fence: made, live, slot });
      await eventually(
        () => alertsOf(next),
        (alerts) => alerts.length > told,
      );
      await rig.until(next, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'target'));
    }
    expect(await alertsOf(next)).toEqual(['unproven-message', 'unproven-message']);
    expect(paged('a grant of the lock that the target does not confirm')).toBe(true);
    // Forged messages of another kind are alerts as well, and come quicker.
    for (let n = 1; n < 20; n += 1) await rig.signal(flooded, 'pause', { by: 'key:bob' });
    await rig.signal(flooded, 'granted', { fence, live, slot });
    expect((await rig.ended(flooded)).outcome).toBe('rejected');
    expect(await alertsOf(flooded)).toHaveLength(20);
    expect(world.changes).toEqual(before);
    // The place in the queue was kept: it is served as soon as the holder is gone.
    await rig.signal(first, 'abort', { by: 'key:alice' });
    expect((await rig.ended(next)).outcome).toBe('succeeded');
  });

  it('signals a lock to a repair that the target has not granted: it acts under the genuine fence only', async () => {
    const world = await rig.world('regranted');
    const lost = await rig.request(world, {
      service: 'regranted',
      steps: [steps.startByHttp(world), steps.hold('1m')],
    });
    await rig.until(lost, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(lost);
    await rig.until(lost, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(workflowIdOf(lost)).terminate();
    const target = '/v1/targets/regranted/production';
    await eventually(
      () => rig.call('key:alice', 'GET', target),
      ({ body }) => body['needsIntervention'] === true,
    );
    // The repair waits for the word of the API before it asks for anything.
    const vouching = latch();
    holdWarrants = vouching.closed;
    const resolution = { deployment: lost, decision: 'compensate', reason: 'back' };
    const repair = rig.call<{ id: string }>('key:carol', 'POST', `${target}/resolve`, resolution);
    const id = 'regranted.production.2';
    const { live, slot } = (await rig.call('key:alice', 'GET', target)).body;
    // The last that it hears before it asks: its target has told it of the genuine one as it was started.
    const heard = async () =>
      ((await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory()).events ?? []).filter(
        ({ workflowExecutionSignaledEventAttributes: signaled }) => signaled?.signalName === 'granted',
      ).length;
    await eventually(
      () => heard().catch(() => 0),
      (grants) => grants > 0,
    );
    await rig.signal(id, 'granted', { fence: 1_001, live, slot });
    holdWarrants = null;
    vouching.open();
    expect((await repair).body.id).toBe(id);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(entriesOf(await rig.journal(id), 'lock-granted').map(({ fence }) => fence)).toEqual([2]);
    // The genuine one may come again before anybody has looked at the other.
    expect((await alertsOf(id)).filter((code) => code !== 'unproven-message')).toEqual([]);
    expect(await rig.store.raiseFence('regranted/production', 0)).toBe(2);
    const next = await rig.deploy(world, { service: 'regranted', release: '1.4.3' });
    expect(next.status.outcome).toBe('succeeded');
  });

  it('puts a target of its own in place of the genuine one: a deployment that runs keeps its journal open', async () => {
    const world = await rig.world('usurped');
    const id = await waiting(world, 'usurped');
    const target = 'target/usurped/production';
    await rig.client.workflow.getHandle(target).terminate();
    const lost = { workflowId: workflowIdOf(id), why: 'it is said to be lost', reviewDueAt: null, hadLock: true };
    await intruding(async (ask) => {
      const refused = await ask(target, taskQueues.main, 'recoverDeployment', lost).catch((error: unknown) => error);
      expect(codeIn(refused)).toBe('too-early');
      expect(entriesOf(await rig.journal(id), 'ended')).toEqual([]);
      expect(await rig.store.record(id)).toBeNull();
      // What has ended is completed as before, whoever bears the target's name.
      await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
      await ask(target, taskQueues.main, 'recoverDeployment', lost);
    });
    expect(entriesOf(await rig.journal(id), 'ended')).toMatchObject([{ outcome: 'aborted' }]);
  });
});

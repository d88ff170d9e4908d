import { defaultPayloadConverter, WorkflowFailedError } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vouched } from '../../src/api/trust/vouch.ts';
import { GantryError } from '../../src/domain/base/errors.ts';
import { taskQueues } from '../../src/domain/base/task-queues.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { MessageArgument, Proof } from '../../src/domain/messages/messages.ts';
import type { Warrant } from '../../src/domain/messages/warrant.ts';
import { bindingsFor } from '../../src/domain/plan/bindings.ts';
import { compensationsOf } from '../../src/domain/plan/compensations.ts';
import type { ActionStep, Plan } from '../../src/domain/plan/plan.ts';
import { partName, placeOf } from '../../src/domain/plan/seals.ts';
import { partSealOf, type Seals } from '../../src/domain/trust/seal.ts';
import { connectWorker } from '../../src/temporal/worker-connection.ts';
import { artifactOf, changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { query } from '../support/postgres.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import { bundleOfTests } from '../support/workflow-bundles.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
let connection: NativeConnection;
let intruder: Worker;
let intruding: Promise<void>;
/** Ends after a minute; meanwhile the others go on. */
let past: Awaited<ReturnType<typeof requestPastApi>>;
/** Warrants that are lost on their way, as if the API had ended before it could send them. */
let lostWarrants = 0;
beforeAll(async () => {
  rig = await startRig({
    signingKeys: 'own',
    policy: { ...testPolicy, environments: { production: refusing } },
    gateway: (real) => ({
      ...real,
      async warrant(id, warrant) {
        if (lostWarrants === 0) return real.warrant(id, warrant);
        lostWarrants -= 1;
        throw new GantryError('engine-unavailable', 'The API ended just now.');
      },
    }),
  });
  connection = await connectWorker(rig.server);
  const workflowBundle = await bundleOfTests('test/support/intruder');
  intruder = await Worker.create({ connection, taskQueue: 'intruder', workflowBundle });
  intruding = intruder.run();
  past = await requestPastApi();
});
afterAll(async () => {
  intruder.shutdown();
  await intruding;
  await connection.close();
  await rig.close();
});

interface Genuine {
  readonly id: string;
  readonly plan: Plan;
  readonly planDigest: string;
  readonly seals: Seals;
  readonly warrant: Warrant;
  readonly step: ActionStep;
}

/** What everybody at Temporal's port can read of a deployment. */
async function readHistory(id: string): Promise<Genuine> {
  const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
  const read = (payloads: Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined): unknown =>
    defaultPayloadConverter.fromPayload(payloads?.[0] ?? {});
  const started = read(events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads) as Pick<
    Genuine,
    'plan' | 'planDigest' | 'seals'
  >;
  const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: one }) => one ?? []);
  const word = signals.find(({ signalName }) => signalName === 'warrant');
  const warrant = read(word?.input?.payloads) as Warrant;
  return { id, ...started, warrant, step: started.plan.steps.find(({ kind }) => kind === 'action') as ActionStep };
}

async function waiting(world: World, service: string): Promise<Genuine> {
  const id = await rig.request(world, { service });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  return readHistory(id);
}

/** Somebody asks the target for what the API has sealed for another deployment, and repeats that one's warrant. */
async function requestPastApi() {
  const world = await rig.world('past');
  const { id, plan, planDigest, seals, warrant } = await waiting(world, 'past');
  const target = rig.client.workflow.getHandle('target/past/production');
  const asked = await target.executeUpdate<{ id: string }, [unknown]>('request', {
    args: [{ plan, planDigest, seals, key: 'k', bodyDigest: 'b' }],
  });
  // The target has numbered it; that it has started it, too, takes a moment.
  await eventually(
    () => rig.call('key:alice', 'GET', `/v1/deployments/${asked.id}`),
    ({ status }) => status === 200,
  );
  await rig.signal(asked.id, 'warrant', warrant);
  await rig.signal(asked.id, 'warrant', 'please');
  await rig.signal(id, 'abort', { by: 'key:alice' });
  return { world, id: asked.id };
}

/** An approval by Bob as the API signs it, to be sent by whoever has it. */
async function approvalOf({ id, planDigest }: Genuine): Promise<MessageArgument<'approve'>> {
  const path = `/v1/deployments/${id}/approve?send=false`;
  return (await rig.call<MessageArgument<'approve'>>('key:bob', 'POST', path, { planDigest })).body;
}

const vouchedFor = (deployment: string, said: Omit<Warrant, 'proof'>) =>
  vouched<Omit<Warrant, 'proof'> & { proof?: Proof }>({ ...rig, now: Date.now }, deployment, 'warrant', said);

/** Everything that a genuine run would say of its first step, in the name of `as`. */
function placeFor({ plan, seals, step }: Genuine, as: string, warrant: unknown) {
  const { procedure, inline, files, slots } = placeOf(plan);
  return {
    runIdentity: {
      deployment: as,
      target: `${plan.service}/production`,
      fence: 1,
      runId: 'a',
      firstRunId: 'a',
      continuedFrom: null,
      warrant,
    },
    workplace: { procedure, inline, files, slots, seal: partSealOf(seals, partName.place) },
    bindings: bindingsFor(plan, as, 1, null, null),
    attempt: 1,
    step,
    seal: partSealOf(seals, partName.step(step.id)),
  };
}

type Asked = readonly [taskQueue: string, activity: string, input: unknown];

/** A workflow of somebody else's under a deployment's name asks for an activity, as `input` says for its run. */
async function asksFor(as: string, asked: (runId: string) => Asked): Promise<unknown> {
  const handle = await rig.client.workflow.start('intrudeOnceTold', {
    taskQueue: 'intruder',
    workflowId: workflowIdOf(as),
  });
  const [taskQueue, activity, input] = asked(handle.firstExecutionRunId);
  await handle.signal('told', { taskQueue, activity, input });
  return handle.result().catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause?.cause;
  });
}
const codeIn = (answer: unknown) => {
  const { code, type } = answer as { readonly code?: string; readonly type?: string };
  return code ?? type;
};

describe('a sealed part', () => {
  it('is carried out for the run that the API asked for, and for no other under whatever name', async () => {
    const world = await rig.world('unasked');
    const genuine = await waiting(world, 'unasked');
    const { plan, seals, step, warrant } = genuine;
    const seal = (part: string) => partSealOf(seals, part);
    const { rollback, health, undo } = partName;
    const parts = (as: string, word: unknown): readonly Asked[] => {
      const place = placeFor(genuine, as, word);
      const approved = { ...place, approvers: [], approvals: [], windows: null };
      const [outstanding] = compensationsOf(step);
      const { verify } = plan.rollback;
      return [
        [taskQueues.actions, 'act', approved],
        [taskQueues.rollback, 'compensate', { ...place, outstanding, seal: seal(undo(step.id)) }],
        [taskQueues.rollback, 'observe', { ...place, step: null, checks: verify, seal: seal(rollback), once: true }],
        [
          taskQueues.monitors,
          'monitor',
          { ...place, checks: plan.health, seal: seal(health), mode: 'evaluate', carry: null },
        ],
      ];
    };
    let number = 900;
    for (const word of [null, warrant, { ...warrant, runId: 'a' }])
      for (const i of [0, 1, 2, 3]) {
        const as = `unasked.production.${(number += 1)}`;
        expect(codeIn(await asksFor(as, () => parts(as, word)[i] as Asked))).toBe('unsealed-plan');
      }
    expect(world.changes).toEqual([]);
    await rig.approve(genuine.id);
    expect((await rig.ended(genuine.id)).outcome).toBe('succeeded');
  });

  it('is not carried out again under the name of a deployment that has ended, with all that its history contains', async () => {
    const world = await rig.world('again');
    const genuine = await waiting(world, 'again');
    const approval = await approvalOf(genuine);
    await rig.update(genuine.id, 'approve', approval);
    expect((await rig.ended(genuine.id)).outcome).toBe('succeeded');
    await rig.client.workflow.getHandle(workflowIdOf(genuine.id)).result();
    const before = [...world.changes];
    const approvers = [{ subject: 'key:bob', role: 'service-owner' }];
    const place = {
      ...placeFor(genuine, genuine.id, genuine.warrant),
      approvers,
      approvals: [approval],
      windows: null,
    };
    const act = () => [taskQueues.actions, 'act', place] as const;
    expect(codeIn(await asksFor(genuine.id, act))).toBe('unsealed-plan');
    expect(world.changes).toEqual(before);
  });

  it('is an action only with the approvals of the right people, whatever poses as its workflow', async () => {
    const world = await rig.world('posed');
    const other = await waiting(world, 'posed');
    const elsewhere = await approvalOf(other);
    const genuine = await waiting(world, 'posed');
    const approval = await approvalOf(genuine);
    for (const { id } of [other, genuine]) {
      await rig.signal(id, 'abort', { by: 'key:alice' });
      await rig.ended(id);
      await rig.client.workflow.getHandle(workflowIdOf(id)).result();
    }
    const approvers = [{ subject: 'key:bob', role: 'service-owner' }];
    const ask = (approvals: readonly unknown[]) =>
      asksFor(genuine.id, (runId) => {
        const warrant = vouchedFor(genuine.id, { runId, planDigest: genuine.planDigest });
        return [
          taskQueues.actions,
          'act',
          { ...placeFor(genuine, genuine.id, warrant), approvers, approvals, windows: null },
        ];
      });
    const { proof: _, ...unproven } = approval;
    const forgeries = [[], [unproven], [elsewhere], [{ ...elsewhere, planDigest: genuine.planDigest }]];
    for (const approvals of [...forgeries, [{ ...approval, by: 'key:olga' }]])
      expect(codeIn(await ask(approvals))).toBe('unproven-message');
    expect(world.changes).toEqual([]);
    expect(rig.told.some((line) => /page/i.test(line) && line.includes('Nobody vouches that gate start'))).toBe(true);
    // What the forgeries lack is nothing but the approval.
    expect(await ask([approval])).toMatchObject({ kind: 'acted', outcome: { kind: 'completed' } });
    expect(world.changes).not.toEqual([]);
  });
});

describe('a request', () => {
  it.each([
    ['', []],
    [', also over a store that has lost the plan meanwhile', ['delete from plans']],
    [', also over one that has lost its key as well', ['delete from plans', 'delete from idempotency']],
  ])('whose API ended before it gave its word goes on when it is sent again%s', async (_how, statements) => {
    const service = `repeated-${statements.length}`;
    const world = await rig.world(service);
    const send = () =>
      rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', changeOf(world, { service }), {
        'idempotency-key': service,
      });
    await rig.submitEvidence('1.4.2');
    lostWarrants = 1;
    expect((await send()).status).toBe(503);
    for (const statement of statements) await query(rig.storeAddress, statement);
    // What is frozen now would be another plan.
    await rig.submitEvidence('1.4.2');
    const { body, status } = await send();
    expect(status).toBe(202);
    await rig.until(body.id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(body.id);
    expect((await rig.ended(body.id)).outcome).toBe('succeeded');
  });

  it('to resolve, whose API ended before it sent the warrant for the repair, goes on when it is sent again', async () => {
    const world = await rig.world('resolved');
    const id = await rig.request(world, { service: 'resolved', steps: [steps.startByHttp(world), steps.hold('1m')] });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    const target = '/v1/targets/resolved/production';
    await eventually(
      () => rig.call('key:alice', 'GET', target),
      ({ body }) => body['needsIntervention'] === true,
    );
    const resolution = { deployment: id, decision: 'compensate', reason: 'back' };
    const resolve = () => rig.call<{ id: string }>('key:carol', 'POST', `${target}/resolve`, resolution);
    lostWarrants = 1;
    expect((await resolve()).status).toBe(503);
    // Who decides otherwise is not told that it is being done.
    const live = { release: '1.4.1', artifact: artifactOf('1.4.1'), slot: 'blue' };
    const other = { ...resolution, decision: 'accept', live };
    expect(await rig.call('key:carol', 'POST', `${target}/resolve`, other)).toMatchObject({ status: 409 });
    const { status, body } = await resolve();
    expect(status).toBe(202);
    expect((await rig.ended(body.id)).outcome).toBe('succeeded');
    expect(world.slots.green.running).toBe(false);
    expect((await resolve()).status).toBe(409);
  });

  it('is the first in the journal, whatever is sent to the workflow as it starts', async () => {
    const world = await rig.world('early');
    const { plan, planDigest, seals, id } = await waiting(world, 'early');
    const handle = await rig.client.workflow.signalWithStart('deployment', {
      taskQueue: taskQueues.main,
      workflowId: workflowIdOf('early.production.900'),
      args: [{ plan, planDigest, seals, number: 900, presumed: { live: null, slot: null } }],
      signal: 'warrant',
      signalArgs: ['please'],
    });
    await expect(handle.result()).resolves.toMatchObject({ outcome: 'rejected' });
    const [first, ...others] = await rig.journal('early.production.900');
    expect(first).toMatchObject({ seq: 1, type: 'requested' });
    expect(entriesOf(others, 'security-alert').map(({ code }) => code)).toEqual(['unproven-message', 'unsealed-plan']);
    await rig.signal(id, 'abort', { by: 'key:alice' });
    await rig.ended(id);
  });

  it('past the API, with all that the API has sealed, is rejected and paged within two minutes', async () => {
    const { world, id } = past;
    const { outcome } = await rig.ended(id);
    expect(outcome).toBe('rejected');
    const alerts = entriesOf(await rig.journal(id), 'security-alert').map(({ code }) => code);
    expect(alerts).toEqual(['unproven-message', 'unproven-message', 'unsealed-plan']);
    expect(world.changes).toEqual([]);
  }, 120_000);
});

describe('a worker that cannot ask which keys count', () => {
  it('keeps the way back waiting, which uses up no attempt, and pages', async () => {
    const world = await rig.world('unsure');
    const id = await rig.request(world, { service: 'unsure', steps: [steps.startByHttp(world), steps.gate()] });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    rig.silenceTrust(true);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    // More questions than it has attempts.
    await eventually(
      () => Promise.resolve(rig.told),
      (lines) => lines.some((line) => line.includes('The undo of start-idle waits')),
    );
    expect(world.slots.green.running).toBe(true);
    rig.silenceTrust(false);
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(world.slots.green.running).toBe(false);
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'compensation-started').map(({ step, attempt }) => [step, attempt])).toEqual([
      ['start-idle', 1],
    ]);
    const waits = entriesOf(journal, 'deviation').filter(({ code }) => code === 'compensation-waits');
    expect(waits).toMatchObject([{ severity: 'minor', step: 'start-idle' }]);
  });
});

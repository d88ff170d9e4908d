import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto';
import { jsonValue, sample } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { messageNames } from '../../src/domain/messages/messages.ts';
import { steps } from '../support/change.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const { UpdateWorkflowExecutionLifecycleStage: stage, WorkflowTaskFailedCause: failure } = proto.temporal.api.enums.v1;
const bytes = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => ({ metadata: { encoding: bytes('json/plain') }, data: bytes(JSON.stringify(value)) });
const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

/** What nobody of Gantry's would send, as lists of arguments, as Temporal has them. */
const oddities = [
  [],
  ...[
    null,
    '',
    'text',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    nested(500),
    { number: '1' },
    { number: null, serves: 'all' },
    { number: 1, serves: { live: null, slot: 'blue' } },
    { number: 1e300 },
    { by: 7 },
    { by: 'key:\ud800' },
    { by: 'key:alice', unknown: 'x'.repeat(10_000) },
    { fence: 'high', live: {}, slot: 3 },
    { runId: 1 },
    { key: 1, plan: {} },
    { key: 'k', bodyDigest: 'b', plan: {}, planDigest: `sha256:${'0'.repeat(64)}`, seals: null },
    { deployment: 7, decision: 'compensate' },
    ...sample(jsonValue(), { numRuns: 8, seed: 17 }),
  ].map((value) => [json(value)]),
  [json({ by: 'key:alice' }), json({ by: 'key:bob' })],
  [{ metadata: { encoding: bytes('binary/plain') }, data: new Uint8Array([0, 255, 254]) }],
  [{ metadata: { encoding: bytes('binary/encrypted') }, data: new Uint8Array([1, 2, 3]) }],
  [{ metadata: { encoding: bytes('json/plain') }, data: bytes('{"by":') }],
  [{ metadata: {}, data: bytes('{}') }],
  [{ data: bytes('{}') }],
] as const;

const place = (workflowId: string) => ({ namespace: rig.server.namespace, workflowExecution: { workflowId } });

async function signalEverything(workflowId: string, names: readonly string[]): Promise<void> {
  for (const signalName of names)
    for (const payloads of oddities)
      await rig.client.workflowService.signalWorkflowExecution({
        ...place(workflowId),
        signalName,
        input: { payloads: [...payloads] },
        requestId: randomUUID(),
      });
}

/** Answers the updates that were not refused. */
async function updateEverything(workflowId: string, names: readonly string[]): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (const name of names)
    for (const [i, payloads] of oddities.entries()) {
      const { outcome } = await rig.client.workflowService.updateWorkflowExecution({
        ...place(workflowId),
        waitPolicy: { lifecycleStage: stage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED },
        request: { meta: { updateId: randomUUID() }, input: { name, args: { payloads: [...payloads] } } },
      });
      if (!outcome?.failure) accepted.push(`${name} ${i}`);
    }
  return accepted;
}

/** Answers what was not answered in time: an error is an answer. */
async function queryEverything(workflowId: string, names: readonly string[]): Promise<readonly string[]> {
  const unanswered: string[] = [];
  for (const queryType of names)
    for (const payloads of oddities)
      await rig.client.workflowService
        .queryWorkflow({
          namespace: rig.server.namespace,
          execution: { workflowId },
          query: { queryType, queryArgs: { payloads: [...payloads] } },
        })
        .catch((error: unknown) => {
          if (/deadline/i.test(String(error))) unanswered.push(queryType);
        });
  return unanswered;
}

const tasksFailed = async (workflowId: string) =>
  ((await rig.client.workflow.getHandle(workflowId).fetchHistory()).events ?? []).filter(
    ({ workflowTaskFailedEventAttributes: failed }) =>
      // A task that is cut off by what comes meanwhile is none that failed by itself.
      failed &&
      failed.cause !== failure.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND &&
      failed.cause !== failure.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE,
  );

const signals = ['granted', 'superseded', 'warrant', 'nobody-knows-this', '__temporal_reserved', '__stack_trace'];

describe('whatever is sent past the API', () => {
  it('leaves a deployment that waits for its approval able to be aborted', async () => {
    const id = await rig.request(await rig.world('odd-waiting'), { service: 'odd-waiting' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const workflowId = workflowIdOf(id);
    await signalEverything(workflowId, [...signals, ...messageNames.filter((name) => name !== 'abort')]);
    expect(await updateEverything(workflowId, [...messageNames, 'no-such-update'])).toEqual([]);
    expect(await queryEverything(workflowId, ['status', 'journal', 'abort', 'no-such-query', '__stack_trace'])).toEqual(
      [],
    );
    expect((await rig.status(id)).phase).toBe('awaiting-approval');
    expect(await tasksFailed(workflowId)).toEqual([]);
    expect((await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {})).status).toBe(202);
    expect((await rig.ended(id)).outcome).toBe('aborted');
    expect(entriesOf(await rig.journal(id), 'message-refused')).toHaveLength(100);
  });

  it('leaves a deployment that has begun on its way, and its abort a way back', async () => {
    const world = await rig.world('odd-executing');
    const id = await rig.request(world, {
      service: 'odd-executing',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1h')],
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const workflowId = workflowIdOf(id);
    // A newer deployment that serves would have it make way before its first change, never after.
    await rig.signal(id, 'superseded', { by: 'odd-executing.production.2' });
    await signalEverything(workflowId, [...signals, 'abort']);
    expect((await rig.status(id)).phase).toBe('executing');
    expect(await tasksFailed(workflowId)).toEqual([]);
    expect((await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {})).status).toBe(202);
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
  });

  it('leaves a target that still numbers, grants and serves', async () => {
    const world = await rig.world('odd-target');
    const target = 'target/odd-target/production';
    await signalEverything(target, ['acquire', 'release', 'stuck', ...signals]);
    expect(await updateEverything(target, ['request', 'adopt', 'resolve', 'review', 'no-such-update'])).toEqual([]);
    expect(await queryEverything(target, ['target', 'requested', 'no-such-query'])).toEqual([]);
    expect(await tasksFailed(target)).toEqual([]);
    const { id, status } = await rig.deploy(world, { service: 'odd-target' });
    expect(id).toBe('odd-target.production.1');
    expect(status.outcome).toBe('succeeded');
  });

  it.each(['target', 'deployment'])('fails a %s at once that was started with nonsense', async (type) => {
    const workflowId = `${type}/nonsense/production/1`;
    const handle = await rig.client.workflow.start(type, { workflowId, taskQueue: 'gantry', args: [{ service: 7 }] });
    await expect(handle.result()).rejects.toThrow('failed');
    expect((await handle.describe()).status.name).toBe('FAILED');
  });
});

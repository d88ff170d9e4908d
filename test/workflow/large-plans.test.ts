import { afterAll, beforeAll, expect, it } from 'vitest';
import { byteLength, canonicalJson } from '../../src/domain/base/canonical-json.ts';
import { payloadLimitBytes } from '../../src/domain/base/payload-limit.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { planLimitBytes } from '../../src/domain/planning/plan-size.ts';
import { payloadsOf } from '../../src/domain/ports/payloads.ts';
import { changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ signingKeys: 'own', policy: { ...testPolicy, environments: { production: refusing } } });
});
afterAll(() => rig.close());

/** How much longer than here names and addresses can be, in bytes; of a evaluation also what people are told of twice. */
const slack = 4_096;
const evaluationSlack = 8_192;

/** Checks of the world, each with a header of so many bytes. */
const checks = (world: World, length: number) =>
  Array.from({ length: 45 }, (_, i) => ({
    id: `check-${i}`,
    http: `${world.url}/version`,
    headers: { pad: 'x'.repeat(length) },
  }));

/** Of the lengths below a limit, the greatest of which planning takes the change, and the next one. */
async function largest(limit: number, changeWith: (length: number) => Record<string, unknown>) {
  const isTaken = async (length: number) =>
    (await rig.call('key:alice', 'POST', '/v1/plans', changeWith(length))).status === 200;
  let [taken, refused] = [0, limit];
  while (refused - taken > 1) {
    const middle = Math.floor((taken + refused) / 2);
    if (await isTaken(middle)) taken = middle;
    else refused = middle;
  }
  return { taken, refused };
}

/** Bytes of what a deployment was started with and of what its activities were given, the largest of each kind. */
async function givenTo(id: string): Promise<ReadonlyMap<string, number>> {
  const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
  const found = new Map<string, number>();
  for (const event of events ?? []) {
    const started = event.workflowExecutionStartedEventAttributes;
    const scheduled = event.activityTaskScheduledEventAttributes;
    const name = started ? 'workflow' : (scheduled?.activityType?.name ?? '');
    const bytes = (started ?? scheduled)?.input?.payloads?.[0]?.data?.length ?? 0;
    found.set(name, Math.max(found.get(name) ?? 0, bytes));
  }
  return found;
}

it('the largest plan that planning takes is carried out within the limit, and a larger one is refused at both doors', async () => {
  const world = await rig.world('largest');
  await rig.submitEvidence('1.4.2');
  const base = changeOf(world, { service: 'largest' });
  const { health = [], ...procedure } = base['procedure'] as { health?: readonly object[] };
  const changeWith = (length: number) => ({
    ...base,
    // Making such plans keeps this process from answering anybody for a while.
    procedure: {
      ...procedure,
      health: [...health.map((one) => ({ ...one, timeout: '20s' })), ...checks(world, length)],
    },
  });
  const { taken, refused } = await largest(1_500, changeWith);
  for (const path of ['/v1/plans', '/v1/deployments']) {
    const answer = await rig.call('key:alice', 'POST', path, changeWith(refused), { 'idempotency-key': 'too-large' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'plan-too-large', pointer: '/procedure' } });
  }

  const { id, status } = await rig.deploy(world, {
    service: 'largest',
    procedure: changeWith(taken).procedure as unknown as Record<string, unknown>,
  });
  expect(status.outcome).toBe('succeeded');
  const { plan, planDigest } = (
    await rig.call<{ plan: Plan; planDigest: string }>('key:alice', 'GET', `/v1/deployments/${id}/plan`)
  ).body;
  const measured = new Map(payloadsOf(plan, planDigest).map(({ what, bytes }) => [what, bytes]));
  const given = await givenTo(id);
  for (const [what, name] of [
    ['its workflow', 'workflow'],
    ['its evaluation with the health checks', 'evaluateGates'],
  ] as const) {
    const sent = given.get(name) ?? 0;
    expect(measured.get(what)).toBeGreaterThanOrEqual(sent);
    expect(measured.get(what)).toBeLessThan(sent + (name === 'evaluateGates' ? evaluationSlack : slack));
  }
  expect(given.get('evaluateGates')).toBeGreaterThan(payloadLimitBytes - evaluationSlack);
  for (const [name, bytes] of given) expect([name, bytes <= payloadLimitBytes]).toEqual([name, true]);
});

it('a plan that has all the bytes that one may have is repaired', async () => {
  const world = await rig.world('repaired');
  await rig.submitEvidence('1.4.4');
  const options = { service: 'repaired', release: '1.4.4', steps: [steps.startByHttp(world), steps.hold('1m')] };
  const base = changeOf(world, options);
  const { validation, ...procedure } = base['procedure'] as { validation: object };
  const changeWith = (length: number) => ({
    ...base,
    procedure: { ...procedure, validation: { ...validation, smoke: checks(world, length) } },
  });
  const { taken } = await largest(2_500, changeWith);
  const id = await rig.request(world, {
    ...options,
    procedure: changeWith(taken).procedure as unknown as Record<string, unknown>,
  });
  const { plan } = (await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`)).body;
  expect(byteLength(canonicalJson(plan))).toBeGreaterThan(planLimitBytes - 100);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
  await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
  const target = '/v1/targets/repaired/production';
  await eventually(
    () => rig.call('key:alice', 'GET', target),
    ({ body }) => body['needsIntervention'] === true,
  );
  const resolution = { deployment: id, decision: 'compensate', reason: 'é'.repeat(500) };
  const repair = await rig.call<{ id: string }>('key:carol', 'POST', `${target}/resolve`, resolution);
  await eventually(
    () => rig.call<{ outcome?: string }>('key:alice', 'GET', `/v1/deployments/${repair.body.id}`),
    ({ body }) => body.outcome === 'succeeded',
  );
  expect(world.slots.green.running).toBe(false);
  for (const [name, bytes] of await givenTo(repair.body.id))
    expect([name, bytes <= payloadLimitBytes]).toEqual([name, true]);
});

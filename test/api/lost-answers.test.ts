import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GantryError } from '../../src/domain/errors.ts';
import type { DeploymentRow } from '../../src/domain/ports/publishing.ts';
import type { Status } from '../../src/domain/status.ts';
import type { Gateway } from '../../src/temporal/gateway.ts';
import { changeOf } from '../support/change.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';

// What an Idempotency-Key promises when the answer of Temporal, of the store or of the API itself does not arrive.

let rig: Rig;
/** Asks Temporal in another way than it would be. */
let bent: (real: Gateway) => Partial<Gateway> = () => ({});
beforeAll(async () => {
  rig = await startRig({
    gateway: (real) => {
      const now = () => ({ ...real, ...bent(real) });
      return {
        ...real,
        request: (...asked) => now().request(...asked),
        message: (...asked) => now().message(...asked),
        status: (...asked) => now().status(...asked),
        rest: (...asked) => now().rest(...asked),
        describe: (...asked) => now().describe(...asked),
      };
    },
  });
});
afterEach(() => rig.writePolicy(testPolicy));
afterAll(() => rig.close());

const silence = () => new GantryError('engine-unavailable', 'No answer.');
const bend = async <T>(how: typeof bent, work: () => Promise<T>): Promise<T> => {
  bent = how;
  try {
    return await work();
  } finally {
    bent = () => ({});
  }
};
/** The target accepts, and nobody hears of it. */
const unheard = (real: Gateway) => ({
  async request(...asked: Parameters<Gateway['request']>) {
    await real.request(...asked);
    throw silence();
  },
});
const post = async (key: string, body: Readonly<Record<string, unknown>>) => {
  const headers = { 'idempotency-key': `${String(body['service'])}-${key}` };
  const answer = await rig.call<{ id: string; code?: string }>('key:alice', 'POST', '/v1/deployments', body, headers);
  return { status: answer.status, what: answer.body.code ?? answer.body.id };
};
const abort = async (id: string) => {
  await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
  await rig.ended(id);
};
const stricter = { ...testPolicy, environments: { production: { ...rules, monitoring: { minimum: '1h' } } } };
const lost = { status: 503, what: 'engine-unavailable' };
const reused = { status: 422, what: 'idempotency-key-reused' };

describe('a request whose answer was lost', () => {
  it('keeps its key: its repeat finds the deployment, whatever policy says by then, and no other body does', async () => {
    const world = await rig.world('unheard');
    const body = changeOf(world, { service: 'unheard' });
    const other = { ...body, release: '1.4.3' };
    expect(await bend(unheard, () => post('k', body))).toEqual(lost);
    expect(await post('k', other)).toEqual(reused);
    await rig.writePolicy(stricter);
    expect(await post('another', body)).toEqual({ status: 422, what: 'policy-not-met' });
    expect(await post('k', body)).toEqual({ status: 202, what: 'unheard.production.1' });
    expect(await post('k', other)).toEqual(reused);
    await rig.writePolicy(testPolicy);
    expect(await post('k', body)).toEqual({ status: 202, what: 'unheard.production.1' });
    expect(await post('another', other)).toEqual({ status: 202, what: 'unheard.production.2' });
    for (const n of [1, 2]) await abort(`unheard.production.${n}`);
  });

  it('keeps its key where the target has not heard of it either, and then makes one deployment', async () => {
    const world = await rig.world('unsaid');
    const body = changeOf(world, { service: 'unsaid' });
    const unsaid = () => ({ request: () => Promise.reject(silence()) });
    for (let n = 0; n < 2; n += 1) expect(await bend(unsaid, () => post('k', body))).toEqual(lost);
    expect(await post('k', { ...body, release: '1.4.3' })).toEqual(reused);
    expect(await post('k', body)).toEqual({ status: 202, what: 'unsaid.production.1' });
    await abort('unsaid.production.1');
  });

  it('keeps its key when its repeat is refused', async () => {
    const world = await rig.world('refused');
    const body = changeOf(world, { service: 'refused' });
    const unsaid = () => ({ request: () => Promise.reject(silence()) });
    expect(await bend(unsaid, () => post('k', body))).toEqual(lost);
    await rig.writePolicy(stricter);
    expect(await post('k', body)).toEqual({ status: 422, what: 'policy-not-met' });
    await rig.writePolicy(testPolicy);
    expect(await post('k', { ...body, release: '1.4.3' })).toEqual(reused);
  });

  it('is known to its target with its body, also where the store knows nothing of it', async () => {
    const world = await rig.world('forgotten');
    const body = changeOf(world, { service: 'forgotten' });
    const answers = [];
    for (const sent of [body, { ...body, release: '1.4.3' }, body]) {
      answers.push(await bend(unheard, () => post('k', sent)));
      await rig.store.release('key:alice', 'forgotten-k');
    }
    expect(answers).toEqual([lost, reused, lost]);
    expect(await post('k', body)).toEqual({ status: 202, what: 'forgotten.production.1' });
    await abort('forgotten.production.1');
    // And after its end.
    expect(await post('k', body)).toEqual({ status: 202, what: 'forgotten.production.1' });
    expect(await post('new', body)).toEqual({ status: 202, what: 'forgotten.production.2' });
    await abort('forgotten.production.2');
  });
});

it('a repeat waits for a deployment that has an answer and is not there to be asked yet', async () => {
  const world = await rig.world('ghost');
  const id = 'ghost.production.1';
  const body = changeOf(world, { service: 'ghost' });
  let looks = Number.POSITIVE_INFINITY;
  const rest = async () => {
    if (looks < 3) throw new GantryError('not-found', 'Not yet.');
    return { deployment: id, row: { id } as DeploymentRow, entries: [] };
  };
  const status = async () => {
    return { id, waitingFor: [] as Status['waitingFor'] } as Status;
  };
  const ghost = () => ({
    request: async () => ({ id, number: 1, workflowId: 'deployment/ghost/production/1' }),
    describe: async () => ((looks += 1) < 3 ? ('unknown' as const) : ('running' as const)),
    rest,
    status,
  });
  await bend(ghost, async () => {
    expect(await post('k', body)).toEqual({ status: 202, what: id });
    looks = 0;
    expect(await post('k', body)).toEqual({ status: 202, what: id });
  });
});

it('a message that Temporal does not answer is refused once the deployment has ended, and safe to repeat before', async () => {
  const world = await rig.world('busy');
  const id = await rig.request(world, { service: 'busy' });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  const unsaid = () => ({ message: () => Promise.reject(silence()) });
  const note = async () => {
    const said = { severity: 'minor', statement: 'Nothing.' };
    const { status, body } = await rig.call('key:alice', 'POST', `/v1/deployments/${id}/note`, said);
    return { status, what: body['code'] };
  };
  expect(await bend(unsaid, note)).toEqual(lost);
  await abort(id);
  expect(await bend(unsaid, note)).toEqual({ status: 409, what: 'ended' });
  expect(await note()).toEqual({ status: 409, what: 'ended' });
});

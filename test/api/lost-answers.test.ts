import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf } from '../../src/api/requests/idempotency-key.ts';
import { digestOfJson } from '../../src/domain/base/canonical-json.ts';
import { GantryError } from '../../src/domain/base/errors.ts';
import { initialState } from '../../src/domain/deployment/state.ts';
import { statusOf } from '../../src/domain/deployment/status.ts';
import type { DeploymentRow } from '../../src/domain/journal/batch.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { Gateway } from '../../src/temporal/gateway.ts';
import { artifactOf, changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { evidenceFor } from '../support/evidence.ts';
import { goodJournal } from '../support/journal.ts';
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
        adopt: (...asked) => now().adopt(...asked),
        resolve: (...asked) => now().resolve(...asked),
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
  it('keeps its key: its repeat finds the deployment, also under another policy, and no other body does', async () => {
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

  it('keeps its key where the target did not receive it either, and then makes one deployment', async () => {
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
      const claim = await rig.store.claim('key:alice', 'forgotten-k', digestsOf('/v1/deployments', {}, sent));
      if (claim.kind === 'claimed') await rig.store.release(claim.held);
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
  const { plan } = goodJournal();
  const identity = { id, workflowId: 'deployment/ghost/production/1', number: 1 };
  const status = async () => statusOf(plan, digestOfJson(plan), initialState(plan), identity, null);
  const ghost = () => ({
    request: async () => identity,
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
  const pause = async () => {
    const { status, body } = await rig.call('key:alice', 'POST', `/v1/deployments/${id}/pause`, {});
    return { status, what: body['code'] };
  };
  expect(await bend(unsaid, pause)).toEqual(lost);
  await abort(id);
  expect(await bend(unsaid, pause)).toEqual({ status: 409, what: 'ended' });
  expect(await pause()).toEqual({ status: 409, what: 'ended' });
});

describe('under an Idempotency-Key', () => {
  const given = async (as: string, path: string, body: unknown, key: string) => {
    const { status, body: said, headers } = await rig.call(as, 'POST', path, body, { 'idempotency-key': key });
    return { status, body: said, location: headers.get('location') };
  };
  const codeOf = async (...asked: Parameters<typeof given>) => {
    const { status, body } = await given(...asked);
    return { status, what: body['code'] };
  };

  it('the same bytes are the same request, also to a version that reads them otherwise', async () => {
    const world = await rig.world('upgraded');
    const body = changeOf(world, { service: 'upgraded' });
    const { sent } = digestsOf('/v1/deployments', {}, body);
    const claim = await rig.store.claim('key:alice', 'upgraded-k', {
      sent,
      read: 'as the version before filled it in',
    });
    if (claim.kind === 'claimed') await rig.store.giveBack(claim.held);
    expect(await post('k', Object.fromEntries(Object.entries(body).toReversed()))).toEqual({
      status: 202,
      what: 'upgraded.production.1',
    });
    expect(await post('k', { ...body, parameters: {}, release: '1.4.3' })).toEqual(reused);
    await abort('upgraded.production.1');
  });

  it('a note whose answer was lost stands in the journal once, and its repeat is answered as it was', async () => {
    const world = await rig.world('noted');
    const id = await rig.request(world, { service: 'noted' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const path = `/v1/deployments/${id}/note`;
    const note = { severity: 'minor', statement: 'Once.' };
    const unheardNote = (real: Gateway) => ({
      async message(...asked: Parameters<Gateway['message']>) {
        await real.message(...asked);
        throw silence();
      },
    });
    expect(await bend(unheardNote, () => codeOf('key:alice', path, note, 'note-1'))).toEqual(lost);
    for (let n = 0; n < 2; n += 1) expect((await given('key:alice', path, note, 'note-1')).body).toMatchObject({ id });
    expect(entriesOf(await rig.journal(id), 'note-added')).toHaveLength(1);
    // Said under another key, or by somebody else, it is another one.
    await given('key:alice', path, note, 'note-2');
    await given('key:bob', path, note, 'note-1');
    expect(entriesOf(await rig.journal(id), 'note-added')).toHaveLength(3);
    expect(await codeOf('key:alice', path, { ...note, severity: 'major' }, 'note-1')).toEqual(reused);
    expect(await codeOf('key:alice', `/v1/deployments/${id}/pause`, {}, 'note-1')).toEqual(reused);
    expect(await codeOf('key:alice', path, note, 'no key')).toEqual({ status: 400, what: 'malformed' });
    // Nothing keeps an abort away.
    expect((await given('key:alice', `/v1/deployments/${id}/abort`, {}, 'note-1')).status).toBe(202);
    await rig.ended(id);
    expect((await given('key:alice', path, note, 'note-1')).body).toMatchObject({ id, outcome: 'aborted' });
    expect(await codeOf('key:alice', `/v1/deployments/${id}/pause`, {}, 'note-4')).toEqual({
      status: 409,
      what: 'ended',
    });
  });

  it('the repeat of an adoption whose answer was lost does not undo a later adoption', async () => {
    await rig.world('adopted');
    const path = '/v1/targets/adopted/production/adopt';
    const saying = (release: string) => ({ release, artifact: artifactOf(release), slot: 'blue', reason: 'so it is' });
    const unheardAdoption = (real: Gateway) => ({
      async adopt(...asked: Parameters<Gateway['adopt']>) {
        await real.adopt(...asked);
        throw silence();
      },
    });
    expect(await bend(unheardAdoption, () => codeOf('key:carol', path, saying('2.0.0'), 'a'))).toEqual(lost);
    expect((await given('key:carol', path, saying('3.0.0'), 'b')).body).toMatchObject({ live: { release: '3.0.0' } });
    const repeated = await given('key:carol', path, saying('2.0.0'), 'a');
    expect(repeated).toMatchObject({ status: 200, body: { live: { release: '2.0.0' } } });
    expect(await given('key:carol', path, saying('2.0.0'), 'a')).toEqual(repeated);
    expect(await rig.call('key:alice', 'GET', '/v1/targets/adopted/production')).toMatchObject({
      body: { live: { release: '3.0.0' } },
    });
    expect(await codeOf('key:carol', path, saying('4.0.0'), 'a')).toEqual(reused);
  });

  it('a resolve whose answer was lost finds its repair, though that has ended', async () => {
    const world = await rig.world('stuck');
    world.bend('GET /slots/green/health', 503);
    world.bend('DELETE /slots/green', 500);
    const { id } = await rig.deploy(world, { service: 'stuck', steps: [steps.startByHttp(world)] });
    const path = '/v1/targets/stuck/production/resolve';
    const live = { release: '1.4.1', artifact: artifactOf('1.4.1'), slot: 'blue' };
    const said = { deployment: id, decision: 'accept', live, reason: 'Looked at it' };
    const unheardWord = (real: Gateway) => ({
      async resolve(...asked: Parameters<Gateway['resolve']>) {
        await real.resolve(...asked);
        throw silence();
      },
    });
    expect(await bend(unheardWord, () => codeOf('key:carol', path, said, 'r'))).toEqual(lost);
    await eventually(
      () => rig.call('key:alice', 'GET', '/v1/deployments/stuck.production.2'),
      ({ status }) => status === 200,
    );
    expect((await rig.ended('stuck.production.2')).outcome).toBe('succeeded');
    const repair = { status: 202, body: { id: 'stuck.production.2', number: 2 } };
    expect(await given('key:carol', path, said, 'r')).toMatchObject(repair);
    expect(await given('key:carol', path, said, 'r')).toMatchObject(repair);
    expect(await codeOf('key:carol', path, said, 's')).toEqual({ status: 409, what: 'nothing-to-resolve' });
    expect(await codeOf('key:carol', path, { ...said, deployment: 'bank.production.3' }, 'q')).toEqual({
      status: 422,
      what: 'other-target',
    });
  });

  it('evidence is answered as it was taken the first time', async () => {
    const body = evidenceFor(artifactOf('7.7.7').digest);
    const first = await given('key:ci-shop', '/v1/evidence', body, 'e');
    expect(first.status).toBe(201);
    expect(await given('key:ci-shop', '/v1/evidence', body, 'e')).toEqual(first);
    expect(await codeOf('key:ci-shop', '/v1/evidence', evidenceFor(artifactOf('7.7.8').digest), 'e')).toEqual(reused);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SigningKeys } from '../../src/api/deps.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { MessageArgument } from '../../src/domain/messages/messages.ts';
import { proofText } from '../../src/domain/messages/proof.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';

/** Bob and Alice also come by other names; in `pair` two owners approve. */
const policy = {
  ...testPolicy,
  people: testPolicy.people.map((person) => ({
    ...person,
    aliases: [`${person.subject}-laptop`, ...(person.aliases ?? [])],
  })),
  environments: {
    ...testPolicy.environments,
    pair: { ...rules, approvals: { ...rules.approvals, rules: [{ role: 'service-owner', minimum: 2 }] } },
  },
};

let rig: Rig;
let folder: string;
let otherKeys: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-keys-'));
  const signingKeys = await ensureMessageKeys(folder);
  await rm(join(folder, 'message-key'));
  otherKeys = await ensureMessageKeys(folder);
  rig = await startRig({ signingKeys, policy });
});
afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true });
});

async function waiting(service: string): Promise<string> {
  const world = await rig.world(service);
  const id = await rig.request(world, { service });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  return id;
}
/** What the API sent to a deployment, as anybody finds it who may read histories. */
async function approvalIn(id: string): Promise<MessageArgument<'approve'>> {
  const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
  const [sent] = (events ?? [])
    .flatMap((event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input ?? [])
    .filter(({ name }) => name === 'approve');
  return defaultPayloadConverter.fromPayload(sent?.args?.payloads?.[0] ?? {});
}
const toldNow = () => ({
  nonce: '0'.repeat(32),
  sentBy: 'api' as const,
  roles: ['service-owner'],
  issuedAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
});
const approvals = async (id: string) =>
  entriesOf(await rig.journal(id), 'approval-granted').map(({ by }) => [by.subject, by.via, by.identity]);
describe('who sent a message', () => {
  it('is verified where the API vouches for it, and only asserted past the API', async () => {
    const id = await waiting('vouched');
    await rig.approve(id);
    expect(await approvals(id)).toEqual([['key:bob', 'api', 'verified']]);
    await rig.ended(id);
    const by = await waiting('asserted');
    const { planDigest } = await rig.status(by);
    await rig.signal(by, 'approve', { by: 'key:bob', planDigest });
    await rig.ended(by);
    expect(await approvals(by)).toEqual([['key:bob', 'signal', 'asserted']]);
  });

  it('is not verified by the signature of another key, by none, or by that of another deployment', async () => {
    const first = await waiting('copied');
    await rig.approve(first);
    const signed = await approvalIn(first);
    await rig.ended(first);
    const made = {
      ...toldNow(),
      signatures: (signed.proof?.signatures ?? []).map(({ key }) => ({ key, signature: '0'.repeat(128) })),
    };
    for (const [service, proof] of [['of-another', signed.proof] as const, ['of-nobody', made] as const]) {
      const id = await waiting(service);
      const { planDigest } = await rig.status(id);
      await rig.signal(id, 'approve', { ...signed, planDigest, proof });
      await rig.ended(id);
      expect(await approvals(id)).toEqual([['key:bob', 'signal', 'asserted']]);
    }
    const id = await waiting('of-another-key');
    const { planDigest } = await rig.status(id);
    const argument: MessageArgument<'approve'> = { by: 'key:bob', planDigest, gate: 'start' };
    const told = toldNow();
    const signatures = [...otherKeys.vouch(proofText(id, 'approve', argument, told))];
    await rig.update(id, 'approve', { ...argument, proof: { ...told, signatures } });
    await rig.ended(id);
    expect(await approvals(id)).toEqual([['key:bob', 'update', 'asserted']]);
  });

  it('cannot be used again by somebody who read the message', async () => {
    const id = await waiting('replayed');
    // Paused, so that it goes on waiting once it is approved.
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/pause`, {});
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'pause'));
    const { planDigest } = await rig.status(id);
    await rig.call('key:bob', 'POST', `/v1/deployments/${id}/withdraw`, { planDigest });
    const signed = await approvalIn(id);
    expect(signed.proof).toBeDefined();
    await rig.signal(id, 'approve', signed);
    await rig.update(id, 'approve', signed);
    expect((await rig.status(id)).approvals).toEqual([]);
    expect(await approvals(id)).toEqual([['key:bob', 'api', 'verified']]);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('aborted');
  });
});

describe('one person with several names', () => {
  it('counts once, whatever the channel and the name', async () => {
    const world = await rig.world('named', 'pair');
    const laptop = async (subject: string) => createToken(rig.store, `${subject}-laptop`);
    const [alice, bob] = [await laptop('key:alice'), await laptop('key:bob')];
    const { id } = (
      await rig.call<{ id: string }>(
        alice,
        'POST',
        '/v1/deployments',
        changeOf(world, { service: 'named', environment: 'pair' }),
        {
          'idempotency-key': 'named',
        },
      )
    ).body;
    const { planDigest, requester } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    expect(requester).toMatchObject({ subject: 'key:alice' });
    const approve = (as: string) => rig.call(as, 'POST', `/v1/deployments/${id}/approve`, { planDigest });
    expect(await approve(bob)).toMatchObject({ status: 200 });

    for (const as of ['key:bob', bob])
      expect(await approve(as)).toMatchObject({ status: 403, body: { code: 'already-approved' } });
    const asLaptop = { by: 'key:bob-laptop', planDigest };
    await expect(rig.update(id, 'approve', asLaptop)).rejects.toMatchObject({ cause: { type: 'already-approved' } });
    await rig.signal(id, 'approve', asLaptop);
    await rig.signal(id, 'approve', { by: 'key:alice-laptop', planDigest });
    const refusals = async () => entriesOf(await rig.journal(id), 'message-refused').map(({ by, code }) => [by, code]);
    await eventually(refusals, (all) => all.length === 2);
    expect(await refusals()).toEqual([
      ['key:bob-laptop', 'already-approved'],
      ['key:alice-laptop', 'self-approval'],
    ]);
    expect(await approvals(id)).toEqual([['key:bob', 'api', 'verified']]);

    await rig.signal(id, 'approve', { by: 'key:olga-laptop', planDigest });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(await approvals(id)).toEqual([
      ['key:bob', 'api', 'verified'],
      ['key:olga', 'signal', 'asserted'],
    ]);
  });
});

it('a person who lost a role since the plan was frozen does not count for it any more, at the last gate either', async () => {
  const world = await rig.world('demoted');
  const id = await rig.request(world, {
    service: 'demoted',
    steps: [steps.startByHttp(world), steps.switch(world), steps.gate()],
  });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
  const people = policy.people.map((one) => (one.subject === 'key:olga' ? { ...one, roles: ['developer'] } : one));
  await rig.writePolicy({ ...policy, people });
  const { planDigest } = await rig.status(id);
  const path = `/v1/deployments/${id}/approve`;
  expect(await rig.call('key:olga', 'POST', path, { planDigest, gate: 'go' })).toMatchObject({
    status: 403,
    body: { code: 'role-missing' },
  });
  await rig.writePolicy(policy);
  await rig.approve(id, 'key:olga', 'go');
  expect((await rig.ended(id)).outcome).toBe('succeeded');
});

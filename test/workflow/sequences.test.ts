import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import {
  author,
  changeOfRoles,
  type Event,
  event,
  isPlannable,
  Model,
  type Name,
  names,
  people,
  type Quorum,
  type Roles,
  requester,
  roles,
} from '../support/approval-model.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ signingKeys: 'own' });
});
afterAll(() => rig.close());

function policyOf(given: Roles, wanted: Quorum): unknown {
  const known = names.flatMap((name) => {
    const held = given[name];
    return held ? [{ subject: `key:${name}`, name, roles: [...held, 'developer'], aliases: [`github:${name}`] }] : [];
  });
  // Somebody must hold every role for a policy to be one; these two never say a word.
  const silent = roles.map((role) => ({ subject: `key:silent-${role}`, name: role, roles: [role] }));
  const approvals = { ...refusing.approvals, rules: roles.map((role) => ({ role, minimum: wanted[role] })) };
  return {
    ...testPolicy,
    people: [...known, ...silent],
    environments: { production: { ...refusing, approvals, operators: roles } },
  };
}

/** Roles change between approvals, or nobody would ever lose one that counts. */
const often = fc.oneof({ weight: 6, arbitrary: event }, { weight: 1, arbitrary: changeOfRoles });
const change = { authors: [`github:${author}`] };
let worlds = 0;

/** Requests a deployment as its requester, and waits until it wants approvals. */
async function request(world: World, service: string): Promise<string> {
  const id = await rig.request(world, { service, change });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  return id;
}

async function send(id: string, one: Extract<Event, { readonly who: Name }>): Promise<void> {
  if (one.kind === 'roles') return;
  const { planDigest } = await rig.status(id);
  const isForThisPlan = one.kind !== 'approve' || one.isForThisPlan;
  const body = {
    planDigest: isForThisPlan ? planDigest : `sha256:${'0'.repeat(64)}`,
    ...(one.kind === 'approve' && one.role !== undefined ? { role: one.role } : {}),
  };
  const { status } = await rig.call(`key:${one.who}`, 'POST', `/v1/deployments/${id}/${one.kind}`, body);
  expect(status).toBeLessThan(500);
}

/** Where a deployment has come to once what it was told has taken effect: it waits for approvals, or has ended. */
const settled = (id: string) =>
  rig.until(id, ({ phase, outcome }) => outcome !== null || phase === 'awaiting-approval');

it('no order of requests, approvals, withdrawals, rejections and roles starts what the model forbids', async () => {
  const outcomes: string[] = [];
  await fc.assert(
    fc.asyncProperty(
      people.filter((given) => given.alice !== null && given.olga !== null),
      fc.constant({ 'service-owner': 1, 'change-manager': 1 }),
      fc.array(often, { minLength: 8, maxLength: 14, size: 'max' }),
      async (given, wanted, events) => {
        worlds += 1;
        const service = `sequence-${worlds}`;
        const model = new Model(given, wanted);
        await rig.writePolicy(testPolicy);
        const world = await rig.world(service);
        await rig.writePolicy(policyOf(model.people, wanted));
        model.apply({ kind: 'request' });
        let id = await request(world, service);
        // Whoever lost a role may have lapsed while they had lost it: the model does not know.
        let mayHaveLapsed = false;
        for (const one of events) {
          // Time stands still here, and things start by themselves.
          if (one.kind === 'wait' || one.kind === 'start' || (one.kind === 'request' && !isPlannable(model))) continue;
          // Its requester looks on all the time.
          if (one.kind === 'roles' && one.who === requester) continue;
          model.apply(one);
          if (one.kind === 'request') {
            await rig.signal(id, 'abort', { by: `key:${requester}` });
            await rig.ended(id);
            id = await request(world, service);
            mayHaveLapsed = false;
          } else if (one.kind === 'roles') {
            await rig.writePolicy(policyOf(model.people, wanted));
            mayHaveLapsed = true;
          } else await send(id, one);
          const { outcome } = await settled(id);
          const hasStarted = world.changes.length > 0;
          expect(hasStarted && !model.maySomethingStart, 'it started against the rules').toBe(false);
          expect(model.maySomethingStart && !mayHaveLapsed && !hasStarted, 'it was held back').toBe(false);
          if (outcome === null) continue;
          const ended = entriesOf(await rig.journal(id), 'ended')[0];
          expect({ outcome, cause: outcome === 'rolled-back' ? ended?.cause : null }).toEqual({
            outcome: hasStarted ? 'succeeded' : 'rejected',
            cause: null,
          });
          outcomes.push(outcome);
          return;
        }
        await rig.signal(id, 'abort', { by: `key:${requester}` });
        const { outcome } = await rig.ended(id);
        expect(outcome).toBe('aborted');
        expect(world.changes).toEqual([]);
        outcomes.push('aborted');
      },
    ),
    // Of this seed some start, and some have lost an approval when the last one comes.
    { numRuns: 15, seed: 198, endOnFailure: true },
  );
  // Both happen, or nothing was shown.
  expect(outcomes).toContain('succeeded');
  expect(outcomes.filter((one) => one !== 'succeeded').length).toBeGreaterThan(2);
}, 180_000);

import { describe, expect, it } from 'vitest';
import type { Proof } from '../../../../src/domain/messages/messages.ts';
import { withEnd } from '../../../../src/domain/target/ended-deployments.ts';
import { withGrant, withStuck } from '../../../../src/domain/target/lock.ts';
import { hasCounted, withoutRepair, withRepair, withRepairGranted } from '../../../../src/domain/target/repair.ts';
import type { Lock } from '../../../../src/domain/target/state.ts';
import { at, granted, lockOf, openDeployment, targetOf, targetWith } from './target-builders.ts';

describe('a repair', () => {
  it('has the lock at once, and raises the fence only as it is about to start', () => {
    const stuck = withEnd(granted(targetWith([1, 2], [1])), 1, 'lost');
    const passed = withRepair(stuck, 2, at);
    const lock = { number: 2, deployment: 'shop.production.2', isStuck: false };
    expect(passed).toMatchObject({ fence: 1, lock: { ...lock, fence: 1 } });
    expect(withGrant({ ...passed, queue: [1] }, at)).toBeNull();
    expect(withRepairGranted(passed, 2)).toMatchObject({ fence: 2, lock: { ...lock, fence: 2 } });
    expect(withRepairGranted(stuck, 2)).toBe(stuck);
  });

  it('has the lock by each proof once, also where it could not be started', () => {
    const held = granted(targetWith([1, 2], [1]));
    const stuck = withEnd(held, 1, 'lost');
    const proof: Proof = {
      nonce: 'a'.repeat(32),
      sentBy: 'api',
      roles: [],
      issuedAt: at,
      expiresAt: at,
      signatures: [],
    };
    const said = { proof };
    expect(hasCounted(stuck, said)).toBe(false);
    const passed = withRepair(stuck, 2, at, said);
    const again = withoutRepair(passed, 2, held.lock as Lock);
    expect(again.lock).toMatchObject({ number: 1, isStuck: true });
    for (const target of [passed, again]) expect(hasCounted(target, said)).toBe(true);
    expect(hasCounted(again, { proof: { ...proof, nonce: 'b'.repeat(32) } })).toBe(false);
    // Where nobody vouches for anything, words are not told apart.
    expect(hasCounted(withRepair(again, 3, at, {}), {})).toBe(false);
  });

  const stuck = { ...lockOf(7), isStuck: true };

  it('has the lock under its own name', () => {
    const passed = withRepair(targetOf({ open: [openDeployment(7), openDeployment(8)], lock: stuck }), 8, at);
    expect(passed.lock).toMatchObject({ number: 8, deployment: 'shop.production.8' });
  });

  it('is remembered by the last 50 proofs of resolutions', () => {
    const said = (nonce: string) => ({ proof: { nonce } as Proof });
    let resolved = targetOf({ open: [openDeployment(8)], lock: stuck });
    for (let i = 0; i < 51; i += 1) resolved = withRepair(resolved, 8, at, said(`n-${i}`));
    expect([0, 1, 50].map((i) => hasCounted(resolved, said(`n-${i}`)))).toEqual([false, true, true]);
  });

  it('that does not start leaves the lock stuck, unless the deployment to be repaired goes on', () => {
    const passed = withRepair(targetOf({ open: [openDeployment(7), openDeployment(8)], lock: stuck }), 8, at);
    expect(withoutRepair(passed, 8, stuck).lock).toEqual(stuck);
    expect(withoutRepair(passed, 8, stuck, true).lock).toEqual(lockOf(7));
  });
});

describe('a repair that cannot be started', () => {
  const held = granted(targetWith([1, 2], [1]));
  const before = { number: 1, deployment: 'shop.production.1', fence: 1, since: at, isStuck: true };

  it('leaves its target as stuck as it was, with a number less that is open', () => {
    const refused = withoutRepair(withRepairGranted(withRepair(withEnd(held, 1, 'lost'), 2, at), 2), 2, before);
    expect(refused).toMatchObject({ fence: 2, lock: { number: 1, isStuck: true }, open: [] });
  });

  it('leaves the lock with the one that goes on, and with a person where that has ended meanwhile', () => {
    const passed = withRepair(withStuck(held, 1, 9), 2, at);
    expect(withoutRepair(passed, 2, before, true).lock).toMatchObject({ number: 1, isStuck: false });
    const ended = withEnd(passed, 1, { outcome: 'rolled-back', serves: null, supersedes: false });
    expect(withoutRepair(ended, 2, before, true).lock).toMatchObject({ number: 1, isStuck: true });
  });
});

import { describe, expect, it } from 'vitest';
import type { Served } from '../../../../src/domain/plan/references.ts';
import { adoptionFault, withAdoption } from '../../../../src/domain/target/adoption.ts';
import { withEnd, withRecovered } from '../../../../src/domain/target/ended-deployments.ts';
import { isHeldBy, withRelease } from '../../../../src/domain/target/lock.ts';
import type { Adopted } from '../../../../src/domain/target/requests.ts';
import { emptyTarget } from '../../../../src/domain/target/state.ts';
import { targetStateOf, targetViewOf } from '../../../../src/domain/target/view.ts';
import { at, granted, openDeployment } from './target-builders.ts';

const live = { release: '2.0.0', artifact: { uri: 'a', digest: 'sha256:a' }, since: at, deployment: 'a.b.1' };

describe('an adoption', () => {
  const by = { subject: 'key:carol', name: 'Carol Lind' };
  const proof = (nonce: string) => ({
    sentBy: 'api' as const,
    roles: [],
    nonce,
    issuedAt: at,
    expiresAt: at,
    signatures: [],
  });
  const adopted = (release: string, nonce: string): Adopted => ({
    live: { ...live, release, deployment: null },
    slot: 'blue',
    by,
    reason: 'as it runs',
    proof: proof(nonce),
  });
  const idle = emptyTarget('shop', 'production');

  it('says what the target serves', () => {
    expect(withAdoption(idle, adopted('1.0.0', 'a'))).toMatchObject({ live: { release: '1.0.0' }, slot: 'blue' });
  });

  it('is kept with its person and reason, until something else serves', () => {
    const told = withAdoption(idle, adopted('1.0.0', 'a'));
    const kept = { by, reason: 'as it runs' };
    expect(targetViewOf(told).live?.adopted).toEqual(kept);
    expect(targetStateOf(told).live?.adopted).toEqual(kept);
    const holder = granted({ ...told, open: [openDeployment(1)], queue: [1] });
    const back: Served = { live: { ...live, release: '1.0.0', deployment: null }, slot: 'blue' };
    const results = (given: Served) => [
      withRelease(holder, 1, given),
      withEnd(holder, 1, { outcome: 'rolled-back', supersedes: false, serves: given }),
      withRecovered(holder, 1, { supersedes: false, serves: given }),
    ];
    for (const after of results(back)) expect(after).toMatchObject({ slot: 'blue', live: { adopted: kept } });
    for (const after of results({ ...back, live })) expect(after.live).toEqual(live);
    // Whoever holds the lock does so by what serves, whatever is told about it.
    const grant = { fence: holder.fence, live: back.live, slot: 'blue' };
    expect(isHeldBy(targetStateOf(holder), 'shop.production.1', grant)).toBe(true);
  });

  it('counts once, however often its proof is sent again', () => {
    const both = withAdoption(withAdoption(idle, adopted('1.0.0', 'a')), adopted('2.0.0', 'b'));
    expect(both.live?.release).toBe('2.0.0');
    expect(withAdoption(both, adopted('1.0.0', 'a'))).toStrictEqual(both);
  });

  it('without a proof counts each time, and what a target remembers of them is bounded', () => {
    const { proof: _, ...unproven } = adopted('1.0.0', 'a');
    const told = withAdoption(withAdoption(idle, unproven), adopted('2.0.0', 'b'));
    expect(withAdoption(told, unproven).live?.release).toBe('1.0.0');
    const many = Array.from({ length: 60 }, (_one, i) => adopted('1.0.0', `${i}`)).reduce(withAdoption, idle);
    expect(many.adoptions).toHaveLength(50);
    expect(many.adoptions?.at(-1)).toBe('59');
  });

  it('is one of an idle target', () => {
    const lock = { number: 7, deployment: 'shop.production.7', fence: 3, since: '', isStuck: true };
    expect(adoptionFault({ lock: null })).toBeNull();
    expect(adoptionFault({ lock })).toBe('shop.production.7 holds the target; only an idle one can be adopted.');
  });
});

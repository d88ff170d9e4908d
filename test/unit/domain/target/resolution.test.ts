import { describe, expect, it } from 'vitest';
import { resolutionFault } from '../../../../src/domain/target/resolution.ts';
import { emptyTarget, type Target } from '../../../../src/domain/target/state.ts';

const lock = { number: 7, deployment: 'shop.production.7', fence: 3, since: '', isStuck: true };
const stuck: Target = { ...emptyTarget('shop', 'production'), lock };
const live = {
  live: { release: '1.0.0', artifact: { uri: 'a', digest: 'sha256:a' }, since: '', deployment: null },
  slot: null,
};
const word = { deployment: 'shop.production.7', decision: 'compensate' as const, live: null };

describe('a word on a target that is stuck', () => {
  it('resolves it', () => {
    expect(resolutionFault(stuck, word)).toBeNull();
    expect(resolutionFault(stuck, { ...word, decision: 'accept', live })).toBeNull();
  });

  it('accepts nothing without what is live', () => {
    expect(resolutionFault(stuck, { ...word, decision: 'accept', live: null })).toMatchObject({ code: 'malformed' });
  });

  it('counts once', () => {
    const proof = { nonce: 'a' } as NonNullable<Parameters<typeof resolutionFault>[1]['proof']>;
    expect(resolutionFault({ ...stuck, resolutions: ['b'] }, { ...word, proof })).toBeNull();
    const detail = 'This word on shop.production.7 was taken before: whoever sends it again says it anew.';
    expect(resolutionFault({ ...stuck, resolutions: ['a'] }, { ...word, proof })).toEqual({
      code: 'nothing-to-resolve',
      detail,
    });
  });

  it.each<readonly [string, Target]>([
    ['that is free', { ...stuck, lock: null }],
    ['whose holder goes on', { ...stuck, lock: { ...lock, isStuck: false } }],
    ['that another deployment holds', { ...stuck, lock: { ...lock, deployment: 'shop.production.8' } }],
  ])('resolves none %s', (_, target) => {
    expect(resolutionFault(target, word)).toEqual({
      code: 'nothing-to-resolve',
      detail: 'shop.production.7 does not hold shop in production as one that needs intervention.',
    });
  });
});

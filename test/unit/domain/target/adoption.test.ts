import { expect, it } from 'vitest';
import { adoptionFault } from '../../../../src/domain/target/adoption.ts';

it('only an idle target is adopted', () => {
  const lock = { number: 7, deployment: 'shop.production.7', fence: 3, since: '', isStuck: true };
  expect(adoptionFault({ lock: null })).toBeNull();
  expect(adoptionFault({ lock })).toBe('shop.production.7 holds the target; only an idle one can be adopted.');
});

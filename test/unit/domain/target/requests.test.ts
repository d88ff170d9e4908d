import { expect, it } from 'vitest';
import { withRequest } from '../../../../src/domain/target/requests.ts';
import { emptyTarget } from '../../../../src/domain/target/state.ts';

const shop = { service: 'shop', environment: 'production' };

it('a target numbers its deployments 1, 2, 3, and remembers their keys', () => {
  const first = withRequest(shop, emptyTarget('shop', 'production'), { key: 'a', bodyDigest: 'one' }, null);
  const second = withRequest(shop, first.target, { key: 'b', bodyDigest: 'two' }, null);
  expect(first.requested).toEqual({
    id: 'shop.production.1',
    number: 1,
    workflowId: 'deployment/shop/production/1',
  });
  expect(second.requested.number).toBe(2);
  expect(second.target.lastNumber).toBe(2);
  expect(second.target.open.map(({ key, hadLock, isRepair }) => [key, hadLock, isRepair])).toEqual([
    ['a', false, false],
    ['b', false, false],
  ]);
});

it('a repair has a number and no key, and has had the lock from its beginning', () => {
  const { target } = withRequest(shop, { ...emptyTarget('shop', 'production'), lastNumber: 7 }, null, null);
  expect(target.open).toMatchObject([{ number: 8, key: null, bodyDigest: null, hadLock: true, isRepair: true }]);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

describe('a good change', () => {
  it('goes to production, twice in a row, on alternating slots', async () => {
    const world = await rig.world('twice');
    const options = { service: 'twice', steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1s')] };
    const first = await rig.deploy(world, options);
    expect(first.status.outcome).toBe('succeeded');
    expect(world.live).toBe('green');
    const second = await rig.deploy(world, { ...options, release: '1.4.3' });
    expect(second.status.outcome).toBe('succeeded');
    expect(world.live).toBe('blue');
    expect(entriesOf(second.journal, 'lock-granted')[0]).toMatchObject({
      fence: 2,
      bindings: { live: { release: '1.4.2', deployment: first.id }, slot: { live: { name: 'green' } } },
    });
    const target = await eventually(
      () => rig.call('key:alice', 'GET', '/v1/targets/twice/production'),
      ({ body }) => body['lock'] === null,
    );
    expect(target.body).toMatchObject({ live: { release: '1.4.3' }, slot: 'blue', lock: null, fence: 2 });
  });
});

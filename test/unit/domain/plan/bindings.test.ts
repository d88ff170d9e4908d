import { expect, it } from 'vitest';
import { bindingsFor, slotName } from '../../../../src/domain/plan/bindings.ts';

const artifact = { uri: 'x', digest: `sha256:${'1'.repeat(64)}` };
const live = { release: '1.4.1', artifact, since: '', deployment: null };
const slots = ['blue', 'green'].map((name) => ({ name, keys: { name } }));

it('the slot that is not live is the idle one, each with a name of its own', () => {
  const bindings = bindingsFor({ slots }, 'shop.production.1', 1, live, 'green');
  expect([slotName(bindings, 'live'), slotName(bindings, 'idle')]).toStrictEqual(['green', 'blue']);
  expect(slotName(bindingsFor({ slots: [] }, 'shop.production.1', 1, live, null), 'idle')).toBeNull();
  expect(slotName(null, 'live')).toBeNull();
});

it('the first slot is the idle one where nothing is live', () => {
  const bindings = bindingsFor({ slots }, 'shop.production.1', 1, null, null);
  expect([slotName(bindings, 'live'), slotName(bindings, 'idle')]).toStrictEqual([null, 'blue']);
});

it('no reference means who adopted what is live', () => {
  const by = { subject: 'key:carol', name: 'Carol Lind' };
  const adopted = { ...live, adopted: { by, reason: 'moved by hand' } };
  expect(bindingsFor({ slots }, 'shop.production.1', 1, adopted, 'blue').live).toStrictEqual(live);
});

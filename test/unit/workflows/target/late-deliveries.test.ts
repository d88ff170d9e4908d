import { expect, it } from 'vitest';
import type { RecordDeliveryInput } from '../../../../src/domain/ports/notification.ts';
import { withLate } from '../../../../src/domain/target/late-deliveries.ts';
import { emptyTarget, type Target } from '../../../../src/domain/target/state.ts';
import { LateDeliveries } from '../../../../src/workflows/target/late-deliveries.ts';

const deployment = 'shop.production.7';
const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((one) => one.repeat(32));

/** A target with one open deployment; what is looked at is over. */
function target() {
  const workflowId = 'deployment/shop/production/7';
  const one = { number: 7, id: deployment, workflowId, runId: 'r', key: null, bodyDigest: null, hadLock: true };
  let state: Target = { ...emptyTarget('shop', 'production'), open: [one] };
  const looks: RecordDeliveryInput[] = [];
  const set = (next: Target) => {
    state = next;
  };
  const record = (look: RecordDeliveryInput) => {
    looks.push(look);
    return Promise.resolve({ isOver: true, notExported: null });
  };
  const late = new LateDeliveries({ get: () => state, set }, { run: (work) => work() }, record);
  const end = (...open: string[]) => set(withLate({ ...state, open: [] }, deployment, open, Date.now()));
  return { late, looks, end, state: () => state };
}

it('examines each delivery once that a deployment has left open, and nothing else that is signalled', async () => {
  const { late, looks, end, state } = target();
  end(a);
  for (const said of [{ deployment, delivery: b }, { deployment: 'shop.production.8', delivery: a }, null])
    late.hear(said);
  expect(late.areToFollow).toBe(true);
  late.follow();
  late.follow();
  expect(late.areToFollow).toBe(false);
  await expect.poll(() => state().late).toEqual([]);
  expect(looks).toEqual([{ deployment, delivery: a, isSaid: false }]);
});

it('remembers what ended while its deployment did, so that it is waited for until its workflow has closed', async () => {
  const { late, looks, end, state } = target();
  for (const delivery of [a, b]) late.hear({ deployment, delivery });
  end(a, c);
  late.follow();
  await expect.poll(() => state().late).toEqual([]);
  expect(looks).toEqual([
    { deployment, delivery: a, isSaid: true },
    { deployment, delivery: c, isSaid: false },
  ]);
});

it('forgets the oldest of those first, however many are signalled', async () => {
  const { late, looks, end, state } = target();
  late.hear({ deployment, delivery: a });
  for (let i = 0; i < 200; i += 1) late.hear({ deployment, delivery: i.toString(16).padStart(32, '0') });
  late.hear({ deployment, delivery: b });
  end(a, b);
  late.follow();
  await expect.poll(() => state().late).toEqual([]);
  expect(looks.map(({ isSaid }) => isSaid)).toEqual([false, true]);
});

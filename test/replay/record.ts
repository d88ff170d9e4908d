// Records the histories beside it anew: npx tsx test/replay/record.ts. Only when a release is made: the old ones must replay, too.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

const rig: Rig = await startRig({
  signingKeys: 'own',
  policy: { ...testPolicy, environments: { ...testPolicy.environments, production: refusing } },
});
const until = (id: string, kind: string) =>
  rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));

const { History } = proto.temporal.api.history.v1;
const here = fileURLToPath(new URL('../../', import.meta.url));
const elsewhere = '/gantry/';

/** Without the paths of the machine that recorded it: of no consequence for a replay, and nobody's business. */
function anonymous(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(here, elsewhere);
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value).toString('utf8');
    return text.includes(here) ? Buffer.from(text.replaceAll(here, elsewhere)) : value;
  }
  if (Array.isArray(value)) return value.map(anonymous);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, anonymous(member)]));
}

async function keep(name: string, workflowId: string): Promise<void> {
  const history = await rig.client.workflow.getHandle(workflowId).fetchHistory();
  const file = fileURLToPath(new URL(`histories/${name}.binpb`, import.meta.url));
  const plain = anonymous(History.toObject(History.fromObject(history), { longs: String }));
  await writeFile(file, History.encode(History.fromObject(plain as { [key: string]: unknown })).finish());
  process.stdout.write(`${name}: ${history.events?.length ?? 0} events\n`);
}
async function approved(world: World, options: Parameters<Rig['request']>[1]): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return id;
}

const shop = await rig.world('shop');
const all = [steps.start(shop), steps.manual(), steps.gate(), steps.switch(shop), steps.hold('2s')];
const good = await approved(shop, {
  steps: all,
  procedure: { monitoring: { period: '1s', handoff: { role: 'support', within: '1m' } } },
});
await until(good, 'manual');
await rig.call('key:alice', 'POST', `/v1/deployments/${good}/pause`, { reason: 'a look' });
await rig.call('key:dan', 'POST', `/v1/deployments/${good}/complete-step`, { step: 'call', result: 'done' });
await until(good, 'pause');
await rig.call('key:alice', 'POST', `/v1/deployments/${good}/resume`, {});
await until(good, 'gate');
await rig.approve(good, 'key:olga', 'go');
await rig.until(good, ({ phase }) => phase === 'handing-over');
await rig.call('key:dan', 'POST', `/v1/deployments/${good}/acknowledge`, { for: 'handoff' });
await rig.ended(good);

const bad = await approved(shop, {
  release: '1.4.3',
  steps: [steps.startByHttp(shop), steps.switch(shop), steps.hold('1m')],
});
await until(bad, 'hold');
shop.behave('1.4.3', { status: 500 });
await rig.ended(bad);

const stuck = await approved(shop, {
  release: '1.4.4',
  steps: [steps.startByHttp(shop), steps.switch(shop), steps.hold('1m')],
});
await until(stuck, 'hold');
shop.bend('PUT /route', 500);
await rig.signal(stuck, 'abort', { by: 'key:alice', reason: 'enough' });
await rig.ended(stuck);
shop.bend('PUT /route', null);
// The target knows of it once the workflow has closed.
const repair = await eventually(
  () =>
    rig.call<{ id: string }>('key:carol', 'POST', '/v1/targets/shop/production/resolve', {
      deployment: stuck,
      decision: 'compensate',
      reason: 'the router is back',
    }),
  ({ status }) => status === 202,
);
await rig.ended(repair.body.id);

const aborted = await rig.request(shop, { release: '1.4.6' });
await rig.until(aborted, ({ phase }) => phase === 'awaiting-approval');
await rig.call('key:alice', 'POST', `/v1/deployments/${aborted}/abort`, {});
await rig.ended(aborted);

await keep('succeeded', workflowIdOf(good));
await keep('rolled-back', workflowIdOf(bad));
await keep('needs-intervention', workflowIdOf(stuck));
await keep('repair', workflowIdOf(repair.body.id));
await keep('aborted', workflowIdOf(aborted));
await keep('target', 'target/shop/production');
await rig.close();

import type { Bench, Suite } from '../bench.ts';

const waiting = 100;

/** A hundred deployments wait for approval, the worker starts anew with nothing in its memory, and each gets a message. */
export const restart: Suite = {
  name: 'restart',
  async run(bench) {
    bench.say(`${waiting} deployments that wait, a message to each right after a restart of the worker`);
    const ids = await manyWaiting(bench, 'restarted', waiting);
    await bench.there.stopWorker();
    const begun = Date.now();
    const beginning = bench.there.beginWorker();
    const values = await Promise.all(ids.map((id) => answered(bench, id, begun)));
    await beginning;
    const budget = 30;
    bench.show({ name: '  the new worker process is started → its answer', unit: 's', values });
    bench.show({
      name: '  the new worker process is started → the last answer',
      unit: 's',
      values: [Math.max(...values)],
      budget,
    });
  },
};

/** Deployments of one target that wait for approval: at most 100 may be open there. */
export async function manyWaiting({ there }: Bench, service: string, count: number): Promise<readonly string[]> {
  const world = await there.world(service);
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push(await there.request(world, { service, release: `2.0.${i}` }));
  for (const id of ids) await there.until(id, ({ phase }) => phase === 'awaiting-approval');
  return ids;
}

/** Sends one note, again with the same id while nobody answers; answers after how many seconds it was taken. */
async function answered({ there }: Bench, deployment: string, begun: number): Promise<number> {
  const note = { id: 'bench', severity: 'minor', statement: 'Are you there?' };
  for (;;) {
    const { status } = await there.call('key:alice', 'POST', `/v1/deployments/${deployment}/note`, note);
    if (status === 200) return (Date.now() - begun) / 1_000;
    if (status !== 503) throw new Error(`${deployment} answered ${status}`);
  }
}

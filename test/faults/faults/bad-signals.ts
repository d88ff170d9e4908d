import { drawMoment, type FaultKind } from '../stage.ts';
import { targetWorkflowIdOf, workflowIdOf } from './raw.ts';

const names = [
  'superseded',
  'granted',
  'warrant',
  'approve',
  'abort',
  'pause',
  'note',
  'complete-step',
  'nobody-knows',
];
const targetNames = ['acquire', 'release', 'nobody-knows'];
const inputs: readonly (readonly unknown[])[] = [
  [],
  [null],
  [42],
  ['text'],
  [[]],
  [{}],
  [{ by: 7 }],
  [{ fence: 'high', live: 1 }],
  [{ number: 'one' }],
  [{ number: -1, serves: 3 }],
  [{ by: { name: 'x' }, nested: { deep: [[[{}]]] } }],
];

/** Signals that make no sense, sent to the deployment and its target by whoever reaches Temporal. */
export const badSignals: FaultKind = {
  name: 'bad-signals',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: { first: random.int(inputs.length) } }),
  async begin({ rig, deployment, later }, { how }) {
    const { workflow } = rig.there.client;
    const send = async (id: string, name: string, i: number) => {
      const input = inputs[(Number(how['first']) + i) % inputs.length] ?? [];
      await workflow
        .getHandle(id)
        .signal(name, ...input)
        .catch(() => undefined); // it has ended
    };
    later(
      Promise.all([
        ...names.map((name, i) => send(workflowIdOf(deployment), name, i)),
        ...targetNames.map((name, i) => send(targetWorkflowIdOf(deployment), name, i)),
      ]).then(() => undefined),
    );
  },
};

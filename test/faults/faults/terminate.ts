import { drawMoment, type FaultKind } from '../stage.ts';
import { workflowIdOf } from './raw.ts';

/** Somebody terminates the workflow at Temporal's own page. */
export const terminate: FaultKind = {
  name: 'terminate',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: {} }),
  async begin({ rig, deployment, later }) {
    const handle = rig.there.client.workflow.getHandle(workflowIdOf(deployment));
    later(
      handle.terminate('a test').then(
        () => undefined,
        () => undefined, // it has ended, or Temporal is away
      ),
    );
  },
};

import { drawMoment, type FaultKind } from '../stage.ts';
import { workflowIdOf } from './raw.ts';

/** Somebody cancels the workflow at Temporal's own page. */
export const cancel: FaultKind = {
  name: 'cancel',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: {} }),
  async begin({ rig, deployment, later }) {
    const handle = rig.there.client.workflow.getHandle(workflowIdOf(deployment));
    later(
      handle.cancel().then(
        () => undefined,
        () => undefined, // it has ended, or Temporal is away
      ),
    );
  },
};

import { drawMoment, type FaultKind } from '../stage.ts';

/** kill -9 of the API; it is started again. */
export const killApi: FaultKind = {
  name: 'kill-api',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: {} }),
  async begin({ rig, later }) {
    const free = rig.occupy();
    if (free) later(rig.killApi().finally(free));
  },
};

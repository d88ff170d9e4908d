import { drawMoment, type FaultKind } from '../stage.ts';

/** kill -9 of the Temporal server; it is started again on its data. */
export const killTemporal: FaultKind = {
  name: 'kill-temporal',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: {} }),
  async begin({ rig, later }) {
    const free = rig.occupy();
    if (free) later(rig.killTemporal().finally(free));
  },
};

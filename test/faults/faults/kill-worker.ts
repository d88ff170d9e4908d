import { drawMoment, type FaultKind } from '../stage.ts';

/** kill -9 of one of the workers; another one is started. */
export const killWorker: FaultKind = {
  name: 'kill-worker',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: { which: random.int(2) } }),
  async begin({ rig, later }, { how }) {
    const free = rig.occupy();
    if (free) later(rig.killWorker(Number(how['which'])).finally(free));
  },
};

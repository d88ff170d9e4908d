import { drawMoment, type FaultKind } from '../stage.ts';

/** SIGTERM of one of the workers once another one is there. */
export const replaceWorker: FaultKind = {
  name: 'replace-worker',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: { which: random.int(2) } }),
  async begin({ rig, later }, { how }) {
    const free = rig.occupy();
    if (free) later(rig.replaceWorker(Number(how['which'])).finally(free));
  },
};

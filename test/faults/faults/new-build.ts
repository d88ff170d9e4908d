import { drawMoment, type FaultKind } from '../stage.ts';

/** A new build of the workers is rolled out; what the old one began stays with it. */
export const newBuild: FaultKind = {
  name: 'new-build',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: {} }),
  async begin({ rig, later }) {
    const free = rig.occupy();
    if (free) later(rig.rollOut().finally(free));
  },
};

import { drawMoment, type FaultKind } from '../stage.ts';

/** Somebody says abort. */
export const abort: FaultKind = {
  name: 'abort',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: {} }),
  async begin({ people, deployment, later }) {
    later(people.say('key:bob', deployment, 'abort', { reason: 'somebody saw something' }).then(() => undefined));
  },
};

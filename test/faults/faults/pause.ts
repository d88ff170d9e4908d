import { setTimeout as delay } from 'node:timers/promises';
import { drawMoment, type FaultKind } from '../stage.ts';

/** Somebody pauses it, and lets it go on, or forgets to. */
export const pause: FaultKind = {
  name: 'pause',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: { resumes: random.percent(75) ? 1 : 0 } }),
  async begin({ people, deployment, later, reached }, { how }) {
    const act = async () => {
      await people.say('key:bob', deployment, 'pause', { reason: 'let me look' });
      if (how['resumes'] === 0) return;
      await Promise.race([reached({ kind: 'entry', type: 'paused' }), delay(3_000)]);
      await people.say('key:bob', deployment, 'resume');
    };
    later(act());
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import { drawMoment, type FaultKind } from '../stage.ts';

/** SIGSTOP of one of the workers; it goes on when the other one has brought the deployment to its end, or later. */
export const stopWorker: FaultKind = {
  name: 'stop-worker',
  draw: (random, drawing) => ({
    at: drawMoment(random, drawing),
    how: { which: random.int(2), until: random.pick(['attempt-lost', 'rollback-started', 'ended']), ms: 8_000 },
  }),
  async begin({ rig, later, reached, ended }, { how }) {
    const free = rig.occupy();
    if (!free) return;
    const goOn = rig.stopWorker(Number(how['which']));
    const type = how['until'] === 'attempt-lost' ? 'attempt-lost' : 'rollback-started';
    const moment = how['until'] === 'ended' ? ended : reached({ kind: 'entry', type });
    later(
      Promise.race([moment, delay(Number(how['ms']))])
        .then(goOn)
        .finally(free),
    );
  },
};

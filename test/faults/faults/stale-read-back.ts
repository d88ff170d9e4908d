import type { Reply } from '../fake-target.ts';
import { actionTimeoutMs } from '../procedure.ts';
import { drawAction, type FaultKind } from '../stage.ts';
import { onReadBack } from './on-action.ts';

/** For less than the time that an effect is given to settle, whoever asks for it hears what was so before. */
export const staleReadBack: FaultKind = {
  name: 'stale-read-back',
  draw: (random, drawing) =>
    drawing.faults.some(({ name }) => name === 'error-after-effect' || name === 'late-effect')
      ? null
      : {
          at: { kind: 'effect', step: drawAction(random, drawing), undo: false, moment: 'arrives' },
          how: { ms: Math.round(actionTimeoutMs * (0.3 + random.int(40) / 100)) },
        },
  async begin(stage, { how }) {
    const until = Date.now() + Number(how['ms']);
    const before = new Map<string, Reply>();
    // The answers as they are now, before the effect.
    for (const path of ['/route', '/slots/blue', '/slots/green', `/migrations/${stage.planned.release}`])
      before.set(path, structuredClone(stage.target.read(path)));
    onReadBack(stage, ({ path }) => {
      const old = before.get(path);
      return old && Date.now() < until ? Promise.resolve(old) : null;
    });
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from '../fake-target.ts';
import { drawAction, type FaultKind } from '../stage.ts';
import { onReadBack } from './on-action.ts';

const ways: Readonly<Record<string, () => Promise<Reply | 'cut'>>> = {
  unavailable: async () => ({ status: 503, body: { error: 'not now' } }),
  'not-found': async () => ({ status: 404, body: { error: 'no such page' } }),
  'no-json': async () => ({ status: 200, body: '<html>It works!</html>' }),
  'other-json': async () => ({ status: 200, body: {} }),
  cut: async () => 'cut',
  slow: async () => {
    await delay(6_000);
    return 'cut';
  },
};

/** Whoever asks whether the effect is there hears nothing that says so, a few times. */
export const failingReadBack: FaultKind = {
  name: 'failing-read-back',
  draw: (random, drawing) => ({
    at: { kind: 'effect', step: drawAction(random, drawing), undo: random.percent(30), moment: 'arrives' },
    how: { way: random.pick(Object.keys(ways)), times: 1 + random.int(4) },
  }),
  async begin(stage, { how }) {
    let left = Number(how['times']);
    onReadBack(stage, () => {
      left -= 1;
      return left >= 0 ? (ways[String(how['way'])]?.() ?? null) : null;
    });
  },
};

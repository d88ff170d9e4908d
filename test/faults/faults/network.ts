import { setTimeout as delay } from 'node:timers/promises';
import { drawMoment, type FaultKind, type Stage } from '../stage.ts';
import type { TcpProxy } from '../tcp-proxy.ts';

const ways = ['cut', 'refuse', 'hang'] as const;

/** A network that cuts every connection, takes none, or takes all and lets nothing pass. */
function network(name: string, wayOf: (stage: Stage) => TcpProxy, isShared: boolean, maxMs: number): FaultKind {
  return {
    name,
    draw: (random, drawing) => ({
      at: drawMoment(random, drawing),
      how: { way: random.pick(ways), ms: 500 + random.int(maxMs - 500) },
    }),
    async begin(stage, { how }) {
      const free = isShared ? stage.rig.occupy() : () => undefined;
      if (!free) return;
      const proxy = wayOf(stage);
      proxy[how['way'] as (typeof ways)[number]]();
      stage.later(
        delay(how['way'] === 'cut' ? 0 : Number(how['ms'])).then(() => {
          proxy.open();
          free();
        }),
      );
    },
  };
}

/** Shorter than an action's time and the time to settle together: what hangs on the way arrives when it is over. */
export const targetNetwork = network('target-network', ({ way }) => way, false, 1_800);
export const storeNetwork = network('store-network', ({ rig }) => rig.ways.store, true, 6_000);
export const temporalNetwork = network('temporal-network', ({ rig }) => rig.ways.temporal, true, 6_000);

import { randomUUID } from 'node:crypto';
import { bareQueue, withBareWorker } from './bare-worker.ts';
import type { answer, react } from './bare-workflow.ts';
import { type Bench, signalledAt } from './bench.ts';

/** What the engine itself takes, in milliseconds, each time it is asked. */
export interface Engine {
  /** An activity completes → the next one of its workflow starts. */
  readonly completion: () => Promise<number>;
  /** A signal is in the history → an activity starts. */
  readonly signal: () => Promise<number>;
}

/** Serves a workflow that does nothing but react, on an activity that watches and on a signal, while `work` lasts. */
export async function withEngine<T>(bench: Bench, work: (engine: Engine) => Promise<T>): Promise<T> {
  const { workflow } = bench.there.client;
  const started = new Map<string, number>();
  const watches = new Map<string, { readonly isWatched: () => void; fire: () => void }>();
  const activities = {
    async watch(key: string): Promise<void> {
      await new Promise<void>((fire) => {
        const watch = watches.get(key);
        if (!watch) return fire();
        watch.fire = fire;
        watch.isWatched();
      });
    },
    async act(key: string): Promise<void> {
      started.set(key, Date.now());
    },
  };
  const span = (key: string, since: number) => (started.get(key) ?? Number.NaN) - since;
  const options = (key: string) => ({ workflowId: `bare/${key}`, taskQueue: bareQueue, args: [key] as [string] });
  const completion = async () => {
    const key = randomUUID();
    const watched = new Promise<void>((isWatched) => watches.set(key, { isWatched, fire: () => {} }));
    const handle = await workflow.start<typeof react>('react', options(key));
    await watched;
    const firedAt = Date.now();
    watches.get(key)?.fire();
    await handle.result();
    return span(key, firedAt);
  };
  const signal = async () => {
    const key = randomUUID();
    const handle = await workflow.start<typeof answer>('answer', options(key));
    await handle.query('isReady');
    await handle.signal('go');
    await handle.result();
    return span(key, await signalledAt(bench.there, handle.workflowId, 'go'));
  };
  return withBareWorker(bench.there, activities, () => work({ completion, signal }));
}

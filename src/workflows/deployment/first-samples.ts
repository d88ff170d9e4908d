import { Stopped } from '../engine/stopped.ts';
import type { HealthMonitor } from './health-monitor.ts';

/**
 * Begins the watch, and evaluates until that is done with first samples of the health monitor: no action begins without them.
 * `until` in milliseconds since the epoch; `unwatched`: there was no monitor to ask.
 */
export async function withFirstSamples<Evaluated>(
  { monitor }: { readonly monitor: Pick<HealthMonitor, 'start' | 'taken'> },
  until: number,
  evaluate: () => Promise<Evaluated | 'unwatched'>,
): Promise<Evaluated> {
  for (;;) {
    monitor.start();
    const evaluated = await evaluate();
    if (evaluated !== 'unwatched') return evaluated;
    // Approved already, so it waits for a slot rather than for people again; nothing has been changed.
    if (!(await monitor.taken(until - Date.now())))
      throw new Stopped({ kind: 'expired', summary: 'no worker had a free slot for the health monitor in time' });
  }
}

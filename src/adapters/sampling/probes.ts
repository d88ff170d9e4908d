import type { Measurement } from '../../domain/kinds/adapter.ts';
import { now } from '../clock.ts';

/** Without a good answer so far, a probe that has waited this long is overdue, in milliseconds. */
const patienceMs = 500;

/** The measurement of a probe without an answer. */
export function unanswered(summary: string, startedAt = now()): Measurement {
  return { verdict: 'failed', summary, observed: {}, startedAt, endedAt: now(), answeredBy: 'nobody' };
}

/** The probes of one check that are under way, and how long good answers take. */
export class Probes {
  private readonly started = new Set<{ readonly at: string; readonly ticks: number }>();
  private maxGoodMs = 0;

  get underWay(): number {
    return this.started.size;
  }

  /** When the oldest one under way began, ISO 8601. */
  get since(): string | null {
    const [oldest] = this.started;
    return oldest?.at ?? null;
  }

  /** Those that have been under way for longer than they may, whatever their adapter makes of its time. */
  beyond(limitMs: number): readonly { readonly at: string }[] {
    return [...this.started].filter(({ ticks }) => performance.now() - ticks > limitMs);
  }

  async run(probe: () => Promise<Measurement>): Promise<Measurement> {
    const one = { at: now(), ticks: performance.now() };
    this.started.add(one);
    const measured = await probe();
    this.started.delete(one);
    if (measured.verdict === 'passed') this.maxGoodMs = Math.max(this.maxGoodMs, performance.now() - one.ticks);
    return measured;
  }

  /**
   * At the end of a watch: a failed measurement for each probe under way that has waited longer than every good answer
   * took, and for a beat at least. Younger ones are not counted.
   */
  overdue(intervalMs: number): readonly Measurement[] {
    const limitMs = Math.max(this.maxGoodMs || patienceMs, intervalMs);
    return this.beyond(limitMs).map(({ at }) => unanswered('no answer when the watch ended', at));
  }
}

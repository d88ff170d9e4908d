import { setMaxListeners } from 'node:events';
import { isLenient } from '../../domain/health/at-start.ts';
import { type Counts, type Resuming, resumed, withMeasurement } from '../../domain/health/monitor-counts.ts';
import { graceMs, isSettled } from '../../domain/health/sample-in-flight.ts';
import type { HealthSampling, Measurement, PlannedCheck } from '../../domain/kinds/adapter.ts';
import { usualHealth } from '../../domain/kinds/health-limits.ts';
import { holdSignal } from '../../system/time-limit.ts';
import { now, pauseFor } from '../clock.ts';
import { type Sampler, sample } from './one-sample.ts';
import { Probes, unanswered } from './probes.ts';

/** Beats that this process itself is so late for are left out: a steady rate matters more than the number. */
const lateMs = 1_000;

/** So many probes of one check are under way at most; a beat beyond that is a probe without an answer. */
const maxUnderWay = 500;

/** Probes that are under way when a watch is ended from outside get this long to be answered, in milliseconds. */
const tailMs = 1_000;

/** While a check is to settle, it is asked again so soon after a bad sample. */
const againMs = 1_000;

export interface Ends {
  /** Ends the samples at once. */
  readonly cut: AbortSignal;
  /** Ends the pace; answers of probes under way still count for a moment. */
  readonly stop: AbortSignal;
  /** From then on each check is asked at once, and until it is settled. */
  readonly settle: AbortSignal;
}

/** One health check while it is watched: its pace, its probes under way, and what is known of it. */
export class WatchedCheck {
  readonly check: PlannedCheck;
  readonly health: HealthSampling;
  counts: Counts;
  /** Whether it is probed on the beat, however slow answers are; others wait for their answer. */
  readonly isPaced: boolean;
  private readonly probes = new Probes();
  private readonly sampler: Sampler;
  private readonly intervalMs: number;

  constructor(check: PlannedCheck, sampler: Sampler, { carry, since, mayFailAtStart }: Omit<Resuming, 'at'>) {
    const adapter = sampler.catalog.checks.get(check.kind);
    const spec = adapter?.schema.safeParse(check.spec);
    const pace = adapter?.pace && spec?.success ? adapter.pace(spec.data) : undefined;
    this.check = check;
    this.sampler = sampler;
    this.isPaced = pace !== undefined;
    this.intervalMs = pace?.intervalMs ?? check.sampling.intervalMs;
    this.health = check.sampling.health ?? usualHealth(check.sampling, pace);
    const mayFail = mayFailAtStart || isLenient(this.health);
    this.counts = resumed(check, { carry, since, at: now(), mayFailAtStart: mayFail });
  }

  /** The counts as another worker goes on from them. */
  get carried(): Counts {
    return { ...this.counts, underWaySince: this.probes.since };
  }

  take(measured: Measurement): void {
    this.counts = withMeasurement(this.counts, measured, this.check, this.health);
  }

  /** Samples at the check's own pace until it is stopped. */
  async sample({ cut, stop, settle }: Ends, take: (measured: Measurement) => void): Promise<void> {
    const ends = holdSignal([cut, stop]);
    const woken = holdSignal([ends.signal, settle]);
    setMaxListeners(0, cut, stop, settle, ends.signal, woken.signal);
    const probe = (until: AbortSignal) => this.probes.run(() => sample(this.check, this.sampler, until));
    let due = performance.now();
    while (!ends.signal.aborted) {
      if (!this.isPaced) {
        const measured = await probe(ends.signal);
        if (!ends.signal.aborted) take(measured);
      } else if (this.probes.underWay < maxUnderWay) void probe(cut).then(take);
      else take(unanswered(`${maxUnderWay} probes wait for an answer`));
      due += this.intervalMs;
      if (performance.now() - due > lateMs) due = performance.now();
      if (this.isPaced) await pauseFor(due - performance.now(), ends.signal);
      else if (settle.aborted) await pauseFor(Math.min(this.intervalMs, againMs), ends.signal);
      else {
        await pauseFor(due - performance.now(), woken.signal);
        // Not in the millisecond of that signal: what begins within it could seem to have begun before.
        if (settle.aborted) await pauseFor(2, ends.signal);
      }
      // A beat that is due already still lets answers in.
      await new Promise(setImmediate);
    }
    woken.release();
    ends.release();
    for (const until = Date.now() + tailMs; this.isPaced && this.hasTail(cut, until); ) await pauseFor(10, cut);
  }

  private hasTail(cut: AbortSignal, until: number): boolean {
    return this.probes.underWay > 0 && !cut.aborted && Date.now() < until;
  }

  /**
   * Whether nothing more is to be waited for since the watch was asked to settle at `at`: what was under way then has
   * ended, and a sample that began since is good; or it is plain that there is none.
   */
  isSettled(at: string): boolean {
    const { timeoutMs } = this.check.sampling;
    return isSettled(this.carried, { at, forMs: Date.now() - Date.parse(at), timeoutMs, isNewWanted: true });
  }

  /** At the end of a watch: counts what has been under way for longer than it should. Younger probes are not counted. */
  end(): void {
    const limitMs = this.check.sampling.timeoutMs + graceMs;
    const late = this.isPaced
      ? this.probes.overdue(this.intervalMs)
      : this.probes
          .beyond(limitMs)
          .map(({ at }) => ({ ...unanswered('no answer within its limit', at), verdict: 'error' as const }));
    for (const measured of late) this.take(measured);
  }
}

import { CancellationScope } from '@temporalio/workflow';
import type { JsonObject } from '../domain/adapters.ts';
import type { EntryBody, HealthSummary, JournalEntry, StopCause } from '../domain/journal.ts';
import type { Plan } from '../domain/plan.ts';
import type { Lease, Workplace } from '../domain/ports/lease.ts';
import type { MonitorResult, News } from '../domain/ports/observation.ts';
import type { Bindings } from '../domain/references.ts';
import type { DeploymentState } from '../domain/state.ts';
import { partName, partSealOf, type Seals } from '../domain/trust/seal.ts';
import { monitor } from './activity-options.ts';
import { doorbell } from './doorbell.ts';
import { hear, knownTo } from './news.ts';
import { rootMessage } from './stopped.ts';

/** What a monitor asks of the deployment that it watches. */
interface Watched {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly journal: readonly JournalEntry[];
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly bindings: Bindings;
  readonly seals: Seals | null;
  readonly state: DeploymentState;
  /** Where things run that only the deployment's end ends. */
  readonly shelter: CancellationScope;
  append(body: EntryBody): void;
  deviation(code: string, severity: 'minor' | 'major', what: string, step?: string): void;
  stop(cause: StopCause): void;
  /** Whether something has stopped it. */
  readonly isStopped: boolean;
}

/**
 * Watches the plan's health checks from the first step to the end, in one activity. A breach stops the deployment;
 * from then on the monitor only measures, so that the record can say what users saw of the rollback.
 */
export class HealthMonitor {
  private readonly run: Watched;
  private mode: 'judge' | 'measure' = 'judge';
  private scope: CancellationScope | null = null;
  private watching: Promise<void> | null = null;
  /** What the watch knew when it was last heard of; null when it was lost since. */
  private last: MonitorResult | null = null;
  private hasStarted = false;
  private isPausing = false;
  private isOver = false;
  private hasHeardOfWindow = false;

  constructor(run: Watched) {
    this.run = run;
  }

  /** Begins to watch, or goes on with the counts so far. */
  start(): void {
    if (this.watching || this.isOver) return;
    if (!this.hasStarted) this.run.append({ type: 'health-started', checks: this.run.plan.health.map(({ id }) => id) });
    this.hasStarted = true;
    // Outlives the main scope: a rollback is measured, too.
    this.scope = new CancellationScope({ cancellable: true, parent: this.run.shelter });
    this.watching = this.scope.run(() => this.watch());
  }

  /**
   * Ends the watch for now and answers what each check has come to; nothing when its counts were lost with its worker.
   * A breach that was on its way still stops the deployment.
   */
  async pause(): Promise<readonly HealthSummary[]> {
    if (this.watching && this.scope) {
      this.isPausing = true;
      this.scope.cancel();
      doorbell.monitorEnds();
      await this.watching;
      this.watching = null;
      this.isPausing = false;
    }
    return this.last?.summaries ?? [];
  }

  /** Ends the watch for good and journals what was seen. */
  async stop(): Promise<void> {
    if (!this.hasStarted || this.isOver) return;
    this.isOver = true;
    const summaries = await this.pause();
    // An entry each: many checks would not fit into one.
    for (const summary of summaries)
      this.run.append({ type: 'health-observed', summaries: [summary], worker: this.last?.worker ?? '' });
    if (summaries.length === 0)
      this.run.deviation('monitor-lost', 'major', 'the counts of the health monitor were lost with its worker');
    for (const { check, unwatched } of summaries)
      for (const { from, to } of unwatched)
        this.run.deviation('unwatched', 'minor', `${check}: nobody watched from ${from} to ${to}`);
  }

  /** Stops the deployment for its health. */
  breached({ check, verdict, summary, at }: NonNullable<MonitorResult['breach']>): void {
    const running = this.run.state.steps.find(({ state }) => state === 'running' || state === 'verifying');
    this.run.append({ type: 'health-breached', check, verdict, summary, measuredAt: at, step: running?.id ?? null });
    this.run.deviation('health-breach', 'major', `${check}: ${summary}; roll back`, running?.id);
    this.mode = 'measure';
    this.run.stop({ kind: 'breach', check, summary });
  }

  private heard(news: News): void {
    this.hasHeardOfWindow ||= news.windowClosed !== null;
    hear(this.run, news);
  }

  private async watch(): Promise<void> {
    while (!this.isPausing) {
      const carry: JsonObject | null = this.last?.carry ?? null;
      this.last = await this.once(carry);
      if (!this.last) return;
      if (this.last.news) this.heard(this.last.news);
      if (this.last.breach) this.breached(this.last.breach);
    }
  }

  private async once(carry: JsonObject | null): Promise<MonitorResult | null> {
    const { plan, planDigest, lease, workplace, bindings, seals } = this.run;
    // What is being rolled back hears of nothing any more.
    const isListening = this.mode === 'judge' && !this.run.isStopped;
    const known = isListening ? knownTo(this.run, this.hasHeardOfWindow) : null;
    const seal = partSealOf(seals, partName.health);
    try {
      const watched = { lease, workplace, checks: plan.health, seal, bindings, planDigest };
      return await monitor(plan, { ...watched, mode: this.mode, carry, known });
    } catch (error) {
      // Cancelled before it could answer, or a fault: then nobody watches, and that never counts as healthy.
      if (!this.isPausing)
        this.run.stop({
          kind: 'error',
          code: 'internal',
          summary: `the health monitor failed: ${rootMessage(error as Error)}`,
        });
      return null;
    }
  }
}

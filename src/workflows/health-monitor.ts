import { CancellationScope } from '@temporalio/workflow';
import type { JsonObject } from '../domain/adapters.ts';
import type { EntryBody, StopCause } from '../domain/journal.ts';
import type { Plan } from '../domain/plan.ts';
import type { Lease, MonitorResult, Workplace } from '../domain/ports.ts';
import type { Bindings } from '../domain/references.ts';
import type { DeploymentState } from '../domain/state.ts';
import { monitor } from './activity-options.ts';
import { rootMessage } from './stopped.ts';

/** What a monitor asks of the deployment that it watches. */
interface Watched {
  readonly plan: Plan;
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly bindings: Bindings;
  readonly state: DeploymentState;
  /** Where things run that only the deployment's end ends. */
  readonly shelter: CancellationScope;
  append(body: EntryBody): void;
  deviation(code: string, severity: 'minor' | 'major', what: string, step?: string): void;
  stop(cause: StopCause): void;
}

/**
 * Watches the plan's health checks from the first step to the end, in one activity. A breach stops the deployment;
 * from then on the monitor only measures, so that the record can say what users saw of the rollback.
 */
export class HealthMonitor {
  private readonly run: Watched;
  private scope: CancellationScope | null = null;
  private watching: Promise<void> | null = null;
  private last: MonitorResult | null = null;
  private isStopping = false;

  constructor(run: Watched) {
    this.run = run;
  }

  start(): void {
    if (this.watching) return;
    this.run.append({ type: 'health-started', checks: this.run.plan.health.map(({ id }) => id) });
    // Outlives the main scope: a rollback is measured, too.
    this.scope = new CancellationScope({ cancellable: true, parent: this.run.shelter });
    this.watching = this.scope.run(() => this.watch());
  }

  /** Ends the watch, waits for its counts and journals them. A breach that was on its way still stops the deployment. */
  async stop(): Promise<void> {
    if (!this.watching || !this.scope || this.isStopping) return;
    this.isStopping = true;
    this.scope.cancel();
    await this.watching;
    if (this.last)
      this.run.append({ type: 'health-observed', summaries: this.last.summaries, worker: this.last.worker });
    else this.run.deviation('monitor-lost', 'major', 'the counts of the health monitor were lost with its worker');
    for (const { check, unwatched } of this.last?.summaries ?? [])
      for (const { from, to } of unwatched)
        this.run.deviation('unwatched', 'minor', `${check}: nobody watched from ${from} to ${to}`);
  }

  private async watch(): Promise<void> {
    let carry: JsonObject | null = null;
    let mode: 'judge' | 'measure' = 'judge';
    while (!this.isStopping) {
      const result = await this.once(mode, carry);
      if (!result) return;
      this.last = result;
      carry = result.carry;
      if (!result.breach) continue;
      this.breached(result.breach);
      mode = 'measure';
    }
  }

  private async once(mode: 'judge' | 'measure', carry: JsonObject | null): Promise<MonitorResult | null> {
    const { plan, lease, workplace, bindings } = this.run;
    try {
      return await monitor(plan, { lease, workplace, checks: plan.health, bindings, mode, carry });
    } catch (error) {
      // Cancelled before it could answer, or a fault: then nobody watches, and that never counts as healthy.
      if (!this.isStopping)
        this.run.stop({
          kind: 'error',
          code: 'internal',
          summary: `the health monitor failed: ${rootMessage(error as Error)}`,
        });
      return null;
    }
  }

  private breached(breach: NonNullable<MonitorResult['breach']>): void {
    const { check, verdict, summary, at } = breach;
    const running = this.run.state.steps.find(({ state }) => state === 'running' || state === 'verifying');
    this.run.append({ type: 'health-breached', check, verdict, summary, measuredAt: at, step: running?.id ?? null });
    this.run.deviation('health-breach', 'major', `${check}: ${summary}; roll back`, running?.id);
    this.run.stop({ kind: 'breach', check, summary });
  }
}

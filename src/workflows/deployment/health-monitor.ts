import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { JsonObject } from '../../domain/base/json.ts';
import { baselineOf, mayFailAtStart } from '../../domain/health/at-start.ts';
import type { WatchReport } from '../../domain/health/watched.ts';
import type { MonitoredBreach } from '../../domain/journal/values.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { MonitorInput, MonitorResult, RuleChanges } from '../../domain/ports/observation.ts';
import { monitor, monitorWaits } from '../engine/bounds-by-plan.ts';
import { doorbell } from '../engine/doorbell.ts';
import { lastHeartbeat, rootMessage, wasLost, wasNeverTaken } from '../engine/failures.ts';
import type { ActingRun } from './acting.ts';
import { journalGates } from './journal-gates.ts';
import { notifyInBackground } from './notify.ts';
import { applyRuleChanges, knownRules } from './rule-changes.ts';

/** The result of a watch that was asked to settle; `settledAt` null: it did not settle. */
export type Settled = Pick<MonitorResult, 'summaries' | 'settledAt'>;

/** One stretch of the watch. `settling`: it ends as soon as each check has been asked once more; `over`: at once. */
interface Stretch {
  ending: 'no' | 'settling' | 'over';
  scope: CancellationScope | null;
  isDone: boolean;
}

/** The end of a deployment does not wait for its watch any longer than this, in milliseconds. */
const endMs = 5_000;

/** Where no slot is free, it is tried again after 5 s, 10 s, 15 s …, up to 5 min; each try waits so long, in milliseconds. */
const againMs = 5_000;
const maxAgainMs = 300_000;
const tryMs = 2_000;
const untakenWords = 'no worker took the health monitor within 10 s';

/**
 * Watches the plan's health checks from the grant of the lock to the end, in one activity at a time. A breach stops the
 * deployment; from then on the monitor only measures, so that the record has what users saw of the rollback.
 */
export class HealthMonitor {
  private readonly run: ActingRun;
  private mode: 'evaluate' | 'measure' = 'evaluate';
  private stretch: Stretch | null = null;
  /** The last result of the watch; null when it was lost since. */
  private last: MonitorResult | null = null;
  private carry: JsonObject | null = null;
  private hasBegun = false;
  private report: WatchReport = {};
  /** A check that has failed before the first change. */
  private badStart: MonitoredBreach | null = null;
  private isOver = false;
  private isWindowClosed = false;
  /** News came before anything had begun, where the grant evaluates it: none is heard until then. */
  private isDeaf = false;

  constructor(run: ActingRun) {
    this.run = run;
  }

  /** Begins to watch, or goes on with the counts so far. */
  start(): void {
    if (this.stretch || this.isOver) return;
    const stretch: Stretch = { ending: 'no', scope: null, isDone: false };
    this.stretch = stretch;
    // Outlives the main scope: a rollback is measured, too.
    void this.run.shelter
      .run(() => this.watch(stretch))
      .catch((error: unknown) => this.failed(String(error)))
      .finally(() => {
        stretch.isDone = true;
      });
  }

  /** Ends a watch under which nothing has begun: the lock is given back. */
  dismiss(): void {
    if (this.stretch) end(this.stretch, 'over');
    this.stretch = null;
    this.last = null;
    this.carry = null;
    this.badStart = null;
    this.mode = 'evaluate';
  }

  /** Whether a check has failed before anything has begun. */
  get isBad(): boolean {
    return this.badStart !== null;
  }

  /** Takes the results from before the first change as the baseline; answers it, or the check that has failed since. */
  baseline(report: WatchReport): WatchReport | MonitoredBreach {
    this.report = report;
    return this.badStart ?? report;
  }

  /** Journals that it watches: the first action may begin. */
  begun(): void {
    const checks = this.run.plan.health.map(({ id }) => id);
    this.run.append({ type: 'health-started', checks, baseline: baselineOf(this.run.plan, this.report) });
    this.hasBegun = true;
    if (!this.isDeaf) return;
    this.isDeaf = false;
    // What has changed since the grant was evaluated counts from now on: the watch goes on, and listens.
    if (this.stretch) cancel(this.stretch);
  }

  /**
   * Waits, before anything has begun, until a worker has a free slot for the watch and each check has been asked. Answers
   * whether that came in time.
   */
  async taken(withinMs: number): Promise<boolean> {
    this.dismiss();
    const until = new Date(Date.now() + withinMs).toISOString();
    const reason = 'no worker has a free slot for the health monitor';
    this.run.append({ type: 'waiting-started', wait: { kind: 'target', until, then: 'expires', reason } });
    try {
      for (let tries = 1; Date.now() < Date.parse(until); tries += 1) {
        const result = await this.tryOnce();
        if (result) this.heard(result);
        if (result) return true;
        // It does not stand in the queue meanwhile, where it would come before those that have begun already.
        await sleep(Math.min(tries * againMs, maxAgainMs), { summary: 'Waiting: a slot for the health monitor' });
      }
      return false;
    } finally {
      this.run.append({ type: 'waiting-ended', kind: 'target' });
    }
  }

  private async tryOnce(): Promise<MonitorResult | null> {
    try {
      return await monitor(this.run.plan, this.input('settled'), tryMs, 'waiting');
    } catch (error) {
      if (wasNeverTaken(error)) return null;
      throw error;
    }
  }

  /**
   * Asks each check once more, waits for what is under way within its limit, and answers what they have come to: the watch
   * has ended then. A breach that was on its way still stops the deployment, and so does whatever stops it meanwhile.
   */
  async settle(): Promise<Settled> {
    const { stretch } = this;
    if (!stretch) return { summaries: [], settledAt: null };
    end(stretch, 'settling');
    try {
      await condition(() => stretch.isDone);
    } catch (error) {
      // Goes on, for what is undone now.
      if (stretch.ending === 'settling') stretch.ending = 'no';
      throw error;
    }
    this.stretch = null;
    return { summaries: this.last?.summaries ?? [], settledAt: this.last?.settledAt ?? null };
  }

  /** Ends the watch for good and journals what was seen. */
  async stop(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    const { stretch } = this;
    if (stretch) end(stretch, 'over');
    if (!this.hasBegun) return;
    const isDone = !stretch || (await condition(() => stretch.isDone, endMs, { summary: 'Limit: end of the watch' }));
    const summaries = this.last?.summaries ?? [];
    // An entry each: many checks would not fit into one.
    for (const summary of summaries)
      this.run.append({ type: 'health-observed', summaries: [summary], worker: this.last?.worker ?? '' });
    if (summaries.length === 0) {
      const why = isDone ? 'were lost with its worker' : 'did not come in time';
      this.run.deviation('monitor-lost', 'major', `the counts of the health monitor ${why}`);
    }
    for (const { check, unwatched } of summaries)
      for (const { from, to } of unwatched)
        this.run.deviation('unwatched', 'minor', `${check}: nobody watched from ${from} to ${to}`);
  }

  /** Stops the deployment for its health; before the first change nothing is begun. */
  breached(breach: MonitoredBreach): void {
    this.mode = 'measure';
    // Told once the grant is known to be one: nothing has begun.
    if (!this.hasBegun) {
      this.badStart ??= breach;
      return;
    }
    if (!this.run.state.hasChanged) {
      const faults = journalGates(this.run, 'breach', { health: breach });
      this.run.stop({ kind: 'rejected', summary: faults.join('; ') });
      return;
    }
    const { check, verdict, summary, at } = breach;
    const running = this.run.state.steps.find(({ state }) => state === 'running' || state === 'verifying');
    this.run.append({ type: 'health-breached', check, verdict, summary, measuredAt: at, step: running?.id ?? null });
    this.run.deviation('health-breach', 'major', `${check}: ${summary}; roll back`, running?.id);
    this.run.stop({ kind: 'breach', check, summary });
  }

  private async watch(stretch: Stretch): Promise<void> {
    // A watch that is lost while it settles is asked again, since Temporal does not restart an activity that was cancelled.
    for (let losses = 0; losses < 5; ) {
      const until = stretch.ending === 'settling' ? 'settled' : 'cancelled';
      const answer = await this.once(stretch, until);
      if (answer === 'ended' || this.stretch !== stretch) return;
      if (answer === 'lost') losses += 1;
      else this.heard(answer);
      if (stretch.ending === 'over') return;
      const hasSettled = answer !== 'lost' && (answer.settledAt !== null || answer.breach !== null);
      if (stretch.ending === 'settling' && hasSettled) return;
    }
    this.failed('it was lost again and again');
  }

  private heard(result: MonitorResult): void {
    this.last = result;
    this.carry = result.carry;
    if (result.ruleChanges && this.hasBegun) this.onRuleChanges(result.ruleChanges);
    else if (result.ruleChanges) this.isDeaf = true;
    if (result.breach) this.breached(result.breach);
  }

  private onRuleChanges(ruleChanges: RuleChanges): void {
    this.isWindowClosed ||= ruleChanges.windowClosed !== null;
    applyRuleChanges(this.run, ruleChanges);
  }

  /** One activity. `lost`: its worker was, or it was cancelled before one had it; `ended`: the watch is over. */
  private async once(stretch: Stretch, until: MonitorInput['until']): Promise<MonitorResult | 'lost' | 'ended'> {
    for (const waitMs of monitorWaits) {
      const scope = new CancellationScope({ cancellable: true, parent: this.run.shelter });
      stretch.scope = scope;
      try {
        const whose = this.hasBegun ? 'begun' : 'waiting';
        return await scope.run(() => monitor(this.run.plan, this.input(until), waitMs, whose));
      } catch (error) {
        this.carry = lastHeartbeat(error) ?? this.carry;
        if (stretch.ending === 'over') return 'ended';
        // Cancelled before a worker had it, or lost since: Temporal does not restart what was cancelled.
        if (isCancellation(error) || wasLost(error)) return 'lost';
        if (!wasNeverTaken(error)) {
          this.failed(rootMessage(error));
          return 'ended';
        }
      }
    }
    this.untaken();
    return 'ended';
  }

  private input(until: MonitorInput['until']): MonitorInput {
    const { plan, planDigest } = this.run;
    // What is being rolled back hears of nothing any more.
    const isListening = this.mode === 'evaluate' && !this.run.isStopped && !this.isDeaf && until === 'cancelled';
    const known = isListening ? knownRules(this.run, this.isWindowClosed) : null;
    const watched = { ...this.run.sealed(partName.health), checks: plan.health, planDigest };
    return { ...watched, mode: this.mode, carry: this.carry, known, until, mayFailAtStart: mayFailAtStart(plan) };
  }

  /** There is no watch, and that never counts as healthy. */
  private failed(why: string): void {
    this.run.stop({ kind: 'error', code: 'internal', summary: `the health monitor failed: ${why}` });
  }

  private untaken(): void {
    const { run } = this;
    if (this.isOver) return;
    if (this.mode === 'measure' || run.isStopped)
      return run.deviation('unmeasured', 'minor', `${untakenWords}: nobody measures the rollback`);
    const then = run.state.hasChanged ? 'roll back' : 'nothing is begun until one does';
    notifyInBackground(run, 'page', `Unwatched: ${untakenWords}; ${then}.`);
    run.deviation('unwatched', run.state.hasChanged ? 'major' : 'minor', `${untakenWords}; ${then}`);
    if (run.state.hasChanged) run.stop({ kind: 'error', code: 'unwatched', summary: untakenWords });
  }
}

function end(stretch: Stretch, how: 'settling' | 'over'): void {
  stretch.ending = how;
  cancel(stretch);
}

/** A cancellation comes back on the next heartbeat, which the doorbell brings forward. */
function cancel({ scope }: Stretch): void {
  scope?.cancel();
  doorbell.monitorEnds();
}

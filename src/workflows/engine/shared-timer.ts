import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';

/** What to do while something is waited for, and when (ISO 8601). */
export interface Reminder {
  readonly at: string;
  readonly remind: () => void;
}

/** One timer for whatever is waited for until the same moment, one after the other: a timer of each would be two events. */
export class SharedTimer {
  private readonly summary: string;
  private until: string | null = null;
  private isOver = false;
  private scope: CancellationScope | null = null;
  /** To where it sleeps now. */
  private stopsAt: string | null = null;
  private reminder: Reminder | null = null;

  constructor(summary: string) {
    this.summary = summary;
  }

  /**
   * Waits until `done` holds, at most to a moment (ISO 8601). Answers whether it holds. The timer stops where a
   * reminder is due; it begins anew, which is two events, only where it would sleep past that.
   */
  async before(until: string, done: () => boolean, reminder: Reminder | null = null): Promise<boolean> {
    this.reminder = reminder;
    const sleepsPast = reminder !== null && this.stopsAt !== null && reminder.at < this.stopsAt;
    if (this.until !== until || sleepsPast) this.start(until);
    try {
      await condition(() => done() || this.isOver);
    } finally {
      this.reminder = null;
    }
    return done();
  }

  /** Nothing waits for it any more. */
  stop(): void {
    this.scope?.cancel();
    this.scope = null;
    this.until = null;
    this.stopsAt = null;
  }

  /** Ends with the scope of the first wait. */
  private start(until: string): void {
    this.stop();
    this.until = until;
    this.isOver = false;
    const scope = new CancellationScope();
    this.scope = scope;
    void scope
      .run(() => this.sleepThrough(until))
      .then(
        () => {
          if (this.scope === scope) this.isOver = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }

  private async sleepThrough(until: string): Promise<void> {
    for (;;) {
      const stop = this.reminder?.at ?? until;
      this.stopsAt = stop;
      await this.sleepTo(stop);
      if (stop === until) return;
      const { reminder } = this;
      // The current wait may have a later reminder than the first one.
      if (!reminder || reminder.at > stop) continue;
      this.reminder = null;
      reminder.remind();
    }
  }

  private async sleepTo(moment: string): Promise<void> {
    await sleep(Math.max(1, Date.parse(moment) - Date.now()), { summary: this.summary });
  }
}

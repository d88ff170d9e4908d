import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';

/** Whom to remind while something is waited for, and when (ISO 8601). */
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
  private remind: (() => void) | null = null;

  constructor(summary: string) {
    this.summary = summary;
  }

  /**
   * Waits until `done` holds, at most to a moment (ISO 8601). Answers whether it holds. The timer stops at the reminder of
   * whoever started it, and reminds for whoever waits then.
   */
  async before(until: string, done: () => boolean, reminder: Reminder | null = null): Promise<boolean> {
    if (this.until !== until) this.start(until, reminder?.at ?? until);
    this.remind = reminder?.remind ?? null;
    try {
      await condition(() => done() || this.isOver);
    } finally {
      this.remind = null;
    }
    return done();
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.scope?.cancel();
    this.scope = null;
    this.until = null;
  }

  /** Ends with the scope of whoever waits first. */
  private start(until: string, first: string): void {
    this.stop();
    this.until = until;
    this.isOver = false;
    const scope = new CancellationScope();
    this.scope = scope;
    void scope
      .run(async () => {
        await this.sleepTo(first);
        if (first === until) return;
        this.remind?.();
        await this.sleepTo(until);
      })
      .then(
        () => {
          if (this.scope === scope) this.isOver = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }

  private async sleepTo(moment: string): Promise<void> {
    await sleep(Math.max(1, Date.parse(moment) - Date.now()), { summary: this.summary });
  }
}

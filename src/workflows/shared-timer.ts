import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';

/** One timer for whatever is waited for until the same moment, one after the other: a timer of each would be two events. */
export class SharedTimer {
  private readonly summary: string;
  private until: string | null = null;
  private isOver = false;
  private scope: CancellationScope | null = null;

  constructor(summary: string) {
    this.summary = summary;
  }

  /** Waits until `done` holds, at most to a moment (ISO 8601). Answers whether it holds. */
  async before(until: string, done: () => boolean): Promise<boolean> {
    if (this.until !== until) this.start(until);
    await condition(() => done() || this.isOver);
    return done();
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.scope?.cancel();
    this.scope = null;
    this.until = null;
  }

  /** Ends with the scope of whoever waits first. */
  private start(until: string): void {
    this.stop();
    this.until = until;
    this.isOver = false;
    const scope = new CancellationScope();
    this.scope = scope;
    void scope
      .run(() => sleep(Date.parse(until) - Date.now(), { summary: this.summary }))
      .then(
        () => {
          if (this.scope === scope) this.isOver = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }
}

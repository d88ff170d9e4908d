import { CancellationScope } from '@temporalio/workflow';
import type { StopCause } from '../../domain/journal/values.ts';
import { causeOf, Stopped } from '../engine/stopped.ts';
import { ShownJournal } from './shown-journal.ts';

/**
 * Runs a deployment where no cancel reaches it: its compensations and its end are carried out whatever comes. Temporal's own
 * cancel only rejects `cancelled`, which is for {@link MainScope.stopOnceCancelled}.
 */
export function nonCancellable<Result>(work: (cancelled: Promise<never>) => Promise<Result>): Promise<Result> {
  const cancelled = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(() => work(cancelled));
}

/** A deployment that a breach, an abort, a cancel or an error ends early, and what goes on beside it all the same. */
export class MainScope extends ShownJournal {
  /** Where things run that only the deployment's end ends: not a breach, not an abort, not Temporal's own cancel. */
  readonly shelter = CancellationScope.current();

  /** How it ends is decided, and people are being notified. */
  isDecided = false;

  private cause: StopCause | null = null;
  private scope: CancellationScope | null = null;
  private underway: Promise<unknown> = Promise.resolve();

  /**
   * Runs the part of a deployment that a breach, an abort, a cancel or an error ends early. Whatever ends it, the
   * cause comes back and nothing is thrown: `deployment.ts` then rolls back whatever has been changed.
   */
  async untilStopped(main: () => Promise<void>): Promise<StopCause | null> {
    if (this.cause) return this.cause;
    this.scope = new CancellationScope({ cancellable: true });
    try {
      await this.scope.run(main);
    } catch (error) {
      this.cause ??= causeOf(error);
    }
    this.scope = null;
    return this.state.confirmed ? null : this.cause;
  }

  /** Ends the main scope, once; after the confirmation nothing does. */
  stop(cause: StopCause): void {
    if (this.cause || this.state.confirmed) return;
    this.cause = cause;
    this.scope?.cancel();
  }

  /** Temporal's own cancel ends the main scope, as an abort does, and nothing else. */
  stopOnceCancelled(cancelled: Promise<never>): void {
    cancelled.catch(() => this.stop({ kind: 'cancelled' }));
  }

  get isStopped(): boolean {
    return this.cause !== null;
  }

  /**
   * For the places that a cancelled scope does not reach by itself: right before an effect, right after an answer.
   * Outside the main scope there is nothing left to stop.
   */
  throwIfStopped(): void {
    if (this.cause && this.scope) throw new Stopped(this.cause);
  }

  /** Something that goes on beside, and must be over, or handed on, before the deployment closes. */
  track(work: () => Promise<void>): void {
    this.underway = Promise.allSettled([this.underway, this.shelter.run(work)]);
  }

  /** Resolves once nothing more is under way beside. */
  async settled(): Promise<void> {
    let last: Promise<unknown> | null = null;
    while (last !== this.underway) {
      last = this.underway;
      await last;
    }
  }
}

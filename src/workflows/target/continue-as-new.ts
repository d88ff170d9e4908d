/** A run takes 2,000 updates; long before that the target goes on in a new one. */
const updatesOfARun = 1_000;

/** Requests are accepted up to this number of updates, so that a flood of them never blocks a resolution, an adoption or a review. */
const requestsOfARun = 1_500;

/** Knows when a target is to go on in a new run. */
export class Renewal {
  private readonly suggested: () => boolean;
  private updates = 0;
  private isSuggested = false;

  /** `suggested`: whether Temporal suggests it. */
  constructor(suggested: () => boolean) {
    this.suggested = suggested;
  }

  /**
   * Called only where the history keeps an event: a task whose only update was refused leaves none, and a replay would not
   * come to the same result.
   */
  noteSuggestion(): void {
    this.isSuggested ||= this.suggested();
  }

  /** An update was accepted, so the history has an event for it. */
  countUpdate(): void {
    this.updates += 1;
    this.noteSuggestion();
  }

  get isDue(): boolean {
    return this.isSuggested || this.updates >= updatesOfARun;
  }

  get takesRequests(): boolean {
    return this.updates < requestsOfARun;
  }
}

/** A run takes 2,000 updates; long before that the target goes on in a new one. */
const updatesOfARun = 1_000;

/** Until then requests are taken, so that whoever resolves, adopts or reviews is never behind a flood of them. */
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
   * Only where the history tells of something: a task whose one update was refused leaves nothing behind, so that what
   * follows from it would not follow in a replay.
   */
  noteSuggestion(): void {
    this.isSuggested ||= this.suggested();
  }

  /** An update was accepted, so that the history tells of it. */
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

/** One after the other: of two that write behind the end of a journal, the second sees what the first has written. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  get isIdle(): boolean {
    return this.waiting === 0;
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.waiting += 1;
    const next = this.last.then(work);
    this.last = next.catch(() => undefined).then(() => void (this.waiting -= 1));
    return next;
  }
}

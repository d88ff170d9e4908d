/** Work that is under way. What fails in it is made up for elsewhere. */
export class UnderWay {
  private count = 0;

  get isIdle(): boolean {
    return this.count === 0;
  }

  /** Owns a promise until it is over. */
  async own(work: Promise<unknown>): Promise<void> {
    this.count += 1;
    await work.catch(() => undefined);
    this.count -= 1;
  }
}

import { GantryError } from '../../domain/base/errors.ts';

/** How many requests may wait at once: of one caller, and of all. */
export interface WaitLimits {
  readonly perCaller: number;
  readonly inAll: number;
}

/** Far more than a person or a pipeline needs; few enough for one process. */
export const usualLimits: WaitLimits = { perCaller: 200, inAll: 2_000 };

/** Counts waiting requests. */
export class Places {
  private readonly limits: WaitLimits;
  private readonly taken = new Map<string, number>();
  private all = 0;

  constructor(limits: WaitLimits) {
    this.limits = limits;
  }

  /** Takes a place until the returned function is called. Throws `too-many-waiting`. */
  take(subject: string): () => void {
    const own = this.taken.get(subject) ?? 0;
    if (own >= this.limits.perCaller)
      throw new GantryError(
        'too-many-waiting',
        `${own} requests of ${subject} wait already: end some, or ask without waiting.`,
      );
    if (this.all >= this.limits.inAll)
      throw new GantryError('too-many-waiting', `${this.all} requests wait already: ask without waiting.`);
    this.all += 1;
    this.taken.set(subject, own + 1);
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      this.all -= 1;
      const left = (this.taken.get(subject) ?? 1) - 1;
      if (left === 0) this.taken.delete(subject);
      else this.taken.set(subject, left);
    };
  }
}

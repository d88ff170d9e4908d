import { GantryError } from '../../domain/base/errors.ts';

/** Far more than a person or a pipeline needs; few enough for one process. */
export const usualLimits = { perCaller: 200, inAll: 2_000 };
/** How many requests may wait at once: of one caller, and of all. */
export type WaitLimits = typeof usualLimits;

/** Counts waiting requests: takes a place until the returned function is called. Throws `too-many-waiting`. */
export function createPlaces({ perCaller, inAll }: WaitLimits): (subject: string) => () => void {
  const taken = new Map<string, number>();
  let all = 0;
  return (subject) => {
    const own = taken.get(subject) ?? 0;
    if (own >= perCaller)
      throw new GantryError(
        'too-many-waiting',
        `${own} requests of ${subject} wait already: end some, or ask without waiting.`,
      );
    if (all >= inAll) throw new GantryError('too-many-waiting', `${all} requests wait already: ask without waiting.`);
    all += 1;
    taken.set(subject, own + 1);
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      all -= 1;
      const left = (taken.get(subject) ?? 1) - 1;
      if (left === 0) taken.delete(subject);
      else taken.set(subject, left);
    };
  };
}

/** A stretch of time in milliseconds since the epoch, half-open: `from` belongs to it, `to` does not. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Several ordered sequences as one, ordered by where each stretch begins. */
export function* inOrder<S extends Stretch>(sequences: readonly Iterable<S>[]): Generator<S> {
  const open = sequences.flatMap((sequence) => {
    const iterator = sequence[Symbol.iterator]();
    const first = iterator.next();
    return first.done ? [] : [{ iterator, head: first.value }];
  });
  while (open.length > 0) {
    const next = open.reduce((a, b) => (b.head.from < a.head.from ? b : a));
    yield next.head;
    const after = next.iterator.next();
    if (after.done) open.splice(open.indexOf(next), 1);
    else next.head = after.value;
  }
}

/**
 * Stretches that overlap or touch become one. One that grows longer than `maxLength` is taken as endless and is the last:
 * a window that opens every day at all hours would never come to an end.
 */
export function* joined(ordered: Iterable<Stretch>, maxLength: number): Generator<Stretch> {
  let current: Stretch | null = null;
  for (const next of ordered) {
    if (next.from >= next.to) continue;
    if (current && next.from <= current.to) current = { from: current.from, to: Math.max(current.to, next.to) };
    else {
      if (current) yield current;
      current = next;
    }
    if (current.to - current.from > maxLength) return yield { from: current.from, to: Number.POSITIVE_INFINITY };
  }
  if (current) yield current;
}

/** What lies between ordered stretches that do not touch, from `begin` on. */
export function* between(taken: Iterable<Stretch>, begin: number): Generator<Stretch> {
  let from = begin;
  for (const hole of taken) {
    if (hole.from > from) yield { from, to: hole.from };
    from = Math.max(from, hole.to);
  }
  if (from < Number.POSITIVE_INFINITY) yield { from, to: Number.POSITIVE_INFINITY };
}

import type { Target } from './state.ts';

/** A delivery is tried for a day. */
const withinMs = 25 * 3_600_000;

/** Those that end last are in their own workflows. */
const max = 1_000;

/** The target as a deployment of its own ends, which leaves these open. */
export function withLate(target: Target, deployment: string, deliveries: readonly string[], now: number): Target {
  const before = target.late ?? [];
  const until = new Date(now + withinMs).toISOString();
  const known = new Set(before.map(({ delivery }) => delivery));
  const more = [...new Set(deliveries)].filter((delivery) => !known.has(delivery));
  if (more.length === 0) return target;
  return { ...target, late: [...before, ...more.map((delivery) => ({ deployment, delivery, until }))].slice(0, max) };
}

/** The target once a delivery stands in its deployment's journal, or never will. */
export function withoutLate(target: Target, delivery: string): Target {
  return { ...target, late: (target.late ?? []).filter((one) => one.delivery !== delivery) };
}

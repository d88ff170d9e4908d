import type { ErrorIssue } from '../base/errors.ts';
import { besides, findingsOf } from '../base/refuse.ts';

interface Read {
  /** What was found as the procedure was read, its stand-ins included. */
  readonly found: readonly ErrorIssue[];
  /** Where the procedure has stand-ins for what is wrong with it, as pointers. */
  readonly replaced: readonly string[];
}

/** Everything that is wrong with a plan, for one answer: what was `read`, and what `rules` refuse that comes of nothing else. */
export function planFaults({ found, replaced }: Read, rules: readonly (() => void)[]): readonly ErrorIssue[] {
  const standIns = replaced.map((pointer) => ({ pointer }));
  const read = besides(standIns, found);
  const broken = besides(standIns, rules.flatMap(findingsOf)).filter((one) => !mayComeOf([...standIns, ...read], one));
  return [...read, ...broken];
}

/**
 * A rule that is broken in the very place of a fault, in it, or by the list that one of its members is wrong in, may be so by
 * that fault; and whether anybody hands the artifact's digest on cannot be told while steps or checks are not as they are meant.
 */
function mayComeOf(known: readonly Pick<ErrorIssue, 'pointer'>[], { code, pointer }: ErrorIssue): boolean {
  if (code === 'artifact-unbound')
    return known.some((one) => /^\/procedure\/(steps|validation|health)/.test(one.pointer));
  return known.some(
    (one) => `${pointer}/`.startsWith(`${one.pointer}/`) || one.pointer.replace(/\/[^/]*$/, '') === pointer,
  );
}

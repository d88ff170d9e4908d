import type { ErrorIssue } from '../base/errors.ts';
import { besides, findingsOf } from '../base/refuse.ts';

interface Read {
  /** What was found as the procedure was read, its stand-ins included. */
  readonly found: readonly ErrorIssue[];
  /** Where the procedure has stand-ins for what is wrong with it, as pointers. */
  readonly replaced: readonly string[];
}

/** All faults of a plan, for one answer: those that were read, and those that `rules` refuse and that follow from no other. */
export function planFaults({ found, replaced }: Read, rules: readonly (() => void)[]): readonly ErrorIssue[] {
  const standIns = replaced.map((pointer) => ({ pointer }));
  const read = besides(standIns, found);
  const broken = besides(standIns, rules.flatMap(findingsOf)).filter((one) => !mayComeOf([...standIns, ...read], one));
  return [...read, ...broken];
}

/**
 * A rule may be broken only because of a known fault: in the same place, inside it, or in the list that holds it. Whether
 * the artifact's digest is handed on cannot be evaluated while steps or checks have faults.
 */
function mayComeOf(known: readonly Pick<ErrorIssue, 'pointer'>[], { code, pointer }: ErrorIssue): boolean {
  if (code === 'artifact-unbound')
    return known.some((one) => /^\/procedure\/(steps|validation|health)/.test(one.pointer));
  return known.some(
    (one) => `${pointer}/`.startsWith(`${one.pointer}/`) || one.pointer.replace(/\/[^/]*$/, '') === pointer,
  );
}

import { observe } from '../adapters/index.ts';
import { GantryError } from '../domain/errors.ts';
import type { CheckResult } from '../domain/journal.ts';
import type { ObserveInput } from '../domain/ports/observation.ts';
import { bindChecks, contextsOf } from './contexts.ts';
import type { ActivityDeps } from './deps.ts';
import { changedFiles } from './guard.ts';

type Measured = Omit<ObserveInput, 'seal' | 'step'>;

/** Measures checks side by side; results stand in the order of the checks. */
export async function measure(
  deps: ActivityDeps,
  { checks, bindings, once, ...place }: Measured,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const contextFor = contextsOf(deps, place);
  return observe(bindChecks(checks, bindings), {
    catalog: deps.catalog,
    contextFor: (check, ofCheck, timeoutMs) => contextFor(check.id, ofCheck, timeoutMs),
    signal,
    once,
  });
}

/**
 * The same, where what commands run must be what was planned. Not for the way back: what has been rolled back is told by
 * whatever can tell it. Throws `files-changed`.
 */
export async function measureAsPlanned(
  deps: ActivityDeps,
  input: Measured,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const runsFiles = input.checks.some(({ kind }) => kind === 'command');
  const refused = runsFiles ? await changedFiles(deps, input.workplace) : null;
  if (refused) throw new GantryError(refused.code, refused.detail);
  return measure(deps, input, signal);
}

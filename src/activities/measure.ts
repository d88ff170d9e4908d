import { observe } from '../adapters/index.ts';
import type { CheckResult } from '../domain/journal.ts';
import type { ObserveInput } from '../domain/ports.ts';
import { bindChecks, contextsOf } from './contexts.ts';
import type { ActivityDeps } from './deps.ts';

/** Measures checks side by side; results stand in the order of the checks. */
export async function measure(
  deps: ActivityDeps,
  { checks, bindings, once, ...place }: ObserveInput,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const contextFor = await contextsOf(deps, place);
  return observe(bindChecks(checks, bindings), {
    catalog: deps.catalog,
    contextFor: (check, ofCheck, timeoutMs) => contextFor(check.id, ofCheck, timeoutMs),
    signal,
    once,
  });
}

import { type EffectReading, hold, observe, readBack } from '../../adapters/index.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { CheckResult } from '../../domain/journal/values.ts';
import type { PlannedCheck } from '../../domain/kinds/adapter.ts';
import type { ObserveInput } from '../../domain/ports/observation.ts';
import type { ActivityDeps } from '../deps.ts';
import { bindChecks, samplingBy } from '../effects/contexts.ts';
import { unfitChecks } from '../effects/guard.ts';

type Measured = Omit<ObserveInput, 'seal' | 'step' | 'settleMs'>;

/** Measures checks side by side, and for as long as they are to hold; results stand in the order of the checks. */
export async function measure(
  deps: ActivityDeps,
  { checks, bindings, once, holdMs = 0, ...place }: Measured,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const bound = bindChecks(deps, checks, bindings);
  const options = { ...samplingBy(deps, place), signal };
  const results = await observe(bound, { ...options, once });
  return holdMs > 0 ? hold(bound, results, holdMs, options) : results;
}

interface Effect extends Pick<ObserveInput, 'runIdentity' | 'workplace' | 'bindings'> {
  readonly done: PlannedCheck;
  readonly settleMs: number;
  readonly isWayBack: boolean;
}

/** Reads an effect back. The result of a changed file does not count: it is not the one that was planned. */
export async function readEffect(
  deps: ActivityDeps,
  { done, bindings, settleMs, isWayBack, ...place }: Effect,
  signal: AbortSignal,
): Promise<EffectReading> {
  const unfit = await unfitChecks(deps, [done], place, { isWayBack });
  if (unfit) return { readBack: 'unknown', summary: unfit.detail };
  const [check] = bindChecks(deps, [done], bindings) as [PlannedCheck];
  return readBack(check, { ...samplingBy(deps, place), signal, settleMs, isWayBack });
}

/**
 * The same, where what commands run must be what was planned. Not for the way back, which is verified by whatever is there.
 * Throws `files-changed`, `commands-not-isolated`.
 */
export async function measureAsPlanned(
  deps: ActivityDeps,
  input: Measured,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const refused = await unfitChecks(deps, input.checks, input);
  if (refused) throw new GantryError(refused.code, refused.detail);
  return measure(deps, input, signal);
}

import { type JsonObject } from '../../domain/base/json.ts';
import { type AdapterContext, type PlannedCheck } from '../../domain/kinds/adapter.ts';
import { type Bindings, bindingsLookup } from '../../domain/plan/bindings.ts';
import { fillAll } from '../../domain/plan/references.ts';
import type { OfRun } from '../../domain/ports/run-identity.ts';
import type { ActivityDeps } from '../deps.ts';

type Place = Pick<OfRun, 'runIdentity' | 'workplace'>;

/** The context that adapters get for one attempt; `what` is the step's or the check's id. */
export function contextsOf(
  deps: ActivityDeps,
  { runIdentity, workplace }: Place,
): (what: string, signal: AbortSignal, timeoutMs: number, key?: string) => AdapterContext {
  const folder = workplace.inline ? null : deps.procedures.folderOf(workplace.procedure);
  return (what, signal, timeoutMs, key = what) => ({
    identity: {
      deployment: runIdentity.deployment,
      fence: runIdentity.fence,
      step: what,
      stepKey: `${runIdentity.deployment}/${key}`,
    },
    folder,
    secrets: deps.newSecrets(),
    signal,
    timeoutMs,
  });
}

/** What samples are taken with: this worker's own kinds, and a context for each check. */
export function samplingBy(deps: ActivityDeps, place: Place) {
  const contextFor = contextsOf(deps, place);
  return {
    catalog: deps.catalog,
    contextFor: ({ id }: PlannedCheck, signal: AbortSignal, timeoutMs: number) => contextFor(id, signal, timeoutMs),
  };
}

/**
 * Checks with every reference filled in, secrets excepted. This worker's own kinds say what they expect: the words of a plan
 * could be anything.
 */
export function bindChecks(
  { catalog }: Pick<ActivityDeps, 'catalog'>,
  checks: readonly PlannedCheck[],
  bindings: Bindings,
): readonly PlannedCheck[] {
  const lookup = bindingsLookup(bindings);
  return checks.map((check) => {
    const spec = fillAll<JsonObject>(check.spec, lookup);
    return { ...check, spec, expects: catalog.checks.get(check.kind)?.expects(spec) ?? check.expects };
  });
}

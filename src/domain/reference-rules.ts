import type { Json, JsonObject } from './adapters.ts';
import type { ErrorIssue } from './errors.ts';
import { refuse, toPointer } from './issues.ts';
import type { ProcedureDocument } from './procedure.ts';
import { isSecretReference, lookupIn, referencesIn } from './references.ts';

interface Scope {
  readonly procedure: ProcedureDocument;
  readonly frozen: JsonObject;
  readonly slots: readonly { readonly name: string; readonly keys: JsonObject }[];
  readonly initial: boolean;
}

const boundNames = new Set(['deployment', 'fence', 'live.release', 'live.artifact.uri', 'live.artifact.digest']);
const isLive = (name: string) => name.startsWith('live.') || name.startsWith('slot.live.');

/** Where values of the lock may stand: in what acts and what observes, never in the plan's own times and roles. */
function mayBeBound(path: readonly PropertyKey[]): boolean {
  const [head, , part] = path;
  if (head === 'steps') return part === 'do' || part === 'undo' || part === 'done' || part === 'verify';
  return head === 'health' || head === 'validation' || head === 'rollback';
}

/** How many keys lead to an adapter's spec, by where it stands. */
function specDepth([head, , part]: readonly PropertyKey[]): number {
  if (head === 'steps') return part === 'verify' ? 4 : 3;
  return head === 'health' ? 2 : 3;
}

/** Secrets are filled in where adapters look for them, and nowhere else: values of `env` and `headers`; files also in argv. */
function secretFault(name: string, path: readonly PropertyKey[]): string | undefined {
  const places = name.startsWith('secret-file:') ? ['env', 'command'] : ['env', 'headers'];
  const depth = specDepth(path);
  if (mayBeBound(path) && path.length === depth + 2 && places.includes(String(path[depth]))) return undefined;
  return `\${${name.slice(0, 80)}} may stand in ${places.join(' and ')} only`;
}

function faultOf(name: string, path: readonly PropertyKey[], scope: Scope): string | undefined {
  if (lookupIn(scope.frozen)(name) !== undefined) return undefined;
  const shown = `\${${name.slice(0, 80)}}`;
  const slotKey = /^slot\.(live|idle)\.([^.]+)$/.exec(name)?.[2];
  const inBothSlots =
    slotKey !== undefined && scope.slots.length > 0 && scope.slots.every(({ keys }) => Object.hasOwn(keys, slotKey));
  if (isSecretReference(name)) return secretFault(name, path);
  const isKnown = boundNames.has(name) || inBothSlots;
  if (!isKnown) return `${shown} refers to nothing`;
  if (!mayBeBound(path)) return `${shown} is not known when the plan is frozen, so it cannot stand here`;
  if (scope.initial && isLive(name) && (path[0] === 'rollback' || path[2] === 'undo'))
    return `${shown} cannot be used to go back: change.initial says that nothing is live yet`;
  return undefined;
}

/** Every reference of a procedure must name something that is known by the time it is needed. Throws `unknown-reference`. */
export function checkReferences(scope: Scope): void {
  const issues: ErrorIssue[] = referencesIn(scope.procedure as unknown as Json).flatMap(({ name, path }) => {
    const detail = faultOf(name, path, scope);
    return detail === undefined
      ? []
      : [{ pointer: toPointer(['procedure', ...path]), code: 'unknown-reference', detail } as const];
  });
  if (issues.length > 0) refuse(issues);
}

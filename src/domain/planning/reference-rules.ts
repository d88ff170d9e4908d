import { type ErrorIssue, GantryError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { maxFindings, toPointer } from '../base/refuse.ts';
import { boundNames } from '../plan/bindings.ts';
import { isSecretReference, lookupIn, referencesIn, referringKeysIn } from '../plan/references.ts';
import type { ProcedureDocument } from './procedure.ts';

interface Scope {
  readonly frozen: JsonObject;
  readonly slots: readonly { readonly name: string; readonly keys: JsonObject }[];
  /** The environment that is checked, where the plan is for another one; null: the plan's own. */
  readonly where: string | null;
  readonly initial: boolean;
}

const shownName = (name: string) => `\${${name.slice(0, 80)}}`;
const isLive = (name: string) => name.startsWith('live.') || name.startsWith('slot.live.');

/** Where values of the lock may stand: in what acts and what observes, never in the plan's own times, roles and texts. */
function mayBeBound([head, , part, inner]: readonly PropertyKey[]): boolean {
  if (head === 'steps') return ['do', 'undo', 'done', 'verify'].includes(String(part)) && inner !== 'none';
  if (head === 'configuration') return part !== 'keys' && part !== 'id';
  return head === 'health' || head === 'rollback' || (head === 'validation' && part !== 'none');
}

/** How many keys lead to an adapter's spec, by where it stands. */
function specDepth([head, , part]: readonly PropertyKey[]): number {
  if (head === 'steps') return part === 'verify' ? 4 : 3;
  return head === 'health' || head === 'configuration' ? 2 : 3;
}

/** Adapters fill in secrets in values of `env` and `headers`, and paths of secret files in argv and `env`; nowhere else. */
function secretFault(name: string, path: readonly PropertyKey[]): string | undefined {
  const places = name.startsWith('secret-file:') ? ['env', 'command'] : ['env', 'headers'];
  const depth = specDepth(path);
  if (mayBeBound(path) && path.length === depth + 2 && places.includes(String(path[depth]))) return undefined;
  return `${shownName(name)} may stand in ${places.join(' and ')} only`;
}

function faultOf(name: string, path: readonly PropertyKey[], scope: Scope, names: () => string): string | undefined {
  const shown = shownName(name);
  const frozen = lookupIn(scope.frozen)(name);
  if (frozen !== null && typeof frozen === 'object') return `${shown} has members: name one of them`;
  if (frozen !== undefined) return undefined;
  const slotKey = /^slot\.(live|idle)\.([^.]+)$/.exec(name)?.[2];
  const inBothSlots =
    slotKey !== undefined && scope.slots.length > 0 && scope.slots.every(({ keys }) => Object.hasOwn(keys, slotKey));
  if (isSecretReference(name)) return secretFault(name, path);
  const isKnown = boundNames.has(name) || inBothSlots;
  if (!isKnown) return `${shown} refers to nothing: there are ${names()}`;
  if (!mayBeBound(path)) return `${shown} is not known when the plan is frozen, so it cannot stand here`;
  if (scope.initial && isLive(name) && (path[0] === 'rollback' || path[2] === 'undo'))
    return `${shown} cannot be used to go back: change.initial says that nothing is live yet`;
  return undefined;
}

const maxNamed = 20;

/** The names that a procedure may refer to, without secrets; of the frozen ones the first. */
function knownNames({ frozen, slots }: Scope): string {
  const [first] = slots;
  const shared = Object.keys(first?.keys ?? {}).filter((key) => slots.every(({ keys }) => Object.hasOwn(keys, key)));
  const bySlot = ['live', 'idle'].flatMap((which) => shared.map((key) => `slot.${which}.${key}`));
  const leaves = leavesOf(frozen);
  const more = leaves.length > maxNamed ? [`${leaves.length - maxNamed} more`] : [];
  return [...leaves.slice(0, maxNamed), ...more, ...boundNames, ...bySlot].join(', ');
}

function leavesOf(value: JsonObject, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([key, member]) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? leavesOf(member as JsonObject, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

/** A procedure has no more: 100 steps with 20 each would fill a plan already. */
const maxReferences = 2_000;

/** Where a procedure refers to something. */
export interface References {
  readonly named: readonly { readonly name: string; readonly path: readonly PropertyKey[] }[];
  /** Paths of keys that look as if they held one. */
  readonly inKeys: readonly (readonly PropertyKey[])[];
}

/** All references of a procedure, and the first keys that look like one. Throws `plan-too-large` for too many references. */
export function referencesOf(procedure: ProcedureDocument): References {
  const named: References['named'][number][] = [];
  for (const reference of referencesIn(procedure as unknown as Json)) {
    if (named.length === maxReferences)
      throw new GantryError('plan-too-large', `A procedure has at most ${maxReferences} references.`, {
        pointer: toPointer(['procedure', ...reference.path]),
      });
    named.push(reference);
  }
  const inKeys: (readonly PropertyKey[])[] = [];
  for (const path of referringKeysIn(procedure as unknown as Json)) {
    inKeys.push(path);
    if (inKeys.length === maxFindings) break;
  }
  return { named, inKeys };
}

/** The first faults of a procedure's references: each must name something that is known by the time it is needed. */
export function referenceFaults({ named, inKeys }: References, scope: Scope): readonly ErrorIssue[] {
  const fault = (path: readonly PropertyKey[], detail: string): ErrorIssue => {
    return { pointer: toPointer(['procedure', ...path]), code: 'unknown-reference', detail };
  };
  let known: string | null = null;
  const names = () => (known ??= knownNames(scope));
  const inTexts = named.flatMap(({ name, path }) => {
    const detail = faultOf(name, path, scope, names);
    if (detail === undefined) return [];
    return [fault(path, scope.where === null ? detail : `in ${scope.where}, ${detail}`)];
  });
  const keys = inKeys.map((path) => fault(path, 'a key is never filled in: write it without ${'));
  return [...inTexts, ...keys].slice(0, maxFindings);
}

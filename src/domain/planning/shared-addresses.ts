import type { ErrorIssue } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { toPointer } from '../base/refuse.ts';
import type { AdapterCatalog } from '../kinds/adapter.ts';
import { addressesIn } from '../kinds/addresses.ts';
import { bindingsLookup } from '../plan/bindings.ts';
import { fillAll, lookupIn } from '../plan/references.ts';
import { inEnvironment } from './environments.ts';
import type { ProcedureDocument } from './procedure.ts';
import { type Path, sampleBindings } from './spec-reader.ts';

/**
 * What a spec may do. `acts`: it changes something, or decides whether something is undone, so its address is the
 * environment's own. `reads`: it may ask a system that all environments share, but about this one. `asks-others`: it may
 * ask a shared system the same in every environment.
 */
type Reach = 'acts' | 'reads' | 'asks-others';
interface Placed {
  readonly spec: JsonObject;
  readonly path: Path;
  readonly reach: Reach;
}

type Kinds = AdapterCatalog['checks'];

/** A program may do anything, a front door is the environment's own, and a request other than GET and HEAD may change something. */
function reachOf(spec: JsonObject, reading: 'reads' | 'asks-others', kinds: Kinds): Reach {
  const traits = Object.keys(spec).flatMap((key) => kinds.get(key)?.traits ?? []);
  if (traits.includes('runs-files') || traits.includes('availability')) return 'acts';
  const method = spec['method'] ?? 'GET';
  return method === 'GET' || method === 'HEAD' ? reading : 'acts';
}

/** All actions and checks of a procedure. */
function specsOf(
  { steps, health, validation, rollback, configuration = [] }: ProcedureDocument,
  kinds: Kinds,
): readonly Placed[] {
  const checks = (list: readonly JsonObject[] | object, path: Path, reach: Reach = 'reads') =>
    (Array.isArray(list) ? (list as readonly JsonObject[]) : []).map((spec, i): Placed => {
      return { spec, path: [...path, i], reach: reach === 'acts' ? reach : reachOf(spec, reach, kinds) };
    });
  const acts = (spec: JsonObject | undefined, ...path: Path): readonly Placed[] =>
    spec && !Object.hasOwn(spec, 'none') ? [{ spec, path, reach: 'acts' }] : [];
  return [
    ...steps.flatMap((step, i) => [
      ...acts(step.do, 'steps', i, 'do'),
      ...acts(step.undo, 'steps', i, 'undo'),
      ...acts(step.done, 'steps', i, 'done'),
      ...checks(step.verify ?? [], ['steps', i, 'verify']),
    ]),
    ...checks(health, ['health']),
    ...Object.entries(validation).flatMap(([group, list]) =>
      checks(list, ['validation', group], group === 'integrations' ? 'asks-others' : 'reads'),
    ),
    ...checks(rollback.verify, ['rollback', 'verify'], 'acts'),
    // Files are the worker's own, and nothing but read.
    ...configuration.flatMap((spec, i): readonly Placed[] =>
      Object.hasOwn(spec, 'file')
        ? []
        : [{ spec, path: ['configuration', i], reach: reachOf(spec, 'asks-others', kinds) }],
    ),
  ];
}

/** All texts in a value. */
function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((member: Json) => textsIn(member));
}

type Reached = (value: Json, hosts: 'evident' | 'any') => readonly string[];

/** The addresses in values. Each text is searched once: most of them are the same in all environments. */
function reaching(): Reached {
  const known = { evident: new Map<string, readonly string[]>(), any: new Map<string, readonly string[]>() };
  const addressesOf = (text: string, hosts: 'evident' | 'any') => {
    const found = known[hosts].get(text) ?? addressesIn(text, hosts);
    known[hosts].set(text, found);
    return found;
  };
  return (value, hosts) => textsIn(value).flatMap((text) => addressesOf(text, hosts));
}

/** What a procedure is in one environment. */
interface There {
  readonly name: string;
  /** Every address among its own values and slots. */
  readonly own: ReadonlySet<string>;
  /** A spec as it is there, whichever slot is live. */
  readonly filled: (spec: JsonObject) => readonly JsonObject[];
}

/** What references mean in any environment. */
type Everywhere = JsonObject & { readonly service: string };

/** Artifact and release are the same everywhere, and their origin is no environment's address. */
const sameEverywhere = { release: 'release', artifact: { uri: 'artifact', digest: 'digest' } };

function thereOf(procedure: ProcedureDocument, name: string, frozen: Everywhere, reachedBy: Reached): There {
  const { values, slots } = inEnvironment(procedure, name);
  const own = { ...frozen, ...sameEverywhere, environment: name, env: values ?? {} };
  const lookups = sampleBindings(slots, `${frozen.service}.${name}.1`).map((bindings) => {
    const [bound, known] = [bindingsLookup(bindings), lookupIn(own)];
    return (reference: string) => known(reference) ?? bound(reference);
  });
  return {
    name,
    own: new Set(reachedBy([values ?? {}, ...slots.map(({ keys }) => keys)], 'any')),
    filled: (spec) => lookups.map((lookup) => fillAll(spec, lookup)),
  };
}

/**
 * What keeps the environments of a procedure from being apart: an address in the values or slots of two of them; an action,
 * read-back, front door or check of a rollback that would go to the same address in two, or that is the same in two; a
 * check that would ask what is another environment's own. `frozen` is what references mean in any of them: a parameter is
 * the same in all. A procedure that names one environment or none has nothing to keep apart.
 */
export function apartFaults(
  procedure: ProcedureDocument,
  frozen: Everywhere,
  { checks }: AdapterCatalog,
): readonly ErrorIssue[] {
  const names = Object.keys(procedure.environments ?? {});
  if (names.length < 2) return [];
  const reachedBy = reaching();
  const all = names.map((name) => thereOf(procedure, name, frozen, reachedBy));
  const owners = new Map(
    all.toReversed().flatMap(({ name, own }) => [...own].map((address) => [address, name] as const)),
  );
  const specs = specsOf(procedure, checks);
  if (specs.length > maxSpecs) {
    const detail = `it has ${specs.length} actions and checks, more than fit into a plan`;
    return [{ code: 'plan-too-large', pointer: '/procedure', detail }];
  }
  const shared = specs.flatMap((placed): readonly ErrorIssue[] => {
    const detail = faultOf(placed, all, owners, reachedBy);
    const pointer = toPointer(['procedure', ...placed.path]);
    return detail === null ? [] : [{ code: 'shared-address', pointer, detail }];
  });
  return [...sharedValues(procedure, all, reachedBy), ...shared];
}

/** Each takes at least 160 bytes of a plan, so that more would hardly fit into one; checking them would only take long. */
const maxSpecs = 600;

/** Values and slots that are an address of an environment that was named before, too. */
function sharedValues(procedure: ProcedureDocument, all: readonly There[], reachedBy: Reached): readonly ErrorIssue[] {
  return all.flatMap(({ name }, i) => {
    const own = procedure.environments?.[name];
    const slots = Object.entries(own?.slots ?? procedure.slots ?? {});
    const root: Path = own?.slots ? ['environments', name, 'slots'] : ['slots'];
    const places: readonly (readonly [Path, Json])[] = [
      ...Object.entries(own?.values ?? {}).map(
        ([key, value]) => [['environments', name, 'values', key], value] as const,
      ),
      ...slots.flatMap(([slot, keys]) =>
        Object.entries(keys).map(([key, value]) => [[...root, slot, key], value] as const),
      ),
    ];
    return places.flatMap(([path, value]) =>
      reachedBy(value, 'any').flatMap((address): readonly ErrorIssue[] => {
        const other = all.slice(0, i).find(({ own: before }) => before.has(address));
        if (!other) return [];
        const detail = `${address} is an address of ${other.name} and of ${name}: give each its own`;
        return [{ code: 'shared-address', pointer: toPointer(['procedure', ...path]), detail }];
      }),
    );
  });
}

const remedy = 'write what differs under environments, and ${env.<name>} here';

/** Goes through the environments once: what one of them reaches is held against all before it, and every owner. */
function faultOf(
  { spec, reach }: Placed,
  all: readonly There[],
  owners: ReadonlyMap<string, string>,
  reachedBy: Reached,
): string | null {
  const reached = new Map<string, string>();
  const done = new Map<string, string>();
  for (const { name, own, filled } of all) {
    const here = filled(spec);
    const foreign = reachedBy(here, 'any').find((address) => owners.has(address) && !own.has(address));
    if (foreign !== undefined)
      return `in ${name}, too, it goes to ${foreign}, which is ${owners.get(foreign)}’s own: ${remedy}`;
    for (const address of reach === 'acts' ? reachedBy(here, 'evident') : []) {
      const before = reached.get(address);
      if (before !== undefined && before !== name)
        return `it goes to ${address} in ${before} and in ${name}: ${remedy}`;
      reached.set(address, name);
    }
    const text = JSON.stringify(here);
    const before = done.get(text);
    if (before !== undefined && reach !== 'asks-others')
      return `it would do the same in ${before} and in ${name}, since nothing tells it where it is: ${remedy}, or \${environment}`;
    done.set(text, name);
  }
  return null;
}

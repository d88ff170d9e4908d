import { projectSchema } from '../../src/cli/request/project-file.ts';
import { procedureSchema } from '../../src/domain/planning/procedure.ts';
import { policyDocumentSchema } from '../../src/domain/policy/policy.ts';
import { inputOf, type JsonSchema } from './json-schema.ts';
import { notifierKinds, procedureKinds, sourceSchemas, wayProperties } from './kinds.ts';

/** No address: a name by which validators and catalogs know a schema of this version of the format. */
const idOf = (name: string) => `urn:gantry:schema:${name}:1`;

function named(name: string, title: string, schema: JsonSchema): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: idOf(name), title, ...schema };
}

/** Changes a part of a schema by its path of properties, `[]` for items and `*` for members of a record. */
function at(schema: JsonSchema, path: readonly string[], change: (part: JsonSchema) => JsonSchema): JsonSchema {
  const [key, ...rest] = path;
  if (key === undefined) return change(schema);
  const into = (part: JsonSchema | boolean | undefined) => {
    if (typeof part !== 'object') throw new Error(`There is no ${path.join('.')} in the schema.`);
    return at(part, rest, change);
  };
  if (key === '[]') return { ...schema, items: into(schema.items) };
  if (key === '*') return { ...schema, additionalProperties: into(schema.additionalProperties) };
  return { ...schema, properties: { ...schema.properties, [key]: into(schema.properties?.[key]) } };
}

const refTo = (name: string) => ({ $ref: `#/$defs/${name}` });
/** A single one of a kind, a list of them, or a list or `none`. */
const one = (name: string) => (part: JsonSchema) => ({ ...described(part), ...refTo(name) });
const listOf = (name: string) => (part: JsonSchema) => ({ ...part, items: refTo(name) });
const listOrNone = (name: string) => (part: JsonSchema) => {
  const [list = {}, ...others] = part.anyOf ?? [];
  return { ...part, anyOf: [{ ...list, items: refTo(name) }, ...others] };
};
function described({ description, examples }: JsonSchema): JsonSchema {
  return { ...(description ? { description } : {}), ...(examples ? { examples } : {}) };
}

/** What a step is, by the rules that its parts have for each other. */
const stepRules: JsonSchema = {
  oneOf: ['do', 'hold', 'gate', 'manual'].map((kind) => ({ title: kind, required: [kind] })),
  dependentRequired: { do: ['verify'], revertible: ['reason'], reason: ['revertible'] },
  if: { anyOf: [{ required: ['do'] }, { required: ['manual'] }] },
  then: { oneOf: [{ required: ['undo'] }, { required: ['revertible'] }] },
};

/** A procedure, as editors check it while it is written. */
export function procedureJsonSchema(): JsonSchema {
  const step = ['steps', '[]'];
  const places: readonly (readonly [path: readonly string[], change: (part: JsonSchema) => JsonSchema])[] = [
    [[...step, 'do'], one('action')],
    [[...step, 'done'], one('done')],
    [[...step, 'verify'], listOrNone('check')],
    [[...step, 'undo'], (part) => ({ ...part, anyOf: [...(part.anyOf ?? []).slice(0, 1), refTo('undo')] })],
    [step, (part) => ({ ...part, ...stepRules })],
    [['health'], listOf('healthCheck')],
    [['validation', 'smoke'], listOf('check')],
    ...['performance', 'integrations', 'features'].map(
      (group) => [['validation', group], listOrNone('check')] as const,
    ),
    [['rollback', 'verify'], listOf('rollbackCheck')],
    [['configuration', '[]'], ({ properties = {} }) => sourceSchemas(properties)],
  ];
  const { $defs: _, ...written } = places.reduce<JsonSchema>(
    (schema, [path, change]) => at(schema, path, change),
    inputOf(procedureSchema),
  );
  return named('procedure', 'A procedure of Gantry', { ...written, $defs: procedureKinds });
}

/** A policy, in the same way. */
export function policyJsonSchema(): JsonSchema {
  const settings = notifierKinds.flatMap(({ kind, settings: own }) => (own ? [[kind, own] as const] : []));
  const stakeholder = ['environments', '*', 'stakeholders', '[]'];
  const withKinds = at(inputOf(policyDocumentSchema), ['notifiers'], (part) => ({
    ...part,
    propertyNames: {},
    properties: Object.fromEntries(settings),
    additionalProperties: false,
  }));
  const { $defs: _, ...written } = at(withKinds, stakeholder, (part) => ({
    ...part,
    properties: { ...part.properties, ...wayProperties },
    anyOf: notifierKinds.map(({ kind }) => ({ title: kind, required: [kind] })),
    dependentRequired: { secret: ['webhook'] },
    additionalProperties: false,
  }));
  return named('policy', 'A policy of Gantry', written);
}

/** What `gantry.yaml` of a repository says. */
export function projectJsonSchema(): JsonSchema {
  return named('project', 'gantry.yaml: what a repository deploys', inputOf(projectSchema));
}

import type { z } from 'zod';
import { createAdapters, createNotifiers } from '../../src/adapters/index.ts';
import { samplingSchema } from '../../src/domain/kinds/sampling.ts';
import { inputOf, type JsonSchema, mapParts } from './json-schema.ts';

// What stands under a kind is for its adapter to say; what stands beside, for whoever reads the procedure (`spec-reader.ts`).

const reference = { $ref: '#/$defs/reference' };
const { actions, checks } = createAdapters();
const notifiers = createNotifiers(() => {});

const name = { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' };
const { timeout, ...sampling } = inputOf(samplingSchema).properties ?? {};

/** Beside the options of an action. */
export const actionOptions = {
  timeout: { ...timeout, default: '1m', description: 'The longest that one attempt may take', examples: ['2m'] },
};
/** Beside the options of an action that undoes something. */
export const undoOptions = {
  timeout: { ...actionOptions.timeout, default: '30s' },
  attempts: {
    type: 'integer',
    minimum: 1,
    maximum: 10,
    default: 3,
    description: 'How often it is tried before a person is needed',
  },
};
/** Beside the options of a check. */
export const checkOptions: Readonly<Record<string, JsonSchema>> = {
  id: { ...name, description: 'Its name, which no other check beside it has', examples: ['healthy'] },
  timeout: timeout ?? {},
  ...sampling,
};

const without = (all: Readonly<Record<string, JsonSchema>>, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));

const healthOnly = ['window', 'atStart'];
const pointOnly = ['within', 'count', 'consecutiveSuccessLimit'];
const pointOptions = without(checkOptions, healthOnly);
const healthOptions = without(checkOptions, pointOnly);
const doneOptions = without(pointOptions, [
  'id',
  'failureLimit',
  'consecutiveErrorLimit',
  'consecutiveSuccessLimit',
  'onInconclusive',
]);

/** Each kind by itself, for people: what stands under it, without what stands beside. */
export const actionKinds = [...actions.values()].map(({ kind, schema }) => ({ kind, schema: inputOf(schema) }));
export const checkKinds = [...checks.values()].map(({ kind, schema }) => ({ kind, schema: inputOf(schema) }));
export const notifierKinds = [...notifiers.values()].map(({ kind, schema, settings }) => ({
  kind,
  schema: inputOf(schema),
  settings: settings ? inputOf(settings) : null,
}));

type Options = Readonly<Record<string, JsonSchema>>;

/** One kind with what stands beside it, where a person writes it. */
function kindSchema(kind: string, schema: z.ZodType, options: Options, leaveOut: readonly string[] = []): JsonSchema {
  const { properties = {}, required = [] } = inputOf(schema);
  const own = withReferences({ type: 'object', properties: without({ ...properties, ...options }, leaveOut) });
  const needed = [...new Set([kind, ...required, ...('id' in options ? ['id'] : [])])].filter(
    (key) => !leaveOut.includes(key),
  );
  return { ...own, title: kind, required: needed, additionalProperties: false };
}

const actionsWith = (options: Options): JsonSchema => ({
  anyOf: [...actions.values()].map(({ kind, schema }) => kindSchema(kind, schema, options)),
});

/** The places of a procedure where a kind stands, by the names that its schema has for them. */
export const procedureKinds: Readonly<Record<string, JsonSchema>> = {
  reference: { type: 'string', pattern: '\\$\\{[^{}]*\\}', description: 'Filled in when it is planned, or acts' },
  action: { description: 'What changes the world', ...actionsWith(actionOptions) },
  undo: { description: 'What undoes a step', ...actionsWith(undoOptions) },
  check: {
    description: 'What observes the world, at one point',
    ...checksWith(pointOptions, { leaveOut: ['absent'] }),
  },
  rollbackCheck: {
    description: 'What tells that the release of before serves',
    ...checksWith(pointOptions, { leaveOut: ['absent'], withMetrics: false }),
  },
  healthCheck: {
    description: 'What observes the world until the deployment ends',
    ...checksWith(healthOptions, { leaveOut: ['absent'] }),
  },
  done: { description: 'What reads an effect back', ...checksWith(doneOptions, { withMetrics: false }) },
};

function checksWith(
  options: Options,
  { leaveOut = [], withMetrics = true }: { readonly leaveOut?: readonly string[]; readonly withMetrics?: boolean },
): JsonSchema {
  const taken = [...checks.values()].filter(({ traits }) => withMetrics || !traits?.includes('metrics-source'));
  return {
    anyOf: taken.map((adapter) => {
      // It samples at a rate of its own, and every bad sample counts.
      const isPaced = 'pace' in adapter && 'window' in options;
      return kindSchema(adapter.kind, adapter.schema, options, [
        ...leaveOut,
        ...(isPaced ? ['interval', 'consecutiveErrorLimit'] : []),
      ]);
    }),
  };
}

/** Where keys of a configuration are read. */
export function sourceSchemas(own: Options): JsonSchema {
  const asked = ['http', 'command'].flatMap((kind) => {
    const adapter = checks.get(kind);
    return adapter
      ? [kindSchema(kind, adapter.schema, {}, ['absent', 'json', 'number', 'status', 'method', 'body'])]
      : [];
  });
  const sources = [...asked, { ...fileSource, title: 'file', required: ['file'] }];
  return {
    anyOf: sources.map(({ properties = {}, required = [], title = '' }) => ({
      title,
      type: 'object',
      properties: { ...own, ...properties },
      required: [...Object.keys(own), ...required],
      additionalProperties: false,
    })),
  };
}

/** A kind of source that is no check's. */
export const fileSource: JsonSchema = {
  type: 'object',
  properties: {
    file: {
      type: 'string',
      pattern: '^/',
      description: "A plain file of the worker's machine, from `/`, of at most 1 MiB",
      examples: ['/etc/shop.env'],
    },
  },
  required: ['file'],
};

/** A stakeholder's ways: of each kind what stands under it. */
export const wayProperties: Options = Object.fromEntries(
  notifierKinds.flatMap(({ schema }) => Object.entries(propertiesOf(schema))),
);

/** The members of a schema, and of a choice those of each. */
export function propertiesOf({ properties = {}, anyOf = [] }: JsonSchema): Options {
  const all: Record<string, JsonSchema> = { ...properties };
  for (const [key, one] of anyOf.flatMap((part) => Object.entries(part.properties ?? {})))
    all[key] = all[key] ? { ...one, anyOf: [...(all[key].anyOf ?? [all[key]]), one] } : one;
  return all;
}

/** The same where a reference may stand in place of each value that is not any text. */
function withReferences(schema: JsonSchema): JsonSchema {
  const inside = mapParts(schema, withReferences);
  const { type, pattern, enum: values, const: value, anyOf } = schema;
  const isLeaf = ['integer', 'number', 'boolean'].includes(type ?? '') || (pattern ?? values ?? value) !== undefined;
  if (anyOf && schema.properties === undefined) return { ...inside, anyOf: [...(inside.anyOf ?? []), reference] };
  if (!isLeaf) return inside;
  const { description, examples, default: usual, ...own } = inside;
  return {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
    ...(usual === undefined ? {} : { default: usual }),
    anyOf: [own, reference],
  };
}

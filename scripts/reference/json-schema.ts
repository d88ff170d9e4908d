import { z } from 'zod';

/** As much of a JSON Schema (draft 2020-12) as ours are made of. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
}

/** Names are for the document of the API, which has each schema once. Here every schema is whole. */
const withoutNames = Object.assign(z.registry<z.core.GlobalMeta>(), {
  get(schema: z.core.$ZodType) {
    const { id: _, ...meta } = z.globalRegistry.get(schema) ?? {};
    return meta;
  },
});

/** What a person may write where `schema` reads it, without anything that zod alone can find out. */
export function inputOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...written } = z.toJSONSchema(schema, {
    io: 'input',
    metadata: withoutNames,
    // Of what is read into something else zod leaves them out, since they could be of what it becomes.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  }) as JsonSchema;
  const { $defs: _defs, ...own } = withoutJson(written);
  return withoutForeignDefaults(own);
}

/** JSON that may be anything holds itself, and so it has a name; a schema that asks nothing says the same. */
function withoutJson(schema: JsonSchema): JsonSchema {
  const { $ref: _, ...rest } = mapParts(schema, withoutJson);
  return rest;
}

/** A default that was given as it is read (`0` for no time at all) is nothing that anybody could write. */
function withoutForeignDefaults(schema: JsonSchema): JsonSchema {
  const { default: value, ...rest } = mapParts(schema, withoutForeignDefaults);
  const isForeign = schema.type === 'string' && value !== undefined && typeof value !== 'string';
  return value === undefined || isForeign ? rest : { ...rest, default: value };
}

/** A schema with each of its direct parts changed. */
export function mapParts(schema: JsonSchema, change: (part: JsonSchema, key: string) => JsonSchema): JsonSchema {
  const each = (parts: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, change(part, key)]));
  const list = (parts: readonly JsonSchema[]) => parts.map((part) => change(part, ''));
  const { $defs, properties, items, additionalProperties, anyOf, oneOf } = schema;
  return {
    ...schema,
    ...($defs ? { $defs: each($defs) } : {}),
    ...(properties ? { properties: each(properties) } : {}),
    ...(items ? { items: change(items, '[]') } : {}),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: change(additionalProperties, '*') } : {}),
    ...(anyOf ? { anyOf: list(anyOf) } : {}),
    ...(oneOf ? { oneOf: list(oneOf) } : {}),
  };
}

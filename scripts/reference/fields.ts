import { artifactUriPattern, digestPattern } from '../../src/domain/base/artifact.ts';
import { durationPattern } from '../../src/domain/base/duration.ts';
import { namePattern } from '../../src/domain/base/names.ts';
import { releasePattern } from '../../src/domain/base/release.ts';
import { subjectPattern } from '../../src/domain/base/subject.ts';
import type { JsonSchema } from './json-schema.ts';

/** A field as a row of the reference says it. */
export interface Field {
  /** `retry.attempts`, `steps[].id`, `environments.<name>.values`. */
  readonly path: string;
  readonly meaning: string;
  /** Its type with its bounds, in words. */
  readonly takes: string;
  readonly isNeeded: boolean;
  /** What counts where it is absent; undefined: nothing, or what the meaning says. */
  readonly default: unknown;
  readonly example: unknown;
}

const secret = 'a secret such as `${secret:name}`';
/** Patterns by what people call them. Others stand as they are, where they are short. */
const patternWords: ReadonlyMap<string, string> = new Map([
  [artifactUriPattern.source, 'URI'],
  [releasePattern.source, 'release'],
  ['^[A-Za-z0-9][A-Za-z0-9._:/@+=,-]{0,255}$', 'word'],
  ['^[A-Za-z0-9._~:/@|+=,-]{1,250}$', 'subject or alias'],
  ['^\\$\\{secret:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\}$', secret],
  ['^\\$\\{secret:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\\}$', secret],
  ['^\\d{4}-\\d{2}-\\d{2}$', 'day'],
  ['^([01]\\d|2[0-3]):[0-5]\\d$', 'time of day'],
  ['^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$', 'time of day'],
  ['^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?$', 'local time'],
  ['^[^\\s<>@]+@[^\\s<>@]+$', 'address of mail'],
  ['^/', 'path from `/`'],
  ['^[\\t\\x20-\\x7e\\x80-\\xff]*$', 'one line'],
  ['^([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]):\\d{1,5}$', '`host:port`'],
  [durationPattern.source, 'duration'],
  [`${durationPattern.source}|^\\$\\{[^{}]+\\}$`, 'duration, or a reference to one'],
  [namePattern.source, 'name'],
  [digestPattern.source, 'digest'],
  [subjectPattern.source, 'subject'],
  ['^https?://', 'URL'],
  ['^[^\\u0000]*$', 'text'],
]);

const isReference = ({ $ref }: JsonSchema) => $ref === '#/$defs/reference';

/** A choice between one schema and a reference is that schema. */
function plain(schema: JsonSchema): JsonSchema {
  const variants = schema.anyOf?.filter((one) => !isReference(one));
  if (!variants || variants.length === schema.anyOf?.length) return schema;
  const { anyOf: _, ...rest } = schema;
  const [only] = variants;
  return variants.length === 1 ? { ...only, ...rest } : { ...rest, anyOf: variants };
}

/** Parts that have a table of their own, by their path, and the name that links to it. */
type Elsewhere = ReadonlyMap<string, string>;

/** The fields of an object, and of what it holds, in order; not of parts that have a table of their own (`elsewhere`). */
export function fieldsOf(schema: JsonSchema, elsewhere: Elsewhere = new Map(), under = ''): readonly Field[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([key, member]) => {
    const part = plain(member);
    const path = `${under}${key}`;
    const isNeeded = required.includes(key);
    return [
      {
        path,
        meaning: part.description ?? '',
        takes: takesOf(linked(part, path, elsewhere)),
        isNeeded,
        default: isEmpty(part.default) ? undefined : part.default,
        example: exampleOf(part),
      },
      ...below(part, path, elsewhere),
    ];
  });
}

function linked(part: JsonSchema, path: string, elsewhere: Elsewhere): JsonSchema {
  const [item, member] = [elsewhere.get(`${path}[]`), elsewhere.get(`${path}.<name>`)];
  if (item !== undefined) return { ...part, items: { $ref: item } };
  return member === undefined ? part : { ...part, additionalProperties: { $ref: member } };
}

const isEmpty = (value: unknown) => value !== null && typeof value === 'object' && Object.keys(value).length === 0;

function below(schema: JsonSchema, path: string, elsewhere: Elsewhere): readonly Field[] {
  const { items, additionalProperties } = schema;
  if (items) return inside(plain(items), `${path}[]`, elsewhere);
  const member = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  if (member && !schema.properties) return inside(plain(member), `${path}.<name>`, elsewhere);
  return inside(schema, path, elsewhere);
}

function inside(schema: JsonSchema, path: string, elsewhere: Elsewhere): readonly Field[] {
  if (elsewhere.has(path)) return [];
  const variants = schema.oneOf ?? schema.anyOf ?? [];
  if (schema.properties && isNone(schema.properties)) return [];
  if (schema.properties) return fieldsOf(schema, elsewhere, `${path}.`);
  if (schema.items ?? schema.additionalProperties) return below(schema, path, elsewhere);
  if (schema.anyOf) return merged(variants.map((one) => inside(one, path, elsewhere)));
  return variants.flatMap((one) => {
    return inside(one, `${path} (${kindOf(one)})`, elsewhere);
  });
}

/** Which of several objects it is: what its first member says that says one thing alone, or a few. */
function kindOf({ properties = {} }: JsonSchema): string {
  const { const: value, enum: values = [value] } =
    Object.values(properties).find((part) => part.const !== undefined || part.enum) ?? {};
  return values.map(String).join(', ');
}

/** Fields of a choice, each once: needed is one only where every one of them needs it. */
function merged(variants: readonly (readonly Field[])[]): readonly Field[] {
  const all = variants.flat();
  const objects = variants.filter((fields) => fields.length > 0);
  return all
    .filter(({ path }, i) => all.findIndex((other) => other.path === path) === i)
    .map((field) => ({
      ...field,
      isNeeded: objects.every((fields) => fields.some(({ path, isNeeded }) => path === field.path && isNeeded)),
    }));
}

/** A type in words, with its bounds. */
export function takesOf(schema: JsonSchema): string {
  const { $ref, const: value, enum: values, anyOf, oneOf, type } = plain(schema);
  if ($ref !== undefined) return linkTo($ref);
  if (value !== undefined) return code(value);
  if (values) return values.map(code).join(', ');
  if (Array.isArray(type))
    return (type as readonly string[]).map((one) => takesOf({ ...schema, type: one })).join(' or ');
  const variants = anyOf ?? oneOf;
  if (variants && type === undefined)
    return [...new Set(variants.filter((one) => !isReference(one)).map(takesOf))].join(' or ');
  switch (type ?? 'any') {
    case 'string':
      return textOf(schema);
    case 'integer':
      return `whole number${range(schema.minimum, schema.maximum)}`;
    case 'number':
      return `number${range(schema.minimum, schema.maximum)}`;
    case 'null':
      return '`null`';
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list of ${schema.items ? takesOf(schema.items) : 'anything'}${range(schema.minItems, schema.maxItems)}`;
    case 'object':
      return objectOf(schema);
    default:
      return 'anything';
  }
}

function textOf({ pattern, format, minLength, maxLength }: JsonSchema): string {
  const words = pattern === undefined ? undefined : patternWords.get(pattern);
  if (words !== undefined) return `${words}${range(undefined, maxLength, ' characters')}`;
  if (format === 'uri') return `URL${range(undefined, maxLength, ' characters')}`;
  const size = range(minLength === 1 ? undefined : minLength, maxLength, ' characters');
  return pattern === undefined || pattern.length > 60 ? `text${size}` : `text${size} like ${code(pattern)}`;
}

function objectOf({
  properties,
  propertyNames,
  additionalProperties,
  minProperties,
  maxProperties,
}: JsonSchema): string {
  if (properties) return isNone(properties) ? '`{ none: reason }`' : 'object';
  const key = propertyNames?.pattern === undefined ? undefined : patternWords.get(propertyNames.pattern);
  const member = typeof additionalProperties === 'object' ? takesOf(additionalProperties) : 'anything';
  return `{ ${key ?? 'key'}: ${member} }${range(minProperties, maxProperties)}`;
}

const isNone = (properties: object) => Object.keys(properties).join() === 'none';

/** Where on a page the table of a part is. */
const links: Readonly<Record<string, string>> = {
  action: '[action](#actions)',
  undo: '[action](#actions)',
  check: '[check](#checks)',
  rollbackCheck: '[check](#checks)',
  healthCheck: '[check](#checks)',
  done: '[check](#checks)',
  step: '[step](#steps)',
  environment: '[environment](#environments)',
  stakeholder: '[stakeholder](#stakeholders)',
  Procedure: '[procedure](procedure.md)',
  Json: 'anything',
  JsonInput: 'anything',
};

function linkTo(ref: string): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return links[name] ?? `[${name}](#${name.toLowerCase()})`;
}

function range(minimum: number | undefined, maximum: number | undefined, unit = ''): string {
  // What zod says of every whole number is no bound.
  const [least, most] = [minimum, maximum].map((one) =>
    Math.abs(one ?? 0) < Number.MAX_SAFE_INTEGER ? one : undefined,
  );
  if (least !== undefined && most !== undefined)
    return least === most ? `, ${least}${unit}` : `, ${least} to ${most}${unit}`;
  if (least !== undefined) return `, at least ${least}${unit}`;
  return most === undefined ? '' : `, at most ${most}${unit}`;
}

/** Its own, else what every value of its kind could be; undefined: its parts say it. */
export function exampleOf(schema: JsonSchema): unknown {
  const { examples, const: value, enum: values, default: usual, type, items, pattern } = plain(schema);
  if (examples?.length) return examples[0];
  if (value !== undefined) return value;
  if (!isEmpty(usual) && usual !== undefined) return usual;
  if (values) return values[0];
  if (type === 'boolean') return true;
  if (pattern === durationPattern.source) return '30s';
  if (type === 'array' && items) {
    const one = exampleOf(items);
    return one === undefined ? undefined : [one];
  }
  return undefined;
}

/** Whether a field shows by itself how it is written, and not only by its parts. */
export function isLeaf(field: Pick<Field, 'path'>, all: readonly Pick<Field, 'path'>[]): boolean {
  return !all.some(({ path }) => path !== field.path && path.startsWith(field.path));
}

/** In code, as it is in YAML's flow style: JSON with bare words where these do. */
export function code(value: unknown): string {
  const text = written(value);
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function written(value: unknown, isInside = false): string {
  if (typeof value === 'string') {
    const isBare = /^[A-Za-z0-9./$^[({\\][^\n"#]*$/.test(value) && !isInside;
    return isBare || /^[A-Za-z./][\w./+-]*$/.test(value) ? value : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((one) => written(one, true)).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${key}: ${written(one, true)}`)
      .join(', ')} }`;
  return JSON.stringify(value);
}

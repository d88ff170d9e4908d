import swagger, { type SwaggerTransform, type SwaggerTransformObject } from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemSchema } from '../../contract/problem.ts';
import { jsonSchema as anyJson } from '../../domain/base/json-schema.ts';
import type { AccessRule } from '../identity/access.ts';
import type { OidcSettings } from '../identity/oidc/settings.ts';
import { cookieName } from '../identity/sessions.ts';

type Schema = Readonly<Record<string, unknown>>;
type ZodToJsonConfig = NonNullable<NonNullable<Parameters<typeof createJsonSchemaTransform>[0]>['zodToJsonConfig']>;

/**
 * The API's document, OpenAPI 3.1, made from the schemas and access rules that the routes declare. What they have in common
 * (problems, keys, names of operations) is added here.
 */
export async function useOpenApi(app: FastifyInstance, oidc: OidcSettings | null): Promise<void> {
  const publicUrl = oidc?.login?.publicUrl;
  const cookie =
    publicUrl !== undefined && ({ type: 'apiKey', in: 'cookie', name: cookieName('session', publicUrl) } as const);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gantry',
        version: '1',
        description: 'Production deployments as durable workflows.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' }, ...(cookie && { session: cookie }) },
      },
      security: [{ token: [] }, ...(cookie ? [{ session: [] }] : [])],
    },
    transform,
    transformObject,
  });
}

/** Later versions may add members to answers, so schemas allow more; the limits of a double are left out. */
const override: NonNullable<ZodToJsonConfig['override']> = ({ zodSchema, jsonSchema }) => {
  const {
    _zod: { def },
  } = zodSchema;
  // Any JSON: a schema without constraints.
  if (Object.is(zodSchema, anyJson)) for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (def.type === 'undefined') jsonSchema.type = 'null';
  // Of what is read into something else zod leaves them out, since they could be of what it becomes.
  const examples = z.globalRegistry.get(zodSchema)?.['examples'];
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};
const describeRoute = createJsonSchemaTransform({ zodToJsonConfig: { override } });
const describeAll = createJsonSchemaTransformObject({ zodToJsonConfig: { override } });

const transform: SwaggerTransform = (given) => {
  if (given.schema.hide) return given;
  const { method, config, url } = given.route;
  const response = { ...problems, ...described(given.schema) };
  const { schema } = describeRoute({ ...given, schema: { ...given.schema, response } });
  const names = url.split('/').flatMap((part) => (part === '' || part === 'v1' ? [] : [part.replace(':', '')]));
  return {
    url,
    schema: {
      ...schema,
      operationId: [String(method).toLowerCase(), ...names].join('-'),
      tags: names.slice(0, 1),
      ...securityOf(config?.access),
      ...(config?.idempotencyKey && { headers: keyHeader(config.idempotencyKey === 'needed') }),
    },
  };
};

const problem = {
  description: 'A problem, with the code that docs/errors.md explains',
  content: { 'application/problem+json': { schema: problemSchema } },
};
/** The answers that any route may give instead of its own. */
const problems = { '4xx': problem, '5xx': problem };

/** The answers of a route with their descriptions. */
function described({ response = {}, summary }: FastifySchema): Schema {
  return Object.fromEntries(
    Object.entries(response as Schema).map(([status, answer]) => {
      if (!(answer instanceof z.ZodType)) return [status, answer];
      if (answer instanceof z.ZodUndefined) return [status, answer.describe('No body')];
      const description = z.globalRegistry.get(answer)?.description ?? summary;
      return [status, { description, content: { 'application/json': { schema: answer } } }];
    }),
  );
}

/** Tokens and sessions are accepted unless the rule says otherwise. */
function securityOf(access: AccessRule | undefined): Schema {
  if (access?.kind === 'public') return { security: [] };
  return access?.kind === 'session' ? { security: [{ session: [] }] } : {};
}

function keyHeader(isNeeded: boolean): Schema {
  const description = `${isNeeded ? 'Needed: ' : ''}1 to 200 visible ASCII characters of your own. The same request under the same key is done once, and each repeat gets the answer of the first, or the status of its deployment as it is then; with another body it is refused (idempotency-key-reused). Remembered for at least 7 days.`;
  const properties = {
    'Idempotency-Key': { type: 'string', pattern: '^[!-~]{1,200}$', description, examples: ['release-1.4.2-run-77'] },
  };
  return { type: 'object', properties, required: isNeeded ? ['Idempotency-Key'] : [] };
}

interface Operation {
  readonly requestBody?: { required: boolean; readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Record<string, { readonly content?: Schema }>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/**
 * A body is required where one of its members is. The problem appears in the document once, an unused schema not at all, and
 * a schema that is only sent loses the suffix `Input`.
 */
const transformObject: SwaggerTransformObject = (given) => {
  const { paths, components, ...document } = describeAll(given) as unknown as Document;
  let Problem: unknown;
  for (const { requestBody, responses } of Object.values(paths).flatMap((path) => Object.values(path))) {
    const schema = requestBody?.content['application/json']?.schema;
    if (requestBody && schema) requestBody.required = schema['$ref'] !== undefined || schema['required'] !== undefined;
    for (const [status, response] of Object.entries(responses)) {
      if (response.content?.['application/problem+json'] === undefined) continue;
      Problem = response;
      Object.assign(responses, { [status]: { $ref: '#/components/responses/Problem' } });
    }
  }
  const used = referredTo([paths, Problem], components.schemas);
  const schemas = Object.fromEntries([...used].toSorted().map((name) => [name, components.schemas[name]]));
  const whole = { ...document, paths, components: { ...components, responses: { Problem }, schemas } };
  const onlySent = [...used].filter((name) => name.endsWith('Input') && !used.has(name.slice(0, -5)));
  return onlySent.reduce(underItsOwnName, whole);
};

/** The type provider adds `Input` to the name of a request's schema, since it may differ from that of an answer. */
function underItsOwnName<T>(document: T, name: string): T {
  const text = JSON.stringify(document).replaceAll(
    `#/components/schemas/${name}"`,
    `#/components/schemas/${name.slice(0, -5)}"`,
  );
  return JSON.parse(text.replace(`"${name}":{`, `"${name.slice(0, -5)}":{`)) as T;
}

/** Names of the schemas that `root` refers to, directly or through others. */
function referredTo(root: unknown, schemas: Readonly<Record<string, Schema>>, seen = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(root).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    if (!seen.has(name)) referredTo(schemas[name] ?? {}, schemas, seen.add(name));
  return seen;
}

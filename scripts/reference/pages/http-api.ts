import { documentedApi } from '../../../test/support/open-api.ts';
import { Examples } from '../examples.ts';
import { code, type Field, fieldsOf, takesOf } from '../fields.ts';
import { formLegend, inForm } from '../formats.ts';
import type { JsonSchema } from '../json-schema.ts';
import { fieldTable, legend, page, table } from '../markdown.ts';
import { entryExamples } from './entry-examples.ts';
import { problemExample } from './errors.ts';
import { modelRecords } from './record.ts';
import { memberTable } from './typed.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema?: JsonSchema;
}
type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>;
interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
  readonly security?: readonly object[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** A route with what it takes, field by field. */
export interface Route {
  readonly name: string;
  readonly operation: Operation;
  readonly sent: readonly Field[];
  readonly body: readonly Field[];
}

/** The API's document, in its routes and schemas; a procedure has a page of its own. */
export async function describedApi(): Promise<{
  readonly routes: readonly Route[];
  readonly schemas: ReadonlyMap<string, JsonSchema>;
}> {
  const { paths, components } = (await documentedApi()).document as unknown as Document;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Route => {
      const { parameters = [], requestBody } = operation;
      return {
        name: `${method.toUpperCase()} ${path}`,
        operation,
        sent: parameters.map(parameterField),
        body: bodyFields(requestBody?.content, components.schemas),
      };
    }),
  );
  const schemas = Object.entries(components.schemas).filter(([name]) => !elsewhere.has(name));
  return { routes, schemas: new Map(schemas) };
}

function parameterField({ name, in: place, required = false, description, example, schema = {} }: Parameter): Field {
  const [field] = fieldsOf({ properties: { [name]: schema }, required: required ? [name] : [] });
  if (!field) throw new Error(`${name} is no parameter.`);
  const { meaning, example: usual } = field;
  return { ...field, path: `${name} (${place})`, meaning: description ?? meaning, example: example ?? usual };
}

function bodyFields(content: Content | undefined, schemas: Document['components']['schemas']): readonly Field[] {
  const schema = content?.['application/json']?.schema;
  if (!schema) return [];
  return schema.$ref === undefined ? fieldsOf(schema) : fieldsOf(schemas[nameOf(schema.$ref)] ?? {});
}

/** A procedure has a page of its own, and of JSON that may be anything there is nothing to say. */
const elsewhere: ReadonlySet<string> = new Set(['Procedure', 'Json', 'JsonInput']);

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1);

/** `http-api.md`. */
export async function httpApiPage(): Promise<string> {
  const { routes, schemas } = await describedApi();
  const sent = new Set(routes.flatMap(({ operation }) => refOf(operation.requestBody?.content)));
  return page(
    'HTTP API',
    'Every route of this version, with what it takes and answers; `GET /openapi.json` says the same for programs. [The HTTP API](../http-api.md) has what all routes have in common, [identity](../identity.md) who may use which, [errors](errors.md) each code.',
    legend,
    '## Routes',
    ...routes.map(routeText),
    '## Answers',
    `Answers may get new members with any version. Only Gantry writes them, so nothing has a default: a member that is absent says nothing. ${formLegend}`,
    ...[...schemas].filter(([name]) => !sent.has(name)).map(([name, schema]) => schemaText(name, schema)),
  );
}

const refOf = (content: Content | undefined): readonly string[] => {
  const ref = content?.['application/json']?.schema?.$ref;
  return ref === undefined ? [] : [nameOf(ref)];
};

function routeText({ name, operation, sent, body }: Route): string {
  const answers = Object.entries(operation.responses)
    .filter(([status]) => !status.endsWith('xx') && !status.endsWith('XX'))
    .map(([status, { description = '', content = {} }]) => [
      `\`${status}\``,
      description,
      Object.entries(content)
        .map(([type, { schema = {} }]) => (schema.$ref ? takesOf(schema) : `\`${type}\``))
        .join(', '),
    ]);
  const isPublic = operation.security?.length === 0;
  const parts = [
    `### ${name}`,
    `${operation.summary ?? ''}.${isPublic ? ' Needs no key.' : ''}`,
    sent.length === 0 ? '' : fieldTable(sent),
    body.length === 0 ? '' : `Body:\n\n${fieldTable(body)}`,
    answers.length === 0 ? '' : table(['status', 'says', 'answers'], answers),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function schemaText(name: string, schema: JsonSchema): string {
  const tables = variantsOf(schema).map((fields) => answerTable(fields, answerExamples[name]));
  return [`### ${name}\n\n${schema.description ?? ''}.`, ...tables].join('\n\n');
}

/** The fields of an answer; of one of several kinds those of each. */
export function variantsOf(schema: JsonSchema): readonly (readonly Field[])[] {
  return [schema, ...(schema.anyOf ?? schema.oneOf ?? [])]
    .map((one) => fieldsOf(one))
    .filter(({ length }) => length > 0);
}

/** Members of answers whose name alone does not tell what stands there. */
const answerExamples: Readonly<Record<string, object>> = {
  Alert: { code: 'forbidden' },
  Deployment: { id: 'shop.production.7', phase: 'monitoring', requester: 'key:ci-shop' },
  Freeze: { id: '7f3c2a10' },
  NewFreeze: { id: '7f3c2a10' },
  Heard: { id: 'shop.production.7' },
  Problem: { ...problemExample, issues: [problemExample] },
  ProcedureSummary: { name: 'shop-blue-green' },
  ProcedureView: { name: 'shop-blue-green', health: [{ id: 'front-door' }] },
  RefusedEvidence: { code: 'invalid-evidence', detail: 'The statement is about another artifact.' },
  RefusedMessage: { code: 'self-approval' },
  Requested: { id: 'shop.production.7' },
  Status: {
    id: 'shop.production.7',
    type: 'normal',
    cause: 'aborted by Alice Roe: enough',
    health: [{ id: 'front-door' }],
    ifAborted: [{ step: 'switch', undo: 'PUT http://127.0.0.1:4000/route slot=blue' }],
  },
};

let examples: Examples | undefined;

/** What is answered: whatever has no example of its own has one that Gantry has written under the same name. */
function answerTable(fields: readonly Field[], own?: object): string {
  examples ??= new Examples([Object.values(entryExamples), modelRecords()]);
  const members = fields.map(({ path, meaning, takes, isNeeded }) => ({
    path,
    meaning,
    takes: inForm(takes, path),
    isOptional: !isNeeded,
  }));
  const found = examples.of(members, own && [own]);
  return memberTable(
    members,
    fields.map(({ example }, i) => (example === undefined ? (found[i] ?? '–') : code(example))),
  );
}

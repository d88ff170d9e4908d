import { isDeepStrictEqual } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { messageNames } from '../../../src/domain/messages/messages.ts';
import { documentedApi, type OpenApi, type Operation } from '../../support/open-api.ts';

let app: Awaited<ReturnType<typeof documentedApi>>['app'];
let document: OpenApi;
beforeAll(async () => {
  ({ app, document } = await documentedApi());
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
const those = (is: (operation: Operation) => boolean) => operations().flatMap(([name, one]) => (is(one) ? [name] : []));
/** A login has no answer of its own: it leads the browser elsewhere. */
const ledElsewhere = { 'operation-2xx-response': 'off' } as const;
const lint = async (source: unknown) => {
  const config = await createConfig({ extends: ['recommended-strict'], rules: ledElsewhere });
  const found = await lintFromString({ source: JSON.stringify(source), config });
  return found.map(({ ruleId, message }) => `${ruleId}: ${message}`);
};

describe('the document', () => {
  it('is valid by OpenAPI 3.1, and nothing in it refers to what is not there', async () => {
    expect(await lint(document)).toEqual([]);
  });

  it('would be refused with a reference that leads nowhere', async () => {
    const { Status: _, ...schemas } = document.components.schemas as { Status: unknown };
    const found = await lint({ ...document, components: { ...document.components, schemas } });
    expect(found).toContain("no-unresolved-refs: Can't resolve $ref");
  });

  it('shows every route that is no page of the documentation and is carried out already', () => {
    const shown = app.declaredRoutes.flatMap(({ method, url, schema }) =>
      schema?.hide || method === 'HEAD' ? [] : [`${String(method)} ${url.replaceAll(/:(\w+)/g, '{$1}')}`],
    );
    expect(operations().map(([name]) => name)).toEqual(expect.arrayContaining(shown));
    expect(shown).toHaveLength(operations().length);
    expect(new Set(operations().map(([, { operationId }]) => operationId)).size).toBe(shown.length);
  });

  it('describes every good answer, and no other', () => {
    const open = operations().flatMap(([name, { responses }]) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.values(content ?? {}).some((one) =>
          /"schema":\{(\}|"type":"object","properties":\{\})/.test(JSON.stringify(one)),
        )
          ? [`${name} ${status}`]
          : [],
      ),
    );
    expect(open).toEqual([]);
  });
});

describe('of each route the document has', () => {
  it('what is refused of a body or a question by more than its type', () => {
    const said = JSON.stringify(document);
    expect(document.components.schemas).toMatchObject({
      Procedure: { properties: { environments: { minProperties: 1, maxProperties: 10 } } },
      DeploymentRequest: { properties: { change: { properties: { reason: { pattern: '^[^\\u0000]*$' } } } } },
    });
    expect(said).toContain('"oneOf":[{"required":["statement"]},{"required":["envelope"]}]');
    expect(document.paths['/v1/deployments/{id}']?.['get']?.parameters).toContainEqual(
      expect.objectContaining({
        name: 'wait',
        schema: expect.objectContaining({ pattern: expect.stringMatching(/60000\)ms/) }),
      }),
    );
  });

  it('that errors are problems, where people do not read them as pages', () => {
    expect(document.components.responses).toMatchObject({ Problem: { content: { 'application/problem+json': {} } } });
    const problem = { $ref: '#/components/responses/Problem' };
    const isProblem = ({ responses }: Operation) =>
      ['4XX', '5XX'].every((status) => isDeepStrictEqual(responses[status], problem));
    expect(those((one) => !isProblem(one))).toEqual(['GET /v1/pages/{token}', 'POST /v1/pages/{token}']);
  });

  it('whether it heeds an Idempotency-Key, and that a request for a deployment needs one', () => {
    const key = ({ parameters = [] }: Operation) => parameters.find(({ name }) => name === 'Idempotency-Key');
    expect(those((one) => key(one)?.required === true)).toEqual(['POST /v1/deployments']);
    expect(those((one) => key(one)?.required === false).toSorted()).toEqual(
      [
        ...messageNames.filter((name) => name !== 'abort').map((name) => `POST /v1/deployments/{id}/${name}`),
        'POST /v1/evidence',
        'POST /v1/freezes',
        ...['adopt', 'resolve', 'review'].map((verb) => `POST /v1/targets/{service}/{environment}/${verb}`),
      ].toSorted(),
    );
  });

  it('whether it needs a body', () => {
    expect(those(({ requestBody }) => requestBody?.required === false)).toEqual(
      ['abort', 'pause', 'resume'].map((name) => `POST /v1/deployments/{id}/${name}`),
    );
    expect(those(({ requestBody }) => requestBody?.required === true)).toContain('POST /v1/deployments');
  });

  it('who may ask it', async () => {
    expect(document.security).toEqual([{ token: [] }]);
    expect(those(({ security }) => security?.length === 0)).toEqual([
      'GET /v1/identity-provider',
      'GET /healthz',
      'GET /readyz',
      'GET /cli.tgz',
      'GET /v1/pages/{token}',
      'POST /v1/pages/{token}',
    ]);
    const publicUrl = 'https://gantry.example';
    const oidc: unknown = { login: { publicUrl, clientId: 'gantry', clientSecret: null } };
    const { document: withLogin } = await documentedApi({ oidc: oidc as never });
    expect(await lint(withLogin)).toEqual([]);
    expect(withLogin.security).toEqual([{ token: [] }, { session: [] }]);
    expect(withLogin.components.securitySchemes).toMatchObject({
      session: { type: 'apiKey', in: 'cookie', name: '__Host-gantry_session' },
    });
    expect(withLogin.paths['/logout']?.['post']?.security).toEqual([{ session: [] }]);
  });
});

describe('an Idempotency-Key', () => {
  it('is heeded by each route that declares it, and by no other', async () => {
    const unreadable = { headers: { 'idempotency-key': 'has spaces' }, caller: { subject: 'key:alice' } };
    const asked = { ...unreadable, params: {}, query: { send: 'true' }, body: {}, sentBody: {} };
    const reply = { code: () => ({ send: () => null }) };
    const isHeeded = ({ url, config, handler }: (typeof app.declaredRoutes)[number]) =>
      Promise.resolve()
        .then(() => Reflect.apply(handler, app, [{ ...asked, routeOptions: { url, config } }, reply]))
        .then(
          () => false,
          ({ code }) => code === 'malformed' || code === 'idempotency-key-missing',
        );
    const routes = await Promise.all(
      app.declaredRoutes
        .filter(({ method }) => method === 'POST' || method === 'DELETE')
        .map(async (route) => ({
          route: `${String(route.method)} ${route.url}`,
          isDeclared: route.config?.idempotencyKey !== undefined,
          isHeeded: await isHeeded(route),
        })),
    );
    expect(routes.filter((one) => one.isHeeded).length).toBeGreaterThan(10);
    expect(routes.filter((one) => one.isDeclared !== one.isHeeded)).toEqual([]);
  });
});

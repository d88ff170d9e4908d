import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps.ts';

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  readonly security?: readonly object[];
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: object; readonly schemas: object; readonly responses: object };
  readonly security: readonly object[];
}

/** An API that nobody asks anything but what it is, and its document. */
export async function documentedApi(
  deps: Partial<ApiDeps> = {},
): Promise<{ readonly app: FastifyInstance; readonly document: OpenApi }> {
  const nothing: unknown = { store: {}, gateway: {}, policy: {}, oidc: null, now: Date.now, ...deps };
  const app = await buildApp(nothing as ApiDeps);
  await app.close();
  return { app, document: app.swagger() as unknown as OpenApi };
}

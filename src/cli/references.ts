import { deploymentPageSchema } from '../contract/deployment.ts';
import { callerSchema } from '../contract/service.ts';
import { GantryError } from '../domain/base/errors.ts';
import { parseDeploymentId } from '../domain/base/ids.ts';
import { nameSchema } from '../domain/base/text-schemas.ts';
import { type Api, answered } from './api-client.ts';

/** How a deployment is named, for help texts. */
export const referenceHelp =
  'shop.production.7, shop/production (its newest), @ (the last that was requested by you or on your behalf), or a URL of one';

export type Reference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'newest'; readonly service: string; readonly environment: string }
  | { readonly kind: 'own' };

/**
 * Reads how somebody names a deployment: an id, a target, `@`, or a URL of the API, of Gantry's page or of Temporal's in
 * which an id or a workflow id stands. Throws `malformed`.
 */
export function parseReference(text: string): Reference {
  if (text === '@') return { kind: 'own' };
  if (/^https?:\/\//.test(text)) {
    const id = idInUrl(text);
    if (id !== null) return { kind: 'id', id };
  } else {
    if (parseDeploymentId(text)) return { kind: 'id', id: text };
    const [service = '', environment = '', number, ...more] = text.replace(/^deployment\//, '').split('/');
    const isTarget = nameSchema.safeParse(service).success && nameSchema.safeParse(environment).success;
    if (isTarget && number === undefined) return { kind: 'newest', service, environment };
    const id = `${service}.${environment}.${number}`;
    if (isTarget && more.length === 0 && parseDeploymentId(id)) return { kind: 'id', id };
  }
  throw new GantryError(
    'malformed',
    `${JSON.stringify(text.slice(0, 200))} names no deployment: write ${referenceHelp}.`,
  );
}

/** Reads the name of a target, `shop/production`. Throws `malformed`. */
export function parseTarget(text: string): { readonly service: string; readonly environment: string } {
  const [service = '', environment = '', ...more] = text.replace(/^target\//, '').split('/');
  const isTarget = nameSchema.safeParse(service).success && nameSchema.safeParse(environment).success;
  if (isTarget && more.length === 0) return { service, environment };
  throw new GantryError('malformed', `${JSON.stringify(text.slice(0, 200))} names no target: write shop/production.`);
}

/** The id that is meant. Throws `malformed`, `not-found`, and as the API does. */
export async function deploymentOf(api: Api, text: string): Promise<string> {
  const reference = parseReference(text);
  if (reference.kind === 'id') return reference.id;
  const query =
    reference.kind === 'own'
      ? { requester: (await answered(api.GET('/v1/caller'), callerSchema)).subject }
      : { service: reference.service, environment: reference.environment };
  const { items } = await answered(
    api.GET('/v1/deployments', { params: { query: { ...query, limit: 1 } } }),
    deploymentPageSchema,
  );
  const id = items[0]?.id;
  if (id !== undefined) return id;
  const whose =
    reference.kind === 'own'
      ? 'No deployment was requested by you or on your behalf'
      : `Nothing was deployed to ${text}`;
  throw new GantryError('not-found', `${whose} yet.`);
}

function idInUrl(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { pathname, hash } = new URL(url);
  const parts = `${pathname}${hash}`.split(/[/#?]/).flatMap((part) => decoded(part));
  for (const part of parts) {
    if (parseDeploymentId(part)) return part;
    const [, service, environment, number] = /^deployment\/([^/]+)\/([^/]+)\/(\d+)$/.exec(part) ?? [];
    const id = `${service}.${environment}.${number}`;
    if (number !== undefined && parseDeploymentId(id)) return id;
  }
  return null;
}

function decoded(part: string): readonly string[] {
  try {
    return [decodeURIComponent(part)];
  } catch {
    return [];
  }
}

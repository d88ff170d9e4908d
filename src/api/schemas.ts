import type { FastifyContextConfig, FastifySchema } from 'fastify';
import { z } from 'zod';
import { means } from '../domain/base/means.ts';
import { digestSchema, freeTextSchema, nameSchema } from '../domain/base/text-schemas.ts';
import { maxCursorLength } from '../store/pages.ts';

/** How many items of a list. */
export const count = (max: number) => z.coerce.number().int().min(1).max(max);
/** Which page of a list. */
export const pageQuery = {
  limit: count(200).default(50).meta(means('How many of them')),
  cursor: z.string().max(maxCursorLength).optional().meta(means('`next` of the page before', 'eyJ…')),
};

/** Access for everybody, and for those who may read. */
export const open = { access: { kind: 'public' } } as const;
export const reading = { access: { kind: 'read' } } as const;
export const idParams = z.strictObject({ id: freeTextSchema(200).meta(means('Its id', 'shop.production.7')) });
export const targetParams = z.strictObject({
  service: nameSchema.meta(means('The service', 'shop')),
  environment: nameSchema.meta(means('The environment', 'production')),
});
export const digestQuery = z.strictObject({
  digest: digestSchema.meta(means('Of the artifact', `sha256:${'0'.repeat(64)}`)),
});

/** Who may use a route, what it does, and the schemas of what it takes and answers. */
export function declare<const Config extends FastifyContextConfig, const Schema extends FastifySchema>(
  config: Config,
  summary: string,
  schema: Schema,
) {
  return { config, schema: { ...schema, summary } };
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { declare, open } from '../schemas.ts';

const type = 'application/gzip';
const packed = {
  description: 'A package for npm, which needs no other: npm install --global <this address>',
  content: { [type]: { schema: z.unknown().meta({ type: 'string', format: 'binary' }) } },
};
/** Kept by whoever likes, and asked for again each time: a new version is offered at the same address. */
const kept = { ...open, cacheControl: 'public, no-cache' };

/** The command line of the version that serves, for runners of pipelines. */
export function commandLineRoutes(app: RoutesApp, { build }: ApiDeps): void {
  const commandLine = build?.commandLine ?? null;
  const tag = commandLine && `"${createHash('sha256').update(commandLine).digest('hex')}"`;
  app.get(
    '/cli.tgz',
    declare(kept, 'The command line, packed for npm', { response: { 200: packed, 304: z.undefined() } }),
    async ({ headers }, reply) => {
      if (!commandLine || !tag)
        throw new GantryError('not-found', 'This API was built without its command line: npm run build makes both.');
      reply.header('etag', tag);
      if (headers['if-none-match']?.includes(tag)) return reply.code(304).send();
      return reply.type(type).send(commandLine);
    },
  );
}

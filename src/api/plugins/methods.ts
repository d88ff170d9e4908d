import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods of a path, on routes that only list them. */
    allow?: string;
  }
}

/**
 * Answers methods that a path does not have with 405 and `Allow`, and OPTIONS with 204 and `Allow`; callers who may not read
 * get the same as for an unknown path. Call it before routes are added, and the returned function after.
 */
export function useMethods(app: FastifyInstance): () => void {
  /** Whether all methods of a path are public. */
  const paths = new Map<string, boolean>();
  app.addHook('onRoute', ({ url, config }) => {
    paths.set(url, config?.access?.kind === 'public' && (paths.get(url) ?? true));
  });
  return () => {
    for (const [url, isPublic] of paths) answerOtherMethods(app, url, isPublic);
  };
}

function answerOtherMethods(app: FastifyInstance, url: string, isPublic: boolean): void {
  const taken = app.supportedMethods.filter((method) => method === 'OPTIONS' || app.hasRoute({ method, url }));
  const others = app.supportedMethods.filter((method) => !taken.includes(method));
  const allow = taken.toSorted().join(', ');
  const config = { access: { kind: isPublic ? 'public' : 'read' }, allow } as const;
  const schema = { hide: true };
  const refuse = async () => {
    throw new GantryError('method-not-allowed', `This path takes ${allow}.`);
  };
  app.route({
    method: others,
    url,
    config,
    schema,
    // Before any body is read.
    onRequest: async (_request, reply) => {
      reply.header('allow', allow);
      await refuse();
    },
    handler: refuse,
  });
  app.route({
    method: 'OPTIONS',
    url,
    config,
    schema,
    onRequest: async (_request, reply) => reply.header('allow', allow).code(204).send(),
    handler: refuse,
  });
}

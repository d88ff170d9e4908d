import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route that only tells which methods its path takes: those. */
    allow?: string;
  }
}

/**
 * Has the methods that a path does not take answered with 405 and `Allow`, and OPTIONS with 204 and the same. Whoever may not
 * read is told no more than of an unknown path. To be called before there are routes; the answer, once all are there.
 */
export function useMethods(app: FastifyInstance): () => void {
  /** Whether anybody may use all that a path takes. */
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
    // Before any body is looked at.
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

import type { FastifyInstance } from 'fastify';
import { GantryError } from '../../domain/base/errors.ts';

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
  const taken = app.supportedMethods.filter((method) => app.hasRoute({ method, url }));
  const allow = [...taken, 'OPTIONS'].toSorted().join(', ');
  app.route({
    method: app.supportedMethods.filter((method) => !taken.includes(method)),
    url,
    config: { access: { kind: isPublic ? 'public' : 'read' }, allow },
    schema: { hide: true },
    // Before any body is read.
    onRequest: async ({ method }, reply) => {
      reply.header('allow', allow);
      if (method === 'OPTIONS') return reply.code(204).send();
      throw new GantryError('method-not-allowed', `This path takes ${allow}.`);
    },
    handler: async () => undefined,
  });
}

import type { FastifyInstance } from 'fastify';
import { versionHeader } from '../../contract/service.ts';
import type { Build } from '../deps.ts';

/** Says on every answer, errors too, which version of Gantry it is from. */
export function useVersion(app: FastifyInstance, build: Build | undefined): void {
  if (!build) return;
  app.addHook('onSend', async (_request, reply) => {
    reply.header(versionHeader, build.version);
  });
}

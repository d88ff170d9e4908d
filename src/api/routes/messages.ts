import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { GantryError } from '../../domain/errors.ts';
import {
  type MessageArgument,
  type MessageName,
  messageNames,
  messageSchemas,
  phaseTable,
} from '../../domain/messages.ts';
import { proofText } from '../../domain/proof.ts';
import { statusFor } from '../deployment-views.ts';
import type { ApiDeps } from '../deps.ts';
import { idParams, problems, statusSchema } from '../schemas.ts';

/** One route a message, by its name; who sends it is the token's subject, never the body's word. */
export function messageRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  for (const name of messageNames) {
    const answer = name === 'abort' ? 202 : 200;
    // The schemas differ by message; what comes out of this one is parsed once more, whole, below.
    const body = (messageSchemas[name] as typeof messageSchemas.abort).omit({ by: true, proof: true });
    routes.post(
      `/v1/deployments/:id/${name}`,
      {
        config: { access: { kind: 'message', name } },
        // Most messages need no argument, so an absent body is an empty one.
        preValidation: async (request) => {
          request.body ??= {};
        },
        schema: { params: idParams, body, response: { 200: statusSchema, 202: statusSchema, ...problems } },
      },
      async ({ params, body: given, caller }, reply) => {
        const argument = vouched(deps, params.id, name, { ...given, by: caller.subject });
        await send(deps, params.id, name, argument);
        return reply.code(answer).send(await statusFor(deps, params.id, caller.subject));
      },
    );
  }
}

/** How a deployment ends that an abort has stopped; ended in any other way, it came too late. */
const stoppedOutcomes: ReadonlySet<string> = new Set(['aborted', 'rolled-back', 'needs-intervention']);

async function send(deps: ApiDeps, id: string, name: MessageName, argument: MessageArgument): Promise<void> {
  if (name === 'abort') await checkRobot(deps, id, argument.by);
  try {
    await deps.gateway.message(id, name, argument);
  } catch (error) {
    const isUnknown = error instanceof GantryError && error.code === 'not-found';
    const row = isUnknown ? await deps.store.deployment(id) : null;
    // Temporal forgets what ended long ago; the store does not.
    if (row?.outcome != null) throw new GantryError('ended', `Deployment ${id} has ended.`, { cause: error });
    throw error;
  }
  if (name !== 'abort') return;
  // A signal has no answer, and must not wait for one: it is sent first, and what it met is looked at after.
  const status = await deps.gateway.status(id, argument.by, 1_000).catch(() => null);
  if (!status) return;
  if (status.outcome !== null && !stoppedOutcomes.has(status.outcome))
    throw new GantryError('ended', `Deployment ${id} has ended.`);
  if (phaseTable.abort[status.phase] === 'too-late')
    throw new GantryError('too-late', `Deployment ${id} is confirmed.`);
}

/** A robot aborts only what it requested. Where the store cannot say, the workflow does. */
async function checkRobot(deps: ApiDeps, id: string, subject: string): Promise<void> {
  const policy = await deps.policy.read().catch(() => null);
  if (!policy?.policy.robots.some((robot) => robot.subject === subject)) return;
  const row = await deps.store.deployment(id).catch(() => null);
  if (row && row.requester !== subject) throw new GantryError('forbidden', 'A robot aborts only what it requested.');
}

/** The argument as the workflow will read it, with the API's proof of who sent it. */
function vouched(deps: ApiDeps, id: string, name: MessageName, raw: unknown): MessageArgument {
  const argument = (messageSchemas[name] as z.ZodType<MessageArgument>).parse(raw);
  if (!deps.proofKey) return argument;
  const issuedAt = new Date(deps.now()).toISOString();
  return { ...argument, proof: { signature: deps.proofKey.sign(proofText(id, name, argument, issuedAt)), issuedAt } };
}

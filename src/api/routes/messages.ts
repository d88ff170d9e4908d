import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { afterMessageSchema, vouchedMessageSchema } from '../../contract/message.ts';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { parseDeploymentId, type TargetName } from '../../domain/base/ids.ts';
import { means } from '../../domain/base/means.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { abortsOnlyItsOwn, mayRobotAbort } from '../../domain/messages/abort-by-robot.ts';
import {
  type MessageArgument,
  type MessageName,
  messageNames,
  neverRateLimited,
} from '../../domain/messages/messages.ts';
import { messageSchemas } from '../../domain/messages/schemas.ts';
import { findRobot } from '../../domain/policy/robots.ts';
import { hasRoomForNote, type LateNote } from '../../domain/target/late-notes.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ApiDeps, ReadingDeps, RoutesApp } from '../deps.ts';
import { rolesFor } from '../identity/access.ts';
import { type Asked, askedBy, once, patientFor } from '../requests/idempotency-key.ts';
import { declare, idParams } from '../schemas.ts';
import { type ProofParts, vouched } from '../trust/vouch.ts';
import { nameOf, statusAfter } from '../views/deployment.ts';

const sendQuery = z.strictObject({
  send: z
    .enum(['true', 'false'])
    .default('true')
    .meta(
      means(
        '`false`: it is not sent but answered with its proof, for the caller to send as a Temporal signal or update',
      ),
    ),
});

const titles: { readonly [Name in MessageName]: string } = {
  approve: 'Approve the start or a gate',
  reject: 'Reject it',
  withdraw: 'Withdraw an approval',
  abort: 'Stop the deployment and undo what it has done',
  pause: 'Stop before the next step',
  resume: 'Go on',
  acknowledge: 'Acknowledge readiness, the handoff or a page',
  'complete-step': 'Say how a manual step came out',
  note: 'Add a note to the record',
};

/** One route for each message; its sender is the token's subject, whatever the body says. */
export function messageRoutes(app: RoutesApp, deps: ReadingDeps): void {
  const aborts = rememberSent();
  for (const name of messageNames) {
    const answer = name === 'abort' ? 202 : 200;
    const response =
      name === 'abort'
        ? { 200: vouchedMessageSchema, 202: afterMessageSchema }
        : { 200: z.union([afterMessageSchema, vouchedMessageSchema]) };
    const keyed = name === 'abort' ? {} : ({ idempotencyKey: 'heeded' } as const);
    const config = { access: { kind: 'message', name }, isReserved: neverRateLimited.has(name), ...keyed } as const;
    // Typed as one message of many: `proven` parses the whole argument again.
    const body = (messageSchemas[name] as typeof messageSchemas.abort).omit({ by: true, proof: true });
    app.post(
      `/v1/deployments/:id/${name}`,
      {
        ...declare(config, titles[name], { params: idParams, querystring: sendQuery, body, response }),
        // Most messages need no argument, so an absent body is an empty one.
        preValidation: async (request) => {
          request.body ??= {};
        },
      },
      async (request, reply) => {
        const { params, body: given, caller, verifiedAt, query } = request;
        const isSent = query.send === 'true';
        // An abort ignores the key; other messages refuse an invalid one, sent or not.
        const asked = name === 'abort' ? null : askedBy(request);
        const parts: ProofParts = {
          sentBy: isSent ? 'api' : 'bearer',
          roles: await rolesOf(deps, params.id, caller.subject),
          ...(verifiedAt !== null && { verifiedAt }),
        };
        const argument = (more: object) =>
          proven(deps, params.id, name, { ...more, ...given, by: caller.subject }, parts);
        if (!isSent) return reply.code(200).send({ ...argument({}) });
        const seq =
          name === 'abort'
            ? await abort(deps, aborts, params.id, argument({}))
            : await sendOnce(deps, asked, params.id, name, (more) =>
                sendAlsoAfterEnd(deps, params.id, name, argument(more)),
              );
        return reply.code(answer).send({ ...(await statusAfter(deps, params.id, caller.subject, seq)) });
      },
    );
  }
}

/**
 * Sends a message once per Idempotency-Key, by a claim of the key and by a message id made from it: the deployment takes that
 * id once, also where the store does not answer or has lost the key. (An abort counts once anyway, and waits for no store.)
 */
async function sendOnce(
  { store }: ApiDeps,
  asked: Asked | null,
  deployment: string,
  name: MessageName,
  sendAs: (more: { readonly id?: string }) => Promise<number>,
): Promise<number> {
  if (!asked) return sendAs({});
  const id = `key-${digestOfJson([asked.subject, asked.key]).slice(7, 39)}`;
  return once(
    name === 'pause' ? patientFor(store, storeMs) : store,
    asked,
    async ({ begins }) => {
      begins();
      const seq = await sendAs({ id });
      return { remembered: { kind: 'message', deployment, seq }, answer: () => seq };
    },
    async (remembered) => (remembered.kind === 'message' ? remembered.seq : 0),
  );
}

/** The same; after the end of a deployment, acknowledgements go to its open pages, and notes to its target. */
async function sendAlsoAfterEnd(
  deps: ApiDeps,
  id: string,
  name: MessageName,
  argument: MessageArgument,
): Promise<number> {
  try {
    return await send(deps, id, name, argument);
  } catch (error) {
    const hasEnded = hasCode(error, 'ended');
    const target = parseDeploymentId(id);
    if (hasEnded && name === 'note' && target) {
      // The target writes it after its answer, so it is refused here where it would be there.
      const journal = await wholeJournal(deps.store, id).catch(() => []);
      if (!hasRoomForNote(journal, argument.by))
        throw new GantryError('too-many-messages', `${id} takes no more notes of ${argument.by}.`, { cause: error });
      await noteAfterEnd(deps, { deployment: id, note: argument as MessageArgument<'note'> }, target);
      return 0;
    }
    if (!hasEnded || !('for' in argument) || argument.for !== 'page') throw error;
    const { by, proof } = argument;
    const pages = await deps.gateway.openPages(id);
    const answers = await Promise.allSettled(
      pages.map((page) => deps.gateway.acknowledgePage(id, page, { ...argument, by, for: 'page', proof })),
    );
    if (answers.some(({ status }) => status === 'fulfilled')) return 0;
    const [first] = answers;
    if (first?.status === 'rejected') throw first.reason;
    throw new GantryError('not-waiting', `No page of ${id} waits to be acknowledged.`, { cause: error });
  }
}

/** While a deployment is closing: the time between two tries, in milliseconds, and how many there are. */
const [closingMs, maxAsked] = [200, 20] as const;

/** Before it closes, a deployment notifies people of its outcome: its target is asked until then. Throws `not-ready`. */
async function noteAfterEnd({ gateway }: ApiDeps, note: LateNote, target: TargetName): Promise<void> {
  for (let asked = 1; ; asked += 1)
    try {
      return await gateway.noteAfterEnd(target, note);
    } catch (error) {
      if (!hasCode(error, 'not-ready') || asked === maxAsked) throw error;
      await delay(closingMs);
    }
}

/** Returns the number of the journal entry that a status must include to show the effect. */
async function send(deps: ApiDeps, id: string, name: MessageName, argument: MessageArgument): Promise<number> {
  try {
    return await deps.gateway.message(id, name, argument);
  } catch (error) {
    const row = hasCode(error, 'not-found', 'engine-unavailable') ? await deps.store.deployment(id) : null;
    // Temporal forgets old deployments, or does not answer; the store knows that they ended.
    if (row?.outcome != null) throw new GantryError('ended', `Deployment ${id} has ended.`, { cause: error });
    throw error;
  }
}

/**
 * Sends an abort; throws `too-late` or `ended` where it has no effect. Temporal keeps a signal, so that of one sender is not
 * sent twice: each is an event, and a full history would end a rollback.
 */
async function abort(
  deps: ApiDeps,
  sent: ReturnType<typeof rememberSent>,
  id: string,
  argument: MessageArgument,
): Promise<number> {
  await checkRobot(deps, id, argument.by);
  const isRepeated = sent.has(id, argument.by);
  if (!isRepeated) await send(deps, id, 'abort', argument);
  sent.add(id, argument.by);
  // A signal has no answer: it is sent first, and its effect is read after.
  const met = await deps.gateway.metByAbort(id, 1_000).catch(() => null);
  // A run that was reset may have lost it.
  if (isRepeated && met === 'none-came') await send(deps, id, 'abort', argument);
  if (met === 'ended') throw new GantryError('ended', `Deployment ${id} has ended.`);
  if (met === 'too-late') throw new GantryError('too-late', `Deployment ${id} is confirmed.`);
  // Only the workflow knows how long the journal is now.
  return Number.POSITIVE_INFINITY;
}

/** Abort and pause wait no longer for the store than this, in milliseconds. */
const storeMs = 500;

/** A robot aborts only what it requested; where the store does not answer, the workflow checks. */
async function checkRobot(deps: ApiDeps, id: string, subject: string): Promise<void> {
  const { policy } = await deps.policy.read();
  if (!findRobot(policy.robots, subject)) return;
  const reading = deps.store.deployment(id).catch(() => null);
  const row = await orAfter(storeMs, reading, null);
  if (row && !mayRobotAbort(subject, row.requester)) throw new GantryError('forbidden', abortsOnlyItsOwn);
}

/** The argument as the workflow will read it, with the API's proof of its sender. */
function proven(deps: ApiDeps, id: string, name: MessageName, raw: unknown, parts: ProofParts): MessageArgument {
  return vouched(deps, id, name, (messageSchemas[name] as z.ZodType<MessageArgument>).parse(raw), parts);
}

/**
 * The caller's roles for a deployment's service by the current policy. Throws `not-found` for an invalid id: nothing is
 * signed for that.
 */
async function rolesOf({ policy }: ApiDeps, id: string, subject: string): Promise<string[]> {
  const { service } = nameOf(id);
  return [...rolesFor((await policy.read()).policy, service, subject)];
}

/** At most so many are remembered, the newest. */
const remembered = 5_000;

/** Who has sent a message to which deployment, through this process. */
function rememberSent() {
  const keys = new Set<string>();
  return {
    has: (deployment: string, subject: string) => keys.has(`${deployment} ${subject}`),
    add(deployment: string, subject: string): void {
      keys.add(`${deployment} ${subject}`);
      const [oldest] = keys;
      if (keys.size > remembered && oldest !== undefined) keys.delete(oldest);
    },
  };
}

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { BodyDigests, RememberedAnswer, Store } from '../../store/store.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as JSON has it, before this version's schema filled anything in. */
    sentBody: unknown;
  }
}

type ClaimStore = Pick<Store, 'claim' | 'complete' | 'release' | 'giveBack'>;

/** How long a repeat waits for the request it repeats: 5 s, as long as that one may wait for Temporal. */
const othersMs = 5_000;
const lookAgainMs = 50;
const keyPattern = /^[\x21-\x7e]{1,200}$/;

/** Keeps bodies as they were sent: what an Idempotency-Key came with must not depend on which version reads it. */
export function useSentBodies(app: FastifyInstance): void {
  app.decorateRequest('sentBody');
  app.addHook('preValidation', async (request) => {
    request.sentBody = request.body;
  });
}

/** A request that may be repeated, by whom and under which key. */
export interface Asked {
  readonly subject: string;
  readonly key: string;
  readonly digests: BodyDigests;
}

/** The request with its Idempotency-Key; null where it came without. Throws `malformed` for what is no key. */
export function askedBy(request: FastifyRequest): Asked | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !keyPattern.test(key))
    throw new GantryError('malformed', 'Idempotency-Key is 1 to 200 visible ASCII characters.');
  const { caller, routeOptions, params, sentBody } = request;
  return { subject: caller.subject, key, digests: digestsOf(routeOptions.url, params, sentBody) };
}

/** The same body to another route, or about something else in its path, is another request. */
export function digestsOf(route: string | undefined, params: unknown, sentBody: unknown): BodyDigests {
  const sent = digestOfJson({ route, params, body: sentBody ?? {} });
  return { sent, read: sent };
}

/** One try at what a request asks for. */
export interface Attempt {
  /** Nobody has tried before. Else what it asks for may be there already. */
  readonly isFirst: boolean;
  /** A UUID, the same for each try: what is made can be named by it, and so is found again. */
  readonly operation: string;
  /** Of the body, as the first try knew it. */
  readonly bodyDigest: string;
  /** From here on somebody may have acted on it, whatever is thrown. */
  readonly begins: () => void;
}

export interface Tried<T> {
  readonly remembered: RememberedAnswer;
  /** Asked for once that is remembered: repeats need not wait for it, and it may fail. */
  readonly answer: () => T | Promise<T>;
}

/**
 * Does what is asked for once per (subject, key), however often and however concurrently it is asked; a repeat is
 * answered `again` by what is remembered. Throws `idempotency-key-reused`, `idempotency-in-progress`, and whatever the
 * try throws: then the key stays with this body, unless nothing can have come of it.
 */
export async function once<T>(
  store: ClaimStore,
  asked: Asked,
  work: (attempt: Attempt) => Promise<Tried<T>>,
  again: (remembered: RememberedAnswer) => Promise<T>,
): Promise<T> {
  const claim = await claimed(store, asked);
  if (claim.kind === 'completed') return again(claim.answer);
  const { held, isFirst, operation, bodyDigest } = claim;
  let mayBeDone = !isFirst;
  const begins = () => {
    mayBeDone = true;
  };
  try {
    const { remembered, answer } = await work({ isFirst, operation, bodyDigest, begins });
    // It is done: a store that does not take it makes no error of it, and a repeat finds what is there.
    await store.complete(held, remembered).catch(() => undefined);
    return await answer();
  } catch (error) {
    // Somebody may have acted on it though no answer came: then the key stays with this body.
    const isRefused = isFirst && error instanceof GantryError && error.status < 500;
    await store[mayBeDone && !isRefused ? 'giveBack' : 'release'](held).catch(() => undefined);
    throw error;
  }
}

/**
 * The same store for what must not wait for it: a claim that gets no answer in time (milliseconds) is as if it had been
 * made, with nothing remembered. One that comes late is given back.
 */
export function patientFor(store: ClaimStore, ms: number): ClaimStore {
  const orNever = (work: Promise<void>) => Promise.race([work, delay(ms, undefined, { ref: false })]);
  return {
    complete: (held, answer) => orNever(store.complete(held, answer)),
    giveBack: (held) => orNever(store.giveBack(held)),
    release: (held) => orNever(store.release(held)),
    async claim(subject, key, digests) {
      const claiming = store.claim(subject, key, digests);
      const settled = claiming.catch(() => null);
      const claim = await Promise.race([settled, delay(ms, null, { ref: false })]);
      if (claim) return claim;
      void settled
        .then((late) => (late?.kind === 'claimed' ? store.giveBack(late.held) : undefined))
        .catch(() => undefined);
      const held = { subject, key, holder: randomUUID() };
      return { kind: 'claimed', held, isFirst: false, operation: randomUUID(), bodyDigest: digests.read };
    },
  };
}

async function claimed(store: ClaimStore, { subject, key, digests }: Asked) {
  const until = Date.now() + othersMs;
  for (;;) {
    const claim = await store.claim(subject, key, digests);
    if (claim.kind === 'claimed' || claim.kind === 'completed') return claim;
    if (claim.kind === 'other-body')
      throw new GantryError('idempotency-key-reused', 'This Idempotency-Key came with another body before.');
    if (Date.now() > until)
      throw new GantryError('idempotency-in-progress', 'The same request is being worked on; repeat it.');
    await delay(lookAgainMs);
  }
}

/** An answer that is given to the letter again. */
export interface Given<Body> {
  readonly status: Extract<RememberedAnswer, { readonly kind: 'given' }>['status'];
  readonly location?: string;
  readonly body: Body;
}

/** Answers a request, with the very same answer to each repeat under its Idempotency-Key; without one it is done each time. */
export async function answerOnce<Body extends object>(
  store: ClaimStore,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (attempt: Attempt) => Promise<Given<Body>>,
): Promise<Body> {
  const asked = askedBy(request);
  const alone: Attempt = { isFirst: true, operation: randomUUID(), bodyDigest: '', begins: () => undefined };
  const given = asked
    ? await once(
        store,
        asked,
        async (attempt) => {
          const done = await work(attempt);
          return { remembered: { kind: 'given', location: null, ...done }, answer: () => done };
        },
        async (remembered) => givenBefore<Body>(remembered),
      )
    : await work(alone);
  if (given.location !== undefined) reply.header('location', given.location);
  reply.code(given.status);
  return given.body;
}

/** The store keeps it as it was answered. */
function givenBefore<Body>(remembered: RememberedAnswer): Given<Body> {
  if (remembered.kind !== 'given')
    throw new GantryError('internal', 'A key is remembered with another kind of answer.');
  const { status, location, body } = remembered;
  return { status, body: body as Body, ...(location === null ? {} : { location }) };
}

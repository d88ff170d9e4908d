import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { Store } from '../../store/index.ts';
import type { BodyDigests, Claim, RememberedAnswer } from '../../store/values.ts';
import { orAfter } from '../../system/time-limit.ts';
import { answerMs } from '../../temporal/answer-time.ts';

type ClaimStore = Pick<Store, 'claim' | 'complete' | 'release' | 'giveBack'>;

/** How long a repeat waits for the request it repeats: as long as that one may wait for Temporal. */
const othersMs = answerMs;
const lookAgainMs = 50;
const keyPattern = /^[\x21-\x7e]{1,200}$/;

/** Keeps bodies as they were sent: the body of an Idempotency-Key must not depend on the version that reads it. */
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

/** The request with its Idempotency-Key; null without one. Throws `malformed` for an invalid key. */
export function askedBy(request: FastifyRequest): Asked | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !keyPattern.test(key))
    throw new GantryError('malformed', 'Idempotency-Key is 1 to 200 visible ASCII characters.');
  const { caller, routeOptions, params, sentBody } = request;
  return { subject: caller.subject, key, digests: digestsOf(routeOptions.url, params, sentBody) };
}

/** The same body to another route, or with other path parameters, is another request. */
export function digestsOf(route: string | undefined, params: unknown, sentBody: unknown): BodyDigests {
  const sent = digestOfJson({ route, params, body: sentBody ?? {} });
  return { sent, read: sent };
}

/** One attempt at a request. */
export interface Attempt extends Omit<Extract<Claim, { readonly kind: 'claimed' }>, 'kind' | 'held'> {
  /** To be called before the request can have an effect, whatever is thrown later. */
  readonly begins: () => void;
}

export interface Tried<T> {
  readonly remembered: RememberedAnswer;
  /** Called once `remembered` is stored: repeats need not wait for it, and it may fail. */
  readonly answer: () => T | Promise<T>;
}

/**
 * Does the work once per (subject, key), however often and concurrently it is requested; repeats are answered by `again` from
 * what is remembered. Throws `idempotency-key-reused`, `idempotency-in-progress`, and what the attempt throws: then the key
 * stays with this body, unless the attempt had no effect.
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
    // The work is done: a failing store is no error, and a repeat finds the result.
    await store.complete(held, remembered).catch(() => undefined);
    return await answer();
  } catch (error) {
    // An effect is possible though no answer came: then the key stays with this body.
    const isRefused = isFirst && error instanceof GantryError && error.status < 500;
    await store[mayBeDone && !isRefused ? 'giveBack' : 'release'](held).catch(() => undefined);
    throw error;
  }
}

/**
 * The same store for requests that must not wait for it: a claim without an answer in time (milliseconds) counts as made,
 * with nothing remembered. A late one is given back.
 */
export function patientFor(store: ClaimStore, ms: number): ClaimStore {
  const orNever = (work: Promise<void>) => orAfter(ms, work, undefined);
  return {
    complete: (held, answer) => orNever(store.complete(held, answer)),
    giveBack: (held) => orNever(store.giveBack(held)),
    release: (held) => orNever(store.release(held)),
    async claim(subject, key, digests) {
      const claiming = store.claim(subject, key, digests);
      const settled = claiming.catch(() => null);
      const claim = await orAfter(ms, settled, null);
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

/** An answer that repeats get unchanged. */
export interface Given<Body> {
  readonly status: Extract<RememberedAnswer, { readonly kind: 'given' }>['status'];
  readonly location?: string;
  readonly body: Body;
}

/** Answers a request; repeats under its Idempotency-Key get the same answer. Without a key the work is done each time. */
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

function givenBefore<Body>(remembered: RememberedAnswer): Given<Body> {
  if (remembered.kind !== 'given')
    throw new GantryError('internal', 'A key is remembered with another kind of answer.');
  const { status, location, body } = remembered;
  return { status, body: body as Body, ...(location === null ? {} : { location }) };
}

import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { parseDeploymentId } from '../../domain/base/ids.ts';
import { type CountedRefusal, keptDetail } from '../../domain/messages/refused.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { findRobot } from '../../domain/policy/robots.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ApiDeps } from '../deps.ts';
import { toGantryError } from '../http/problem.ts';

/** At least so many milliseconds between two writes. */
const everyMs = 1_000;

/** A process keeps at most so many counts; refusals beyond them are not recorded. */
const maxCounts = 2_000;

/** Closing waits so long for the last write, in milliseconds. */
const lastMs = 2_000;

/**
 * Counts refused messages by subject and code, for people to read later. Counts are kept in memory and written in the
 * background: no refusal waits for the store, and a flood of them is one row.
 */
export function useRefusedMessages(app: FastifyInstance, { store, policy, now }: ApiDeps): void {
  const counts = new Map<string, Count>();
  let writing: Promise<void> | null = null;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;

  app.addHook('onError', async (request, _reply, thrown) => {
    const rule = request.routeOptions.config.access;
    const { code, status, message } = toGantryError(thrown);
    if (rule?.kind !== 'message' || !leavesTrace(status) || request.caller === undefined) return;
    const { id = '' } = request.params as { readonly id?: string };
    if (!parseDeploymentId(id)) return;
    const at = new Date(now()).toISOString();
    add({ deployment: id, message: rule.name, by: request.caller.subject, code, detail: keptDetail(message), at });
    timer ??= setTimeout(() => void write(), Math.max(0, writtenAt + everyMs - performance.now())).unref();
  });
  app.decorate('writeRefused', () => (writing ?? Promise.resolve()).then(write));
  app.addHook('onClose', () => orAfter(lastMs, app.writeRefused(), undefined));

  function add({ at, ...one }: Refused) {
    const key = JSON.stringify([one.deployment, one.by, one.message, one.code]);
    const known = counts.get(key)?.refusal;
    if (!known && counts.size >= maxCounts) forgetOne(counts);
    if (!known && counts.size >= maxCounts) return;
    const first = { ...one, counter: randomUUID(), times: 0, firstAt: at };
    const refusal = { ...(known ?? first), detail: one.detail, times: (known?.times ?? 0) + 1, lastAt: at };
    counts.set(key, { refusal, isWritten: false });
  }

  /** One write at a time; what the store does not take is written later. */
  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null;
      timer = [...counts.values()].some(({ isWritten }) => !isWritten)
        ? setTimeout(() => void write(), everyMs).unref()
        : null;
    });
    return writing;
  }

  async function writeAll() {
    if (timer) clearTimeout(timer);
    writtenAt = performance.now();
    const open = [...counts].filter(([, { isWritten }]) => !isWritten);
    if (open.length === 0) return;
    try {
      const { people, robots } = (await policy.read()).policy;
      // Subjects that the policy does not know are not recorded; an alias becomes the person.
      const known = open.flatMap(([, { refusal }]) => {
        const who = findPerson(people, refusal.by) ?? findRobot(robots, refusal.by);
        return who ? [{ ...refusal, by: who.subject }] : [];
      });
      if (known.length > 0) await store.countRefusedMessages(known);
      for (const [key, count] of open) if (counts.get(key) === count) counts.set(key, { ...count, isWritten: true });
    } catch (error) {
      app.log.warn({ err: error }, 'What was refused is not written yet.');
    }
  }
}

type Refused = Pick<CountedRefusal, 'deployment' | 'message' | 'by' | 'code' | 'detail'> & { readonly at: string };
interface Count {
  readonly refusal: CountedRefusal;
  readonly isWritten: boolean;
}

/** Unknown callers, missing deployments, rate limits and failures of the server leave none. */
function leavesTrace(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 404 && status !== 429;
}

/** Removes the oldest count that is written. */
function forgetOne(counts: Map<string, Count>): void {
  for (const [key, { isWritten }] of counts)
    if (isWritten) {
      counts.delete(key);
      return;
    }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../src/domain/deployment/status.ts';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import type { TargetView } from '../../src/domain/target/view.ts';
import type { Answer, ApiClient } from '../support/api-client.ts';

/** What somebody sent, and what came of each time that they sent it. */
export interface Said {
  readonly deployment: string;
  readonly message: string;
  readonly by: string;
  readonly planDigest: string | null;
  readonly sentAt: number;
  /** One for each attempt, in order. An attempt whose answer never came, or was "ask again", may have been taken. */
  readonly attempts: readonly Attempt[];
  /** The last attempt's answer; null while there is none. */
  readonly answer: Answered | null;
}
export interface Attempt {
  readonly sentAt: number;
  readonly answer: Answered | 'unknown';
}
interface Answered {
  readonly status: number;
  readonly code: string | null;
  readonly at: number;
}

/** People who ask again while nobody answers, as people do: always under the same key. */
export interface People {
  readonly said: readonly Said[];
  /** Asks until there is an answer that says something: not the engine's or the store's absence. */
  ask<Body = Record<string, unknown>>(
    as: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<Body>>;
  /** The same; an answer that refuses is an error. */
  need<Body = Record<string, unknown>>(...args: Parameters<People['ask']>): Promise<Body>;
  say(as: string, deployment: string, message: string, body?: Record<string, unknown>): Promise<Answer>;
  status(deployment: string): Promise<Status>;
  target(name: string): Promise<TargetView>;
  journal(deployment: string): Promise<readonly JournalEntry[]>;
}

/** So long somebody goes on asking, in milliseconds. */
const patienceMs = 60_000;
const pauseMs = 250;
/** Answers that say: ask again. */
const passing = new Set(['engine-unavailable', 'store-unavailable', 'too-many-waiting', 'idempotency-in-progress']);

export function createPeople({ call }: Pick<ApiClient, 'call'>): People {
  const said: Said[] = [];
  const attempt = async <Body>(
    [as, method, path, body, headers = {}]: Parameters<People['ask']>,
    onAttempt: (attempt: Attempt) => void = () => {},
  ) => {
    const until = Date.now() + patienceMs;
    for (;;) {
      const sentAt = Date.now();
      const answer = await call<Body>(as, method, path, body, headers).catch((error: unknown) => {
        if (Date.now() > until) throw new Error(`${method} ${path}: no answer`, { cause: error });
        return null;
      });
      const isKnown = answer !== null && !isPassing(answer);
      onAttempt({ sentAt, answer: isKnown ? answered(answer) : 'unknown' });
      if (answer && (isKnown || Date.now() > until)) return answer;
      await delay(pauseMs);
    }
  };
  const ask: People['ask'] = (...args) => attempt(args);
  const need: People['need'] = async <Body>(...args: Parameters<People['ask']>) => {
    const answer = await ask<Body>(...args);
    if (answer.status >= 400) throw new Error(`${args[1]} ${args[2]}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  let ids = 0;
  return {
    said,
    ask,
    need,
    async say(as, deployment, message, body = {}) {
      ids += 1;
      const planDigest = typeof body['planDigest'] === 'string' ? body['planDigest'] : null;
      const attempts: Attempt[] = [];
      const one: Said = { deployment, message, by: as, planDigest, sentAt: Date.now(), attempts, answer: null };
      const at = said.push(one) - 1;
      const path = `/v1/deployments/${deployment}/${message}`;
      const args = [as, 'POST', path, { ...body, id: `${deployment}-${ids}` }] as const;
      const answer = await attempt<Record<string, unknown>>([...args], (made) => attempts.push(made));
      said[at] = { ...one, answer: answered(answer) };
      return answer;
    },
    status: (deployment) => need<Status>('key:alice', 'GET', `/v1/deployments/${deployment}`),
    target: (name) => need<TargetView>('key:alice', 'GET', `/v1/targets/${name}`),
    async journal(deployment) {
      const all: JournalEntry[] = [];
      for (;;) {
        const path = `/v1/deployments/${deployment}/journal?after=${all.length}&limit=500`;
        const { items } = await need<{ items: JournalEntry[] }>('key:alice', 'GET', path);
        all.push(...items);
        if (items.length < 500) return all;
      }
    },
  };
}

function answered(answer: Answer<unknown>): Answered {
  return { status: answer.status, code: codeOf(answer), at: Date.now() };
}

function codeOf({ body }: Answer<unknown>): string | null {
  const { code } = (body ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : null;
}

function isPassing(answer: Answer<unknown>): boolean {
  return answer.status === 502 || answer.status === 503 || answer.status === 504 || passing.has(codeOf(answer) ?? '');
}

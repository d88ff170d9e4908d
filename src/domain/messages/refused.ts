import type { ErrorCode } from '../base/error-codes.ts';
import type { MessageName } from './messages.ts';

/** A message that the API has refused a person or robot: as often as it was, once. */
export interface RefusedMessage {
  readonly message: MessageName;
  /** Subject. */
  readonly by: string;
  readonly code: ErrorCode;
  /** The sentence with which the last one was refused. */
  readonly detail: string;
  readonly times: number;
  /** Of the first and the last one, ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
}

/**
 * The same as one API process has counted it. Whatever that process writes of it replaces what it has written before, so that
 * a repeated or late write counts nothing twice.
 */
export interface CountedRefusal extends RefusedMessage {
  readonly deployment: string;
  /** Names this count. */
  readonly counter: string;
}

/** So many counts are kept of one deployment, and of each person there; those that are kept count on. */
export const refusalsKept = { ofDeployment: 100, ofEach: 20 } as const;

/** No longer sentence is kept. */
const maxDetailLength = 300;

/** A sentence as it is kept. */
export function keptDetail(detail: string): string {
  return detail
    .slice(0, maxDetailLength)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '\uFFFD');
}

/** What several processes have counted, together; the first refused first. */
export function summedUp(counted: readonly RefusedMessage[]): readonly RefusedMessage[] {
  const sums = new Map<string, RefusedMessage>();
  for (const one of counted) {
    const key = `${one.by} ${one.message} ${one.code}`;
    const sum = sums.get(key);
    sums.set(key, sum ? together(sum, one) : one);
  }
  return [...sums.values()].toSorted((a, b) => (a.firstAt < b.firstAt ? -1 : Number(a.firstAt > b.firstAt)));
}

function together(a: RefusedMessage, b: RefusedMessage): RefusedMessage {
  const last = a.lastAt < b.lastAt ? b : a;
  return { ...last, times: a.times + b.times, firstAt: a.firstAt < b.firstAt ? a.firstAt : b.firstAt };
}

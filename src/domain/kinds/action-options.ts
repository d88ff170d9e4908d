import type { JsonObject } from '../base/json.ts';

/** An action may take so long where its step does not say otherwise. */
export const usualTimeout = '1m';

/** A compensation is bounded: so many attempts, each at most so long, where a step does not say otherwise. */
export const usualUndo = { attempts: 3, maxAttempts: 10, timeout: '30s' } as const;

/** What every action may say beside its adapter's own options, with its defaults; `attempts` only where it undoes something. */
export interface ActionOptions {
  /** The document without them. */
  readonly own: JsonObject;
  /** A duration, or a reference to one. */
  readonly timeout: string;
  readonly attempts: number;
  readonly faults: readonly { readonly key: string; readonly detail: string }[];
}

/** Reads the options common to all actions out of one. `isUndo`: it stands in `undo`. */
export function readActionOptions(document: JsonObject, isUndo: boolean): ActionOptions {
  const { timeout, attempts, ...own } = document;
  const isNumber = Number.isInteger(attempts) && Number(attempts) >= 1 && Number(attempts) <= usualUndo.maxAttempts;
  return {
    own,
    timeout: typeof timeout === 'string' ? timeout : isUndo ? usualUndo.timeout : usualTimeout,
    attempts: typeof attempts === 'number' ? attempts : usualUndo.attempts,
    faults: [
      ...(attempts !== undefined && !(isUndo && isNumber)
        ? [{ key: 'attempts', detail: 'attempts stands in undo only, from 1 to 10' }]
        : []),
      ...(timeout !== undefined && typeof timeout !== 'string'
        ? [{ key: 'timeout', detail: 'write a duration such as 30s' }]
        : []),
    ],
  };
}

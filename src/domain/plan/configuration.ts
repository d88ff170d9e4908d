import type { JsonObject } from '../base/json.ts';

/** Where keys of a configuration are read, as a plan freezes it. */
export interface PlannedSource {
  readonly id: string;
  readonly kind: 'http' | 'command' | 'file';
  /** References that the lock binds, and secrets, still stand in it. */
  readonly spec: JsonObject;
  readonly keys: readonly { readonly key: string; readonly secret: boolean }[];
}

export interface PlannedConfiguration {
  readonly sources: readonly PlannedSource[];
  /** Which keys each step declares that it changes, as `source/key`. */
  readonly changes: readonly { readonly step: string; readonly keys: readonly string[] }[];
}

/** When keys are read: before the first change, once production is validated, and when it has ended. */
export const readingMoments = ['before', 'validated', 'end'] as const;
export type ReadingMoment = (typeof readingMoments)[number];

/**
 * One key as it was read. `shown`: the beginning of a value, why it could not be read, or nothing. `digest`: of a value, by
 * a key that no reader of a record has, which `keyId` names; null: by none, since the value is shown whole.
 */
export interface KeyReading {
  readonly key: string;
  readonly state: 'value' | 'secret' | 'absent' | 'unreadable';
  readonly shown: string;
  readonly digest: string | null;
  readonly keyId: string | null;
}

import type { KeyReading, PlannedSource } from '../plan/configuration.ts';
import type { OfRun, Refused } from './run-identity.ts';

export interface ReadConfigurationInput extends OfRun {
  readonly sources: readonly PlannedSource[];
  /** The deployment that is repaired: what it had read before its first change is returned, too. */
  readonly repairOf: string | null;
}

export interface SourceReadings {
  readonly source: string;
  readonly readings: readonly KeyReading[];
}

/** Each source with all of its keys, in the order of the plan; `before`: what the repaired deployment had read. */
export type ReadConfigurationResult =
  | { readonly kind: 'read'; readonly sources: readonly SourceReadings[]; readonly before: readonly SourceReadings[] }
  | Refused;

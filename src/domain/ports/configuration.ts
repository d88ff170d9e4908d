import type { KeyReading, PlannedSource } from '../configuration/configuration.ts';
import type { Bindings } from '../references.ts';
import type { PartSeal } from '../trust/seal.ts';
import type { Lease, Refused, Workplace } from './lease.ts';

export interface ReadConfigurationInput {
  readonly lease: Lease;
  readonly workplace: Workplace;
  readonly bindings: Bindings;
  readonly seal: PartSeal | null;
  readonly sources: readonly PlannedSource[];
}

/** Each source with all of its keys, in the order of the plan. */
export type ReadConfigurationResult =
  | {
      readonly kind: 'read';
      readonly sources: readonly { readonly source: string; readonly readings: readonly KeyReading[] }[];
    }
  | Refused;

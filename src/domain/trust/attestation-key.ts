import type { PublicKey } from './public-key.ts';

/** Signs the summary of a certification: with one key the same bytes always get the same signature. */
export interface AttestationKey extends PublicKey {
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** Who signs a record. `unpublished`: the process that shows it has no key, and the worker has not published it yet. */
export type Attestation = AttestationKey | 'no-key' | 'unpublished';

// What a statement of in-toto may be about, as evidence.

/** That a stage passed or failed. */
export const testResultPredicate = 'https://in-toto.io/attestation/test-result/v0.1';

/** Where and of what an artifact was built (SLSA); it knows no stages. */
export const provenancePredicate = 'https://slsa.dev/provenance/v1';

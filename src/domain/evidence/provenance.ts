import { fieldsOf } from '../base/fields.ts';
import { provenancePredicate, testResultPredicate } from '../base/predicates.ts';
import type { SigstoreSigner } from '../policy/signers-schema.ts';

/**
 * A provenance as the result that it counts for: of the one stage of a signer whom the policy lets prove it so, at the time
 * of its signature, since it may tell none itself. What is no provenance is left as it is; one that counts for nobody, too.
 */
export function provenanceAsResult(document: unknown, signers: readonly SigstoreSigner[], signedAt: string): unknown {
  const { predicateType, _type, subject } = fieldsOf(document);
  const signer = signers.find(({ attests }) => attests.includes(provenancePredicate));
  if (predicateType !== provenancePredicate || !signer) return document;
  return {
    _type,
    subject,
    predicateType: testResultPredicate,
    predicate: {
      result: 'PASSED',
      configuration: [],
      stage: signer.stages[0],
      startedOn: signedAt,
      finishedOn: signedAt,
      counts: { provenances: 1 },
    },
  };
}

import type { Stage } from '../base/stages.ts';
import type { Signer } from '../policy/signers-schema.ts';
import type { EvidenceFault } from '../trust/envelope.ts';

type Whose =
  | { readonly kind: 'counts'; readonly signers: readonly Signer[] }
  | ({ readonly kind: 'refused' } & EvidenceFault);

/**
 * Whose signature under a statement counts: of those who signed it, who may vouch for its stage by this policy. `able`:
 * those of them who may attest such a thing at all. Refuses with `unknown-predicate` and `signer-not-allowed`.
 */
export function signersThatCount(signed: readonly Signer[], stage: Stage, able: readonly Signer[] = signed): Whose {
  const names = [...new Set(signed.map(({ name }) => name))].join(', ');
  const refused = (code: EvidenceFault['code'], detail: string): Whose => ({ kind: 'refused', code, detail });
  if (able.length === 0)
    return refused('unknown-predicate', `signed by ${names}, who attests something else by this policy`);
  const signers = able.filter(({ stages }) => stages.includes(stage));
  if (signers.length > 0) return { kind: 'counts', signers };
  return refused('signer-not-allowed', `signed by ${names}, whose signature does not count for stage ${stage}`);
}

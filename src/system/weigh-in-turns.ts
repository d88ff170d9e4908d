import { setImmediate as turn } from 'node:timers/promises';
import { takesBundles } from '../domain/evidence/bundle.ts';
import { type EvidenceRules, type Weigh, weighingBy } from '../domain/evidence/counts-as-evidence.ts';
import type { EvidenceRow } from '../domain/evidence/evidence.ts';
import type { Verifiers } from '../domain/evidence/read.ts';
import { type Sorted, type Submitter, sortMember, together } from '../domain/evidence/submission.ts';
import type { EvidenceSubmission } from '../domain/evidence/submission-schema.ts';
import type { Signer } from '../domain/policy/signers-schema.ts';
import { verifyNatively } from './native-signatures.ts';

/** After so long, in milliseconds, other work of this process has its turn. */
const maxMs = 10;
let last: Promise<unknown> = Promise.resolve();

/**
 * All evidence of an artifact, weighed as processes do it outside workflows: natively and in turns, since there may be a
 * thousand statements of 256 KiB. However many ask at once, one of them works in each turn.
 */
export function weighInTurns(rows: readonly EvidenceRow[], rules: EvidenceRules): Promise<Weigh> {
  const weighed = last.then(async () => {
    const weigh = weighingBy({ ...rules, ...(await verifiersFor(rules.signers ?? [])) });
    let began = performance.now();
    for (const row of rows) {
      weigh(row);
      if (performance.now() - began < maxMs) continue;
      await turn();
      began = performance.now();
    }
    return weigh;
  });
  last = weighed.catch(() => undefined);
  return weighed;
}

/** A submission, sorted in the same way: each member may be held against every key of the policy. */
export async function sortInTurns(
  submission: EvidenceSubmission,
  submitter: Omit<Submitter, keyof Verifiers>,
): Promise<Sorted> {
  const by = await verifiersFor(submitter.signers);
  const each: Sorted[] = [];
  for (const i of submission.evidence.keys()) {
    each.push(sortMember(submission, i, { ...submitter, ...by }));
    await turn();
  }
  return together(each);
}

/** By Node itself, and bundles where they are looked at: what reads them is loaded by whoever needs it. */
async function verifiersFor(signers: readonly Signer[]): Promise<Verifiers> {
  if (!takesBundles(signers)) return { verify: verifyNatively };
  const { verifyBundle } = await import('./sigstore.ts');
  return { verify: verifyNatively, verifyBundle };
}

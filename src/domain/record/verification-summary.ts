import { utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../base/canonical-json.ts';
import { stages } from '../base/stages.ts';
import { lastEvaluation } from '../gates/evaluate.ts';
import { lastOf } from '../journal/read.ts';
import type { Attestation } from '../trust/attestation-key.ts';
import { seal } from '../trust/envelope.ts';
import { type Source } from './source.ts';

/** What was verified for which artifact; {@link summaryOf} says in which shape. */
export type VerificationSummary = ReturnType<typeof summaryOf>;

/** `envelope`: the statement in a DSSE envelope; `unsigned`: why there is none. */
export type SignedSummary = NonNullable<ReturnType<typeof buildSummary>>;

/**
 * The summary at the end of a certification, signed where there is a key. `isGo`: every required gate has passed and
 * the first step was let go; anything less is `FAILED`. Null for a repair and a rehearsal, which certify no
 * release. `waived`: what did not pass and need not in an emergency.
 */
export function buildSummary(source: Source, isGo: boolean, waived: readonly string[], attestation: Attestation) {
  if (source.plan.repair || source.plan.mode === 'rehearsal') return null;
  const statement = summaryOf(source, isGo, waived);
  if (typeof attestation === 'string') return { statement, envelope: null, unsigned: attestation, signer: null };
  const { algorithm, key, keyId, sign } = attestation;
  const envelope = seal(utf8ToBytes(canonicalJson(statement)), keyId, sign);
  return { statement, envelope, unsigned: null, signer: { algorithm, key, keyId } };
}

/**
 * The shape of a SLSA Verification Summary Attestation v1: policy and evidence by digest, and as extensions the deployment,
 * the digest of its plan and, in an emergency, `quorum` and the gates that did not have to pass.
 */
function summaryOf({ plan, planDigest, journal, requested, last }: Source, isGo: boolean, waived: readonly string[]) {
  const { artifact, policy } = plan;
  const evidence = stages.flatMap((stage) => {
    const digest = lastEvaluation(journal, `stage-${stage}`)?.digest;
    return digest === undefined ? [] : [resource(`urn:gantry:evidence:${stage}`, digest)];
  });
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: artifact.uri, digest: sha256Of(artifact.digest) }],
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: 'https://gantry.invalid/verifier' },
      timeVerified: (lastOf(journal, 'gate-evaluated') ?? last).at,
      resourceUri: artifact.uri,
      policy: resource(`urn:gantry:policy:${plan.environment}`, policy.digest),
      inputAttestations: evidence,
      verificationResult: isGo ? 'PASSED' : 'FAILED',
      // Gantry's own names: how an artifact was built is not what Gantry verifies.
      verifiedLevels: isGo ? ['GANTRY_REQUIRED_GATES'] : ['FAILED'],
      slsaVersion: '1.0',
      gantry_deployment: requested.deployment,
      gantry_plan: resource(`urn:gantry:plan:${requested.deployment}`, planDigest),
      ...(waived.length === 0 ? {} : { gantry_waived: waived }),
    },
  };
}

const resource = (uri: string, digest: string) => ({ uri, digest: sha256Of(digest) });

const sha256Of = (digest: string) => ({ sha256: digest.replace(/^sha256:/, '') });

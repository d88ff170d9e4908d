import { describe, expect, it } from 'vitest';
import { stages } from '../../../../src/domain/base/stages.ts';
import { type EvidenceRow, type RefusedEvidence } from '../../../../src/domain/evidence/evidence.ts';
import { evaluatePlanStages } from '../../../../src/domain/gates/plan-stages.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { signersWithRoot } from '../../../../src/domain/policy/signers-schema.ts';
import { envelopeSchema } from '../../../../src/domain/trust/envelope.ts';
import { signingKey } from '../../../support/signing.ts';
import { artifactDigest, evidenceRows, policyDocument } from '../planning-input.ts';
import { evaluated, type Loose, type PastCase, pastChange } from './past-cases.ts';

const signersPlace = '/environments/production/evidence/signers';
const ci = signingKey();
const other = signingKey('ecdsa-p256');
const signer = (name: string, key: typeof ci, of: readonly string[] = stages) => {
  return { name, publicKey: key.pem, stages: of };
};

const signedBy = (...signers: readonly object[]) => ({ evidence: { maxAge: '7d', signers } });
const unsigned = { evidence: { maxAge: '7d' } };

/** Statements that this key has signed. */
const signed = (key: typeof ci, rows: readonly EvidenceRow[] = evidenceRows()) =>
  rows.map((row): EvidenceRow => {
    const { stage, result, startedOn, finishedOn } = row;
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: artifactDigest.replace('sha256:', '') } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: { result, configuration: [], stage, startedOn, finishedOn },
    };
    return { ...row, envelope: JSON.stringify(key.envelope(statement)) };
  });

/** A change that stood on this evidence by a policy with these rules; its journal says what the evaluation said. */
function stoodOn(
  rows: readonly EvidenceRow[],
  rules: Loose,
  change: Loose = {},
  refused: readonly RefusedEvidence[] = [],
): PastCase {
  const { plan, journal } = pastChange(rules, change);
  const { signers: named } = plan.policy.evidence;
  const signers = named && signersWithRoot({ signers: named });
  const told = (entry: JournalEntry): JournalEntry => {
    if (entry.type !== 'gate-evaluated' || !entry.gate.startsWith('stage-')) return entry;
    const findings = evaluatePlanStages(plan, rows, Date.parse(entry.at), { signers, refused });
    const found = findings.find(({ stage }) => entry.gate === `stage-${stage}`);
    if (!found || found.verdict === 'failed') throw new Error(`${entry.gate}: ${found?.found}`);
    return { ...entry, found: found.found, verdict: found.verdict, ...(found.proof && { proof: found.proof }) };
  };
  return { plan, journal: journal.map(told) };
}

describe('evidence that a change stood on', () => {
  const byCi = stoodOn(signed(ci), signedBy(signer('ci', ci)));

  it('counts by the key that signed it, whatever its name', () => {
    expect(evaluated(byCi, signedBy(signer('pipeline', ci)))).toEqual({ refused: [], notEvaluated: [] });
    expect(evaluated(byCi, unsigned)).toEqual({ refused: [], notEvaluated: [] });
  });

  it('does not count where the signer was replaced or removed, or signs for another stage', () => {
    const why = (stage: string, fault: string) =>
      `${signersPlace}: stage ${stage} was signed by ci (key ${ci.keyId}): not a key ${fault}`;
    const gone = stages.map((stage) => why(stage, 'of the signers'));
    expect(evaluated(byCi, signedBy(signer('ci', other))).refused).toEqual(gone);
    expect(evaluated(byCi, signedBy(signer('deploy', other))).refused).toEqual(gone);
    const narrowed = signedBy(signer('ci', ci, ['integration', 'context', 'system']), signer('lead', other));
    expect(evaluated(byCi, narrowed).refused).toEqual([
      why('learning', 'for this stage'),
      why('production', 'for this stage'),
    ]);
  });

  it('counts where one of two signers is left', () => {
    const [byFirst, bySecond] = [signed(ci), signed(other)];
    const both = byFirst.map((row, i): EvidenceRow => {
      const [one, two] = [row, bySecond[i]].map((each) => envelopeSchema.parse(JSON.parse(each?.envelope ?? '')));
      const signatures = [...(one?.signatures ?? []), ...(two?.signatures ?? [])];
      return { ...row, envelope: JSON.stringify({ ...one, signatures }) };
    });
    const past = stoodOn(both, signedBy(signer('ci', ci), signer('lead', other)));
    expect(evaluated(past, signedBy(signer('lead', other))).refused).toEqual([]);
    expect(evaluated(past, signedBy(signer('new', signingKey()))).refused).toContain(
      `${signersPlace}: stage system was signed by ci (key ${ci.keyId}), lead (key ${other.keyId}): not a key of the signers`,
    );
  });

  it('does not count where it is unsigned and the policy names signers', () => {
    const past = stoodOn(evidenceRows(), unsigned);
    expect(evaluated(past, signedBy(signer('ci', ci)))).toEqual({
      refused: stages.map((stage) => `${signersPlace}: stage ${stage} was proven by an unsigned statement`),
      notEvaluated: [],
    });
  });

  it('is not evaluated where it was signed and no signers had been required', () => {
    const past = stoodOn(signed(ci), unsigned);
    expect(evaluated(past, signedBy(signer('ci', ci)))).toEqual({ refused: [], notEvaluated: ['who signed evidence'] });
    expect(evaluated(past, unsigned)).toEqual({ refused: [], notEvaluated: [] });
  });

  it('is not replaced by newer evidence that did not count, which is reported where that might count now', () => {
    const newer = evidenceRows().filter(({ stage }) => stage === 'production');
    const later = newer.map((row) => ({ ...row, finishedOn: '2026-11-23T08:45:00.000Z', result: 'FAILED' as const }));
    const past = stoodOn([...signed(ci), ...later], signedBy(signer('ci', ci)));
    const found = past.journal.flatMap((entry) => (entry.type === 'gate-evaluated' ? [entry.found] : []));
    expect(found).toContainEqual(expect.stringMatching(/, signer ci; newer, not counted: 1 unsigned$/));
    expect(evaluated(past, signedBy(signer('ci', ci)))).toEqual({ refused: [], notEvaluated: [] });
    const notEvaluated = ['newer evidence that did not count then'];
    expect(evaluated(past, signedBy(signer('ci', ci), signer('lead', other)))).toEqual({ refused: [], notEvaluated });
    expect(evaluated(past, unsigned)).toEqual({ refused: [], notEvaluated });
  });

  it('is not replaced by evidence that was refused beside it', () => {
    const at = '2026-11-23T08:00:00.000Z';
    const forged = { stage: null, code: 'unknown-signer', detail: 'x', submittedBy: 'key:ci-shop', at } as const;
    const [{ artifactDigest } = { artifactDigest: '' }] = evidenceRows();
    const past = stoodOn(signed(ci), signedBy(signer('ci', ci)), {}, [{ ...forged, artifactDigest }]);
    const found = past.journal.flatMap((entry) => (entry.type === 'gate-evaluated' ? [entry.found] : []));
    expect(found).toContainEqual(
      expect.stringMatching(/, signer ci; an? \S+ submission was refused .*: unknown-signer, submitted by/),
    );
    expect(evaluated(past, signedBy(signer('ci', ci)))).toEqual({ refused: [], notEvaluated: [] });
  });

  it('counts only while its submitter may vouch for the service', () => {
    const past = stoodOn(evidenceRows(), unsigned);
    const robots = [{ ...policyDocument().robots[0], services: ['cart'] }];
    const all = 'integration, context, system, learning, production';
    expect(evaluated(past, unsigned, { robots }).refused).toContain(
      `/robots: evidence of ${all} was submitted by key:ci-shop, who may not vouch for shop`,
    );
    expect(evaluated(byCi, signedBy(signer('ci', ci)), { robots }).notEvaluated).toEqual([
      'who submitted signed evidence',
    ]);
  });

  it('that was too old and waived in an emergency is held to its age where that is not waived', () => {
    const emergency = (...waives: string[]) => ({
      emergency: { role: 'change-manager', waives, review: { within: '48h', blocksNext: false } },
    });
    const old = { evidence: { maxAge: '1h' }, ...emergency('evidence-age') };
    const past = stoodOn(evidenceRows(), old, { type: 'emergency', ticket: 'INC-7' });
    expect(past.journal.filter((entry) => 'verdict' in entry && entry.verdict === 'waived')).not.toEqual([]);
    expect(evaluated(past, old)).toEqual({ refused: [], notEvaluated: [] });
    expect(evaluated(past, { ...old, ...emergency('quorum') }).refused).toEqual(
      ['integration', 'context', 'system', 'learning'].map((stage) =>
        expect.stringMatching(`evidence/maxAge: stage ${stage} was \\d .*old, more than 1 h`),
      ),
    );
    expect(evaluated(past, { ...unsigned, ...emergency('quorum') }).refused).toEqual([]);
    expect(evaluated(past, { ...signedBy(signer('ci', ci)), ...emergency('quorum') }).refused).toEqual(
      stages.map((stage) => `${signersPlace}: stage ${stage} was proven by an unsigned statement`),
    );
  });

  it('is not evaluated where the journal does not hold the whole proof', () => {
    for (const leftOut of [null, { '/proof/vouched/by': 3 }]) {
      const journal = byCi.journal.map((entry): JournalEntry => {
        if (entry.type !== 'gate-evaluated') return entry;
        const { proof: _, ...rest } = entry;
        return leftOut === null ? rest : { ...entry, leftOut };
      });
      expect(evaluated({ ...byCi, journal }, signedBy(signer('ci', ci)))).toEqual({
        refused: [],
        notEvaluated: ['the age of evidence', 'who signed evidence'],
      });
    }
  });
});

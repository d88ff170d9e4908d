import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { stages } from '../../../src/domain/evidence/evidence.ts';
import type { JournalEntry } from '../../../src/domain/journal.ts';
import type { Attestation, SignedSummary, VerificationSummary } from '../../../src/domain/record/summary.ts';
import { buildRecord } from '../../../src/domain/record.ts';
import { renderRecord } from '../../../src/domain/record-markdown.ts';
import { attestationKeyOf } from '../../../src/main/attestation-key.ts';
import { goodJournal, type JournalFixture, rolledBackJournal } from '../../support/journal.ts';
import { digestFilledWith } from '../domain/planning-input.ts';

const attestation = attestationKeyOf(new Uint8Array(32).fill(7));

function recordOf({ plan, planDigest, journal }: JournalFixture, by: Attestation = attestation) {
  return buildRecord(plan, planDigest, journal, { state: 'final', attestation: by });
}
function summaryOf(given: JournalFixture, by?: Attestation): SignedSummary {
  const { summary } = recordOf(given, by).certification;
  if (!summary) throw new Error('no summary');
  return summary;
}
const resultOf = (given: JournalFixture) => summaryOf(given).statement.predicate.verificationResult;
const certificationIn = (markdown: string) =>
  /## Deployment Certification\n([\s\S]*?)\n## /.exec(markdown)?.[1]?.trim().split('\n') ?? [];

describe('the summary of a certification', () => {
  it('names artifact, policy, plan and all evidence by digest', () => {
    const given = goodJournal();
    const { plan, planDigest } = given;
    expect(summaryOf(given).statement).toMatchObject({
      subject: [{ name: plan.artifact.uri, digest: { sha256: plan.artifact.digest.slice(7) } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        resourceUri: plan.artifact.uri,
        policy: { digest: { sha256: plan.policy.digest.slice(7) } },
        inputAttestations: stages.map((stage, i) => ({
          uri: `urn:gantry:evidence:${stage}`,
          digest: { sha256: digestFilledWith(String(i + 1)).slice(7) },
        })),
        verificationResult: 'PASSED',
        gantry_deployment: 'shop.production.7',
        gantry_plan: { digest: { sha256: planDigest.slice(7) } },
      },
    });
  });

  it('is signed, as anybody can verify who knows the public key', () => {
    const { envelope, signer, statement } = summaryOf(goodJournal());
    const payload = Buffer.from(envelope?.payload ?? '', 'base64');
    expect(JSON.parse(payload.toString()) as VerificationSummary).toEqual(statement);
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(signer?.key ?? '', 'hex')]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const signed = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
    const [signature] = envelope?.signatures ?? [];
    expect(verify(null, signed, key, Buffer.from(signature?.sig ?? '', 'base64'))).toBe(true);
    expect(signature?.keyid).toBe(signer?.keyId);
  });

  it('has the same bytes for the same journal', () => {
    expect(recordOf(goodJournal())).toEqual(recordOf(goodJournal()));
    expect(renderRecord(recordOf(goodJournal()))).toBe(renderRecord(recordOf(goodJournal())));
  });

  it('ends the certification in Markdown, with the key that signed it', () => {
    const lines = certificationIn(renderRecord(recordOf(goodJournal())));
    expect(lines.at(-3)).toBe('| Verification summary | Plan | Policy | Evidence | Signed by |');
    expect(lines.at(-1)).toMatch(
      new RegExp(
        `^\\| \\*\\*PASSED\\*\\* at 2026-.*Z \\| .* \\| \`sha256:8888…888\` \\| integration \`sha256:1111…111\`, .*, production \`sha256:5555…555\` \\| key \`${attestation.keyId}\` \\(ed25519\\) \\|$`,
      ),
    );
  });

  it('says that it is not signed where there is no key, or the record is not published yet', () => {
    for (const [by, why] of [
      ['no-key', 'the worker has no attestation key'],
      ['unpublished', 'it is when the record is published'],
    ] as const) {
      expect(summaryOf(goodJournal(), by)).toMatchObject({ envelope: null, signer: null, unsigned: by });
      expect(certificationIn(renderRecord(recordOf(goodJournal(), by))).at(-1)).toContain(`**not signed**: ${why}`);
    }
  });

  it('says PASSED only where every required gate has passed and the first step was let go', () => {
    const { journal, ...rest } = goodJournal();
    expect(resultOf({ ...rest, journal })).toBe('PASSED');
    expect(resultOf(rolledBackJournal())).toBe('PASSED');
    const until = (end: (entry: JournalEntry) => boolean) => journal.slice(0, journal.findIndex(end));
    expect(resultOf({ ...rest, journal: until(({ type }) => type === 'step-started') })).toBe('FAILED');
    const failing = (gate: string) =>
      journal.map((entry) =>
        entry.type === 'gate-evaluated' && entry.gate === gate ? { ...entry, verdict: 'failed' as const } : entry,
      );
    for (const gate of ['stage-system', 'readiness', 'approval'])
      expect(resultOf({ ...rest, journal: failing(gate) })).toBe('FAILED');
  });

  it('is not made of a repair, which certifies nothing', () => {
    const { plan, ...rest } = goodJournal();
    const repair = { of: 'shop.production.6', reason: '', owed: [], live: null } as unknown as NonNullable<
      typeof plan.repair
    >;
    expect(recordOf({ ...rest, plan: { ...plan, repair } }).certification.summary).toBeNull();
  });
});

import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import { stages } from '../../../../src/domain/base/stages.ts';
import type { EntryOf, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import type { SignedSummary, VerificationSummary } from '../../../../src/domain/record/verification-summary.ts';
import type { Attestation } from '../../../../src/domain/trust/attestation-key.ts';
import { openEnvelope } from '../../../../src/domain/trust/envelope.ts';
import { attestationKeyOf } from '../../../../src/main/keys/attestation-key.ts';
import { goodJournal, type JournalFixture, rehearsedJournal, rolledBackJournal } from '../../../support/journal.ts';
import { digestFilledWith } from '../planning-input.ts';

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

  it('is signed, which the public key verifies', () => {
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

  it('states that it is not signed where there is no key, or the record is not published yet', () => {
    for (const [by, why] of [
      ['no-key', 'the worker has no attestation key'],
      ['unpublished', 'it is when the record is published'],
    ] as const) {
      expect(summaryOf(goodJournal(), by)).toMatchObject({ envelope: null, signer: null, unsigned: by });
      expect(certificationIn(renderRecord(recordOf(goodJournal(), by))).at(-1)).toContain(`**not signed**: ${why}`);
    }
  });

  it('has PASSED only where every required gate has passed and the first step was started', () => {
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
    const repair = { of: 'shop.production.6', reason: '', outstanding: [], live: null } as unknown as NonNullable<
      typeof plan.repair
    >;
    expect(recordOf({ ...rest, plan: { ...plan, repair } }).certification.summary).toBeNull();
  });

  it('is not made of a rehearsal, which brings no release', () => {
    const record = recordOf(rehearsedJournal());
    expect(record.certification.summary).toBeNull();
    expect(renderRecord(record)).not.toContain('Verification summary');
  });
});

type Change = (plan: Plan) => Partial<Plan>;
type Evaluated = Pick<EntryOf<'gate-evaluated'>, 'gate' | 'verdict'> & { readonly fault?: 'too-old' | 'failed' };

/** The good deployment under another plan, with these gates evaluated last of all before its first step. */
function evaluatedAs(change: Change, ...gates: readonly Evaluated[]): JournalFixture {
  const good = goodJournal();
  const plan = { ...good.plan, ...change(good.plan) };
  const first = good.journal.findIndex(({ type }) => type === 'step-started');
  const { at } = good.journal[first] as JournalEntry;
  const said = { type: 'gate-evaluated', moment: 'grant', required: 'as ever', found: 'as it was' } as const;
  const evaluated = gates.map((gate): JournalEntry => ({ v: 1, seq: 0, at, ...said, ...gate }));
  const journal = good.journal.toSpliced(first, 0, ...evaluated).map((entry, i) => ({ ...entry, seq: i + 1 }));
  return { plan, planDigest: digestOfJson(plan), journal };
}

describe('the summary of an emergency', () => {
  const emergency =
    (...waives: NonNullable<Plan['policy']['emergency']>['waives']): Change =>
    ({ change, policy }) => {
      const terms = { role: 'support', quorum: policy.approvals.rules, reviewWithinMs: 1, blocksNext: true };
      return {
        change: { ...change, type: 'emergency' },
        policy: { ...policy, rehearsal: { maxAgeMs: 1, environment: 'staging' }, emergency: { ...terms, waives } },
      };
    };
  const rehearsed = { gate: 'rehearsal', verdict: 'passed' } as const;
  const old = (gate: Evaluated['gate']): Evaluated => ({ gate, verdict: 'waived', fault: 'too-old' });
  const predicateOf = (given: JournalFixture) => summaryOf(given).statement.predicate;

  it('has PASSED and names what was waived, under the signature', () => {
    const given = evaluatedAs(
      emergency('evidence-age', 'rehearsal-age', 'rollback-checks', 'quorum'),
      old('stage-system'),
      old('rehearsal'),
      { gate: 'rollback-checks', verdict: 'waived' },
    );
    const { envelope, statement } = summaryOf(given);
    expect(statement.predicate).toMatchObject({
      verificationResult: 'PASSED',
      verifiedLevels: ['GANTRY_REQUIRED_GATES'],
      gantry_waived: ['stage-system', 'rehearsal', 'rollback-checks', 'quorum'],
    });
    if (!envelope) throw new Error('not signed');
    const opened = openEnvelope(envelope, [attestation]);
    expect(opened).toMatchObject({ kind: 'verified', keys: [{ keyId: attestation.keyId }] });
    const payload = opened.kind === 'verified' ? opened.payload : new Uint8Array();
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(statement);
    // Whoever leaves out what was waived has another signature to make.
    const { gantry_waived: _, ...rest } = statement.predicate;
    const bare = Buffer.from(canonicalJson({ ...statement, predicate: rest })).toString('base64');
    expect(openEnvelope({ ...envelope, payload: bare }, [attestation])).toMatchObject({ code: 'signature-invalid' });
  });

  it('names nothing where everything passed, except the quorum that was waived', () => {
    expect(predicateOf(evaluatedAs(emergency('evidence-age'), rehearsed))).not.toHaveProperty('gantry_waived');
    expect(predicateOf(evaluatedAs(emergency('quorum'), rehearsed))).toMatchObject({ gantry_waived: ['quorum'] });
    expect(predicateOf(goodJournal())).not.toHaveProperty('gantry_waived');
  });

  it.each<readonly [string, Change, readonly Evaluated[]]>([
    ['the policy does not waive', emergency('window'), [rehearsed, old('stage-system')]],
    ['is no emergency', ({ change }) => ({ change }), [old('stage-system')]],
    [
      'failed for more than its age',
      emergency('evidence-age'),
      [rehearsed, { gate: 'stage-system', verdict: 'waived', fault: 'failed' }],
    ],
    [
      'was rightly waived only before',
      emergency('evidence-age'),
      [rehearsed, old('stage-system'), { gate: 'stage-system', verdict: 'waived', fault: 'failed' }],
    ],
    ['nothing ever waives', emergency('evidence-age'), [rehearsed, { gate: 'readiness', verdict: 'waived' }]],
  ])('has FAILED and does not name it where what %s was waived', (_, change, gates) => {
    const { verificationResult, verifiedLevels, ...rest } = predicateOf(evaluatedAs(change, ...gates));
    expect([verificationResult, verifiedLevels]).toEqual(['FAILED', ['FAILED']]);
    expect(rest).not.toHaveProperty('gantry_waived');
  });
});

describe('a gate that was evaluated as not required', () => {
  const asks: Change = ({ policy }) => ({ policy: { ...policy, rehearsal: { maxAgeMs: 1, environment: 'staging' } } });
  const unasked: Evaluated = { gate: 'rehearsal', verdict: 'not-required' };

  it('is neither passed nor waived where the policy does not require it', () => {
    const given = evaluatedAs(() => ({}), unasked);
    expect(summaryOf(given).statement.predicate).toMatchObject({ verificationResult: 'PASSED' });
    expect(summaryOf(given).statement.predicate).not.toHaveProperty('gantry_waived');
    expect(recordOf(given).certification.gates.map(({ gate }) => gate)).not.toContain('rehearsal');
    expect(renderRecord(recordOf(given))).toMatch(/Not required by policy .*: a rehearsal of the rollback/);
  });

  it('is not passed where the policy requires it', () => {
    const { certification } = recordOf(evaluatedAs(asks, unasked));
    expect(certification.summary?.statement.predicate.verificationResult).toBe('FAILED');
    expect(certification.notPassed).toEqual(['Rollback rehearsed: not evaluated']);
    expect(resultOf(evaluatedAs(asks, { gate: 'rehearsal', verdict: 'passed' }))).toBe('PASSED');
  });
});

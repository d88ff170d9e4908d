import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../../src/domain/base/canonical-json.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { type Stage, stages } from '../../../../src/domain/base/stages.ts';
import { type EvidenceRules, weighingBy } from '../../../../src/domain/evidence/counts-as-evidence.ts';
import { evaluateStages, newestDigests } from '../../../../src/domain/evidence/evaluate-stages.ts';
import { type EvidenceRow, type RefusedEvidence } from '../../../../src/domain/evidence/evidence.ts';
import { type Statement } from '../../../../src/domain/evidence/statement.ts';
import { sortSubmission } from '../../../../src/domain/evidence/submission.ts';
import { evidenceSubmissionSchema } from '../../../../src/domain/evidence/submission-schema.ts';
import { evaluatePlanStages } from '../../../../src/domain/gates/plan-stages.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { notRequired } from '../../../../src/domain/record/not-required.ts';
import type { Envelope } from '../../../../src/domain/trust/envelope.ts';
import { signerOf, signingKey } from '../../../support/signing.ts';
import {
  artifactDigest,
  digestFilledWith,
  environmentDocument,
  evidenceRows,
  planningInput,
  policyDocument,
  policyDocumentWith,
} from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const maxAgeMs = 7 * 86_400_000;
const ci = signingKey();
const nightly = signingKey('ecdsa-p256');
const stranger = signingKey();
const signers = [signerOf('ci', ci.pem), signerOf('nightly', nightly.pem, ['system', 'production'])];

/** A statement as a pipeline makes it; each stage takes half an hour and begins an hour after the one before. */
function statement(stage: Stage, predicate: object = {}, digest = artifactDigest): Statement {
  const hour = 4 + stages.indexOf(stage);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: 'PASSED',
      configuration: [],
      stage,
      startedOn: `2026-11-23T0${hour}:00:00Z`,
      finishedOn: `2026-11-23T0${hour}:30:00Z`,
      ...predicate,
    },
  };
}

const submitter = { submittedBy: 'key:ci-shop', now, signers };
const submit = (envelope: Envelope, more: { artifact?: string } = {}) =>
  sortSubmission({ evidence: [{ envelope }], ...more }, submitter);
const codesOf = (envelope: Envelope, more: { artifact?: string } = {}) =>
  submit(envelope, more).issues.map(({ code }) => code);

/** A row as the store has it after it was accepted, signed by anybody. */
function row(envelope: Envelope, change: Partial<EvidenceRow> = {}): EvidenceRow {
  const signed = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Statement;
  const { stage, result, startedOn, finishedOn } = signed.predicate;
  return {
    digest: digestOf(canonicalJson(envelope)),
    artifactDigest: `sha256:${signed.subject[0]?.digest.sha256}`,
    stage,
    result,
    startedOn,
    finishedOn,
    url: null,
    submittedBy: 'key:ci-shop',
    submittedAt: finishedOn,
    envelope: canonicalJson(envelope),
    ...change,
  };
}

const allSigned = () => stages.map((stage) => row(ci.envelope(statement(stage))));
const unsigned = (stage: Stage, predicate: object = {}) =>
  row(ci.envelope(statement(stage, predicate)), { envelope: null, digest: digestFilledWith('9') });

const evaluate = (
  rows: readonly EvidenceRow[],
  rules: EvidenceRules & { refused?: readonly RefusedEvidence[] } = { signers },
) => evaluateStages(rows, artifactDigest, now, maxAgeMs, rules);
const faultsOf = (...args: Parameters<typeof evaluate>) =>
  Object.fromEntries(evaluate(...args).flatMap(({ stage, fault }) => (fault === null ? [] : [[stage, fault]])));
const foundOf = (stage: Stage, ...args: Parameters<typeof evaluate>) =>
  evaluate(...args).find((finding) => finding.stage === stage)?.found;

const replacing = (stage: Stage, ...rows: EvidenceRow[]) => [
  ...allSigned().filter((one) => one.stage !== stage),
  ...rows,
];

describe('an envelope at its submission', () => {
  it.each([
    ['ed25519', ci, 'integration'],
    ['ECDSA P-256', nightly, 'system'],
  ] as const)('is taken with a signature of %s by a signer of the policy', (_, key, stage) => {
    const { taken, issues } = submit(key.envelope(statement(stage)), { artifact: artifactDigest });
    expect(issues).toEqual([]);
    expect(taken).toMatchObject([{ row: { artifactDigest, stage, result: 'PASSED', submittedBy: 'key:ci-shop' } }]);
    expect(taken[0]?.signers).toEqual([key === ci ? 'ci' : 'nightly']);
  });

  it('needs no hint at its key, and one of a stranger beside it does no harm', () => {
    const envelope = ci.envelope(statement('system'));
    const [own] = envelope.signatures.map(({ sig }) => ({ sig }));
    const [other] = stranger.envelope(statement('system')).signatures;
    expect(codesOf({ ...envelope, signatures: [other, own] as Envelope['signatures'] })).toEqual([]);
  });

  it('is refused as unknown-signer with a key that the policy does not name', () => {
    expect(codesOf(stranger.envelope(statement('system')))).toEqual(['unknown-signer']);
  });

  it('is refused as signer-not-allowed with the right key for another stage', () => {
    expect(codesOf(nightly.envelope(statement('learning')))).toEqual(['signer-not-allowed']);
  });

  it.each([
    ['payload', statement('system', { result: 'FAILED' })],
    ['payload that is no JSON', '{'],
  ] as const)('is refused as signature-invalid with an altered %s, which nobody parses', (_, altered) => {
    const text = typeof altered === 'string' ? altered : JSON.stringify(altered);
    const payload = Buffer.from(text).toString('base64');
    expect(codesOf({ ...ci.envelope(statement('system')), payload })).toEqual(['signature-invalid']);
  });

  it('is refused as signature-invalid where its signature names another known key', () => {
    const envelope = ci.envelope(statement('system'));
    const signatures = envelope.signatures.map(({ sig }) => ({ sig, keyid: nightly.keyId }));
    expect(codesOf({ ...envelope, signatures })).toEqual(['signature-invalid']);
  });

  it.each([
    ['the same one twice', ci],
    ['two different ones', nightly],
  ])('is refused as duplicate-signature with two signatures of one key: %s', (_, key) => {
    const text = JSON.stringify(statement('system'));
    const signatures = [{ keyid: key.keyId, sig: key.signatureOf(text) }, { sig: key.signatureOf(text) }];
    expect(codesOf({ ...key.envelope(text), signatures })).toEqual(['duplicate-signature']);
  });

  it('is refused as unknown-predicate where it proves something else', () => {
    const about = { ...statement('system'), predicateType: 'https://slsa.dev/provenance/v1', predicate: { x: 1 } };
    expect(codesOf(ci.envelope(about))).toEqual(['unknown-predicate']);
  });

  it('is refused as evidence-too-large with a predicate of 1 MiB, signed or not', () => {
    const huge = statement('system', { configuration: [{ note: 'x'.repeat(1024 * 1024) }] });
    expect(codesOf(ci.envelope(huge))).toEqual(['evidence-too-large']);
    const bare = sortSubmission({ evidence: [{ statement: { ...huge } }] }, submitter);
    expect(bare.issues).toMatchObject([{ code: 'evidence-too-large', pointer: '/evidence/0/statement' }]);
    expect(bare.refused).toMatchObject([{ artifactDigest, stage: 'system' }]);
  });

  it('is refused as other-artifact where it was sent for another digest', () => {
    const artifact = digestFilledWith('0');
    const { issues, refused } = submit(ci.envelope(statement('system')), { artifact });
    expect(issues.map(({ code }) => code)).toEqual(['other-artifact']);
    expect(refused).toMatchObject([{ artifactDigest: artifact, stage: 'system', code: 'other-artifact' }]);
  });

  it('is refused as invalid-evidence where what was signed breaks a rule, with the place', () => {
    const { issues } = submit(ci.envelope(statement('system', { result: 'GREEN' })));
    expect(issues).toMatchObject([
      { code: 'invalid-evidence', pointer: '/evidence/0/envelope/payload/predicate/result' },
    ]);
    expect(codesOf(ci.envelope('{'))).toEqual(['invalid-evidence']);
    expect(codesOf(ci.envelope('['.repeat(50_000) + ']'.repeat(50_000)))).toEqual(['invalid-evidence']);
    expect(codesOf({ ...ci.envelope(statement('system')), payload: '§' })).toEqual(['invalid-evidence']);
  });

  it('is refused where a key stands twice in what was signed, which may be read as either', () => {
    const text = JSON.stringify(statement('system'));
    for (const twice of [
      text.replace('"result":"PASSED"', '"result":"FAILED","result":"PASSED"'),
      text.replace('"result":"PASSED"', '"r\\u0065sult":"FAILED","result":"PASSED"'),
      text.replace('{', '{"_type":"https://in-toto.io/Statement/v1",'),
    ])
      expect(submit(ci.envelope(twice)).issues).toMatchObject([
        { code: 'invalid-evidence', detail: expect.stringContaining('stands twice') as string },
      ]);
  });

  it('is refused where it passed with failed tests', () => {
    expect(submit(ci.envelope(statement('system', { failedTests: ['pays'] }))).issues).toMatchObject([
      { code: 'invalid-evidence', pointer: '/evidence/0/envelope/payload/predicate/failedTests' },
    ]);
    for (const predicate of [{ failedTests: [] }, { result: 'FAILED', failedTests: ['pays'] }])
      expect(codesOf(ci.envelope(statement('system', predicate)))).toEqual([]);
  });

  it('is taken with fields that nobody here knows, more digests and more tests than are needed', () => {
    const plain = statement('system');
    const [subject] = plain.subject;
    const more = {
      ...plain,
      note: 'x',
      subject: [{ ...subject, uri: 'pkg:oci/shop', digest: { ...subject?.digest, sha512: 'ab'.repeat(64) } }],
      predicate: {
        ...plain.predicate,
        counts: { tests: 2_000 },
        harness: { name: 'any' },
        passedTests: Array.from({ length: 2_000 }, (_, i) => `test ${i}`),
      },
    };
    const envelope = ci.envelope(more);
    const signatures = envelope.signatures.map((one) => ({ ...one, cert: 'x' }));
    const body = { evidence: [{ envelope: { ...envelope, signatures, annotations: {} } }] };
    const { taken, issues } = sortSubmission(evidenceSubmissionSchema.parse(body), submitter);
    expect(issues).toEqual([]);
    expect(taken).toMatchObject([
      { row: { artifactDigest, stage: 'system', digest: digestOf(canonicalJson(envelope)) } },
    ]);
  });

  const formsOf = (one: Envelope): readonly Envelope[] => {
    const [signature] = one.signatures;
    const sig = signature?.sig ?? '';
    const urlSafe = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const [foreign] = stranger.envelope(statement('system')).signatures as [Envelope['signatures'][number]];
    return [
      one,
      { ...one, payload: urlSafe(one.payload), signatures: [{ sig: urlSafe(sig) }] },
      { ...one, payload: one.payload.replaceAll('=', ''), signatures: [{ keyid: 'mine', sig }] },
      { ...one, signatures: [foreign, { sig }] },
    ];
  };
  const otherS = (sig: string) => {
    const { r, s } = p256.Signature.fromBytes(Buffer.from(sig, 'base64'), 'der');
    return Buffer.from(new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes('der')).toString('base64');
  };

  it('is one piece of evidence however it is written: in another base64, with other signatures, with the other s', () => {
    const byCi = ci.envelope(statement('system'));
    const byNightly = nightly.envelope(statement('system'));
    const [{ sig } = { sig: '' }] = byNightly.signatures;
    const mirrored = { ...byNightly, signatures: [{ keyid: nightly.keyId, sig: otherS(sig) }] };
    expect(otherS(sig)).not.toBe(sig);
    for (const forms of [formsOf(byCi), [...formsOf(byNightly), mirrored]]) {
      const kept = forms.map((one) => submit(one).taken[0]?.row);
      expect(new Set(kept.map((one) => one?.digest)).size).toBe(1);
      for (const one of kept) {
        expect(digestOf(one?.envelope ?? '')).toBe(one?.digest);
        expect(faultsOf(replacing('system', one as EvidenceRow))).toEqual({});
      }
    }
    expect(submit(byCi).taken[0]?.row.envelope).toBe(canonicalJson(byCi));
  });

  it('of which two signers of the policy signed is another proof than that of one', () => {
    const [byCi, byNightly] = [ci, nightly].map((key) => key.envelope(statement('system'))) as [Envelope, Envelope];
    const orders = [
      [byCi, byNightly],
      [byNightly, byCi],
    ].map((both) => ({ ...byCi, signatures: both.flatMap(({ signatures }) => signatures) }));
    const digests = [...orders, byCi].map((one) => submit(one).taken[0]?.row.digest);
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it.each<[string, object, string, string]>([
    [
      'a Sigstore bundle',
      {
        envelope: {
          mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
          dsseEnvelope: ci.envelope(statement('system')),
          verificationMaterial: {},
        },
      },
      '',
      `send what stands in its dsseEnvelope as \`envelope\`; certificates and transparency logs are not looked at, since the policy names no identity of Sigstore: only signatures of ci (ed25519, ${ci.keyId}), nightly (ecdsa-p256, ${nightly.keyId}) count`,
    ],
    [
      'a bundle around a file',
      { statement: { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2', messageSignature: {} } },
      '',
      'send an envelope (DSSE) around an in-toto statement of _type https://in-toto.io/Statement/v1',
    ],
    [
      'a signed Statement v0.1',
      { envelope: ci.envelope({ ...statement('system'), _type: 'https://in-toto.io/Statement/v0.1' }) },
      '/payload/_type',
      'this is a statement of v0.1: send an in-toto statement of _type https://in-toto.io/Statement/v1',
    ],
    [
      'a Statement v0.1',
      { statement: { ...statement('system'), _type: 'https://in-toto.io/Statement/v0.1' } },
      '/_type',
      'gantry evidence sign makes one',
    ],
    ['a statement as envelope', { envelope: { ...statement('system') } }, '', 'send it as `statement`'],
    ['an envelope as statement', { statement: { ...ci.envelope(statement('system')) } }, '', 'send it as `envelope`'],
  ])('is answered with what to send in place of %s', (_, item, pointer, words) => {
    const { evidence } = evidenceSubmissionSchema.parse({ evidence: [item] });
    const { taken, issues } = sortSubmission({ evidence }, submitter);
    expect(taken).toEqual([]);
    const at = `/evidence/0/${'envelope' in item ? 'envelope' : 'statement'}${pointer}`;
    expect(issues).toMatchObject([
      { code: 'unsupported-evidence', pointer: at, detail: expect.stringContaining(words) as string },
    ]);
  });

  it('is shown at the gate where it was refused for its form', () => {
    const dsseEnvelope = ci.envelope(statement('system'));
    const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const { refused } = sortSubmission({ evidence: [{ envelope: { mediaType, dsseEnvelope } }] }, submitter);
    expect(refused).toMatchObject([{ artifactDigest, stage: 'system', code: 'unsupported-evidence' }]);
  });

  it('counts for each artifact that its subjects name, or for the one that is meant', () => {
    const other = digestFilledWith('0');
    const subject = [
      { name: 'sources', digest: { gitCommit: 'ab'.repeat(20) } },
      ...[other, artifactDigest, other].map((digest, i) => ({
        name: `${'x'.repeat(600)}${i}`,
        digest: { sha256: digest.slice('sha256:'.length), sha512: 'ab'.repeat(64) },
      })),
    ];
    const envelope = ci.envelope({ ...statement('system'), subject });
    const about = (more: { artifact?: string } = {}) => submit(envelope, more).taken.map(({ row: one }) => one);
    expect(about().map((one) => one.artifactDigest)).toEqual([other, artifactDigest]);
    expect(about({ artifact: artifactDigest }).map((one) => one.artifactDigest)).toEqual([artifactDigest]);
    expect(codesOf(envelope, { artifact: digestFilledWith('1') })).toEqual(['other-artifact']);
    for (const one of about({ artifact: artifactDigest })) expect(faultsOf(replacing('system', one))).toEqual({});
    const many = Array.from({ length: 21 }, (_, i) => ({ digest: { sha256: String(i).padStart(64, '0') } }));
    const wide = ci.envelope({ ...statement('system'), subject: many });
    expect(submit(wide).issues).toMatchObject([
      { code: 'invalid-evidence', detail: expect.stringContaining('say by `artifact`') as string },
    ]);
    expect(codesOf(wide, { artifact: `sha256:${'7'.padStart(64, '0')}` })).toEqual([]);
    expect(codesOf(ci.envelope({ ...statement('system'), subject: subject.slice(0, 1) }))).toEqual([
      'invalid-evidence',
    ]);
  });

  it('is taken with names of tests as their tools write them', () => {
    const names = {
      passedTests: ['', 'x'.repeat(5_000), 'a\u0000\u001b[31mb'],
      configuration: Array.from({ length: 60 }, () => ({ name: 'x' })),
    };
    expect(codesOf(ci.envelope(statement('system', names)))).toEqual([]);
  });

  it('is kept as refused, by what it claims to be about', () => {
    const { refused } = submit(stranger.envelope(statement('learning')));
    expect(refused).toMatchObject([
      {
        artifactDigest,
        stage: 'learning',
        code: 'unknown-signer',
        submittedBy: 'key:ci-shop',
        at: '2026-11-23T09:00:00.000Z',
      },
    ]);
    expect(submit(stranger.envelope('nonsense')).refused).toEqual([]);
  });
});

describe('signed evidence at the gate', () => {
  it('passes, and the gate names the signer', () => {
    expect(faultsOf(allSigned())).toEqual({});
    expect(foundOf('learning', allSigned())).toBe('finished 2026-11-23T07:30:00.000Z, signer ci');
    expect(evaluate(allSigned())[2]?.required).toBe('passed, after context, ≤ 7 d, signed by ci or nightly');
  });

  const altered = () => {
    const failed = ci.envelope(statement('system', { result: 'FAILED' }));
    return row({ ...failed, payload: ci.envelope(statement('system')).payload });
  };
  const older = { startedOn: '2026-11-13T08:00:00Z', finishedOn: '2026-11-13T08:30:00Z' };
  it.each<[string, Stage, EvidenceRow, string]>([
    ['of a key that the policy does not name', 'system', row(stranger.envelope(statement('system'))), 'unknown-signer'],
    [
      'of the right key for the wrong stage',
      'learning',
      row(nightly.envelope(statement('learning'))),
      'signer-not-allowed',
    ],
    ['of nobody', 'system', unsigned('system'), 'unsigned'],
    ['of an altered payload', 'system', altered(), 'signature-invalid'],
    [
      'that began too early',
      'context',
      row(ci.envelope(statement('context', { startedOn: '2026-11-23T04:29:59Z' }))),
      'out-of-order',
    ],
    ['that is too old', 'integration', row(ci.envelope(statement('integration', older))), 'too-old'],
    ['that failed', 'system', row(ci.envelope(statement('system', { result: 'FAILED' }))), 'failed'],
  ])('does not count %s', (_, stage, one, fault) => {
    expect(faultsOf(replacing(stage, one))).toMatchObject({ [stage]: fault });
  });

  it('does not count for another artifact, even where the store files it under this one', () => {
    const other = ci.envelope(statement('system', {}, digestFilledWith('0')));
    expect(faultsOf(replacing('system', row(other)))).toMatchObject({ system: 'missing' });
    expect(faultsOf(replacing('system', row(other, { artifactDigest })))).toMatchObject({ system: 'other-artifact' });
    const wrongStage = row(ci.envelope(statement('context')), { stage: 'system' });
    expect(faultsOf(replacing('system', wrongStage))).toMatchObject({ system: 'signature-invalid' });
  });

  it('is evaluated by what was signed, whatever the store has beside it', () => {
    const failed = row(ci.envelope(statement('system', { result: 'FAILED' })), { result: 'PASSED' });
    expect(faultsOf(replacing('system', failed))).toMatchObject({ system: 'failed' });
  });

  it('is replaced by a newer failure that is signed, and by no other', () => {
    const later = { result: 'FAILED', startedOn: '2026-11-23T08:40:00Z', finishedOn: '2026-11-23T08:50:00Z' };
    const production = statement('production', later);
    expect(faultsOf([...allSigned(), row(ci.envelope(production))])).toEqual({ production: 'failed' });
    for (const newer of [unsigned('production', later), row(stranger.envelope(production))]) {
      expect(faultsOf([...allSigned(), newer])).toEqual({});
      expect(newestDigests([...allSigned(), newer], weighingBy({ signers })).production).toBe(allSigned()[4]?.digest);
    }
    expect(foundOf('production', [...allSigned(), unsigned('production', later)])).toBe(
      'finished 2026-11-23T08:30:00.000Z, signer ci; newer, not counted: 1 unsigned',
    );
  });

  it('gives way to a worse one of the same second, whichever came later', () => {
    const failed = ci.envelope(statement('system', { result: 'FAILED' }));
    for (const submittedAt of ['2026-11-23T06:00:00Z', '2026-11-23T08:00:00Z'])
      expect(faultsOf([...allSigned(), row(failed, { submittedAt })])).toMatchObject({ system: 'failed' });
    const inSecond = { result: 'PASSED', finishedOn: '2026-11-23T06:30:00.900Z' };
    const [warned, later] = [{ result: 'WARNED' }, inSecond].map((one) => row(ci.envelope(statement('system', one))));
    expect(faultsOf([...allSigned(), ...(warned && later ? [warned, later] : [])])).toMatchObject({ system: 'failed' });
  });

  it('is believed as submitted where the policy names no signers', () => {
    const rows = [...stages.slice(1).map((stage) => unsigned(stage)), row(stranger.envelope(statement('integration')))];
    expect(faultsOf(rows, { signers: null })).toEqual({});
    expect(foundOf('system', rows, {})).toBe('finished 2026-11-23T06:30:00.000Z, unsigned, submitted by key:ci-shop');
    expect(foundOf('integration', rows, {})).toContain('signature not asked for, submitted by key:ci-shop');
  });

  it('counts only from those who may vouch here', () => {
    const rules = { signers, mayVouch: (subject: string) => subject !== 'key:ci-bank' };
    const foreign = replacing('system', row(ci.envelope(statement('system')), { submittedBy: 'key:ci-bank' }));
    expect(faultsOf(foreign, rules)).toMatchObject({ system: 'forbidden' });
  });

  it('that was refused is shown whether a stage passes or not, the newest three each and the others as a number', () => {
    const refusal = (stage: Stage | null, minute: number): RefusedEvidence => ({
      artifactDigest,
      stage,
      code: 'unknown-signer',
      detail: '',
      submittedBy: 'key:ci-shop',
      at: `2026-11-23T08:5${minute}:00.000Z`,
    });
    const refused = [refusal('system', 1), refusal('integration', 2)];
    const other = { ...refusal('integration', 3), artifactDigest: `sha256:${'0'.repeat(64)}` };
    const rows = allSigned().filter(({ stage }) => stage !== 'system');
    expect(foundOf('system', rows, { signers, refused })).toBe(
      'no evidence for this artifact digest; refused 2026-11-23T08:51:00.000Z: unknown-signer, submitted by key:ci-shop',
    );
    expect(foundOf('integration', rows, { signers, refused: [...refused, other] })).toBe(
      'finished 2026-11-23T04:30:00.000Z, signer ci; a later submission was refused 2026-11-23T08:52:00.000Z: unknown-signer, submitted by key:ci-shop',
    );
    expect(foundOf('context', rows, { signers, refused })).toBe('finished 2026-11-23T05:30:00.000Z, signer ci');
    const many = [1, 2, 3, 4, 5].map((minute) => refusal(null, minute));
    for (const stage of ['system', 'integration'] as const) {
      const found = foundOf(stage, rows, { signers, refused: many });
      expect(found?.match(/08:5\d/g)).toEqual(['08:55', '08:54', '08:53']);
      expect(found).toMatch(/; 2 more refused$/);
    }
    const long = { ...refusal('context', 1), submittedBy: `key:${'x'.repeat(10_000)}` };
    expect(foundOf('context', rows, { signers, refused: [long] })).toHaveLength(387);
    // One that was sent again, as it should be: what was refused before does not stand against what passes.
    const again = rows.map((one) => ({ ...one, submittedAt: '2026-11-23T08:58:00.000Z' }));
    expect(foundOf('integration', again, { signers, refused })).toContain('; an earlier submission was refused 2026');
    expect(foundOf('integration', [], { signers, refused })).toContain('; refused 2026-11-23T08:52');
  });
});

it('a plan freezes the signers of its environment, and null where there are none', () => {
  const own = environmentDocument();
  const named = [{ name: 'ci', publicKey: ci.pem, stages: ['system'] }];
  const policy = {
    ...policyDocument(),
    environments: { production: { ...own, evidence: { maxAge: '7d', signers: named } } },
  };
  const { signers: frozen } = freezePlan(planningInput({ policy })).plan.policy.evidence;
  expect(frozen).toEqual([
    {
      name: 'ci',
      stages: ['system'],
      algorithm: 'ed25519',
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      keyId: ci.keyId,
    },
  ]);
  expect(freezePlan(planningInput()).plan.policy.evidence.signers).toBeNull();
});

it('a plan freezes that stages count in any order, where the policy allows it; gate and record show it', () => {
  const planned = (evidence: JsonObject) => {
    const environments = { production: { ...environmentDocument(), evidence } } as JsonObject;
    return freezePlan(planningInput({ policy: { ...policyDocument(), environments } })).plan;
  };
  const [usual, stated, any] = [
    planned({ maxAge: '7d' }),
    planned({ maxAge: '7d', order: 'finishedOn' }),
    planned({ maxAge: '7d', order: 'any' }),
  ] as const;
  const overlapping = evidenceRows().map((one) => ({ ...one, startedOn: '2026-11-23T04:00:00.000Z' }));
  const evaluated = (plan: Plan) => evaluatePlanStages(plan, overlapping, now, {}).map(({ fault }) => fault ?? 'none');
  for (const plan of [usual, stated]) {
    expect(plan.policy.evidence).toEqual({ maxAgeMs, signers: null });
    expect(evaluated(plan)).toEqual(['none', ...Array(4).fill('out-of-order')]);
    expect(notRequired({ plan })).not.toContain('an order of the stages');
  }
  expect(any.policy.evidence).toEqual({ maxAgeMs, signers: null, order: 'any' });
  expect(evaluated(any)).toEqual(Array(5).fill('none'));
  expect(notRequired({ plan: any })).toContain('an order of the stages');
  expect(evaluatePlanStages(any, [], now, {})[1]?.required).toBe('passed, in any order, ≤ 7 d');
  expect(policySchema.safeParse(policyDocumentWith({ evidence: { maxAge: '7d', order: 'none' } })).success).toBe(false);
});

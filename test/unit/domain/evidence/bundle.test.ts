import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { provenancePredicate, testResultPredicate } from '../../../../src/domain/base/predicates.ts';
import type { Stage } from '../../../../src/domain/base/stages.ts';
import { type EvidenceRules, weighingBy } from '../../../../src/domain/evidence/counts-as-evidence.ts';
import { evaluateStages } from '../../../../src/domain/evidence/evaluate-stages.ts';
import { readEnvelope } from '../../../../src/domain/evidence/read.ts';
import { type Sorted, sortSubmission } from '../../../../src/domain/evidence/submission.ts';
import { type SigstoreSigner, signerSchema, signersWithRoot } from '../../../../src/domain/policy/signers-schema.ts';
import { trustedRootFault, verifyBundle } from '../../../../src/system/sigstore.ts';
import { signingKey } from '../../../support/signing.ts';
import { type OwnSigstore, ownSigstore } from '../../../support/sigstore.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/sigstore/${name}.json`, import.meta.url), 'utf8');
/** Published by npm with sigstore@2.0.0, and the root that Sigstore publishes. */
const published = JSON.parse(fixture('npm-provenance')) as Record<string, unknown>;
const publicRoot = fixture('trusted-root');

const issuer = 'https://token.actions.githubusercontent.com';
const identity = 'https://github.com/acme/shop/.github/workflows/ci.yml@refs/heads/main';
const sha256 = 'ab'.repeat(32);
const artifact = `sha256:${sha256}`;
let own: OwnSigstore;
let other: OwnSigstore;
beforeAll(async () => {
  [own, other] = await Promise.all([ownSigstore(), ownSigstore()]);
});

function signer(change: object = {}, root = own.trustedRoot): SigstoreSigner {
  const named = signerSchema.parse({ name: 'ci', sigstore: { issuer, identity }, stages: ['system'], ...change });
  const [one] = signersWithRoot({ signers: [named], trustedRoot: root });
  if (one?.algorithm !== 'sigstore') throw new Error('no identity');
  return one;
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const statement = (stage: Stage = 'system', change: object = {}) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { sha256 } }],
  predicateType: testResultPredicate,
  predicate: { result: 'PASSED', configuration: [], stage, startedOn: minutesAgo(9), finishedOn: minutesAgo(5) },
  ...change,
});

const provenance = statement('system', { predicateType: provenancePredicate, predicate: { buildDefinition: {} } });
const by = { issuer, identity };

function sort(bundle: object, signers: readonly SigstoreSigner[] = [signer()], now = Date.now()): Sorted {
  const submission = { evidence: [{ envelope: bundle as Record<string, unknown> }], artifact };
  return sortSubmission(submission, { submittedBy: 'key:ci-shop', now, signers, verifyBundle });
}

const faultOf = (bundle: object, signers?: readonly SigstoreSigner[]) => sort(bundle, signers).issues[0];
const codeOf = (bundle: object, signers?: readonly SigstoreSigner[]) => faultOf(bundle, signers)?.code;
const weigh = (bundle: object, rules: EvidenceRules) => {
  const [taken] = sort(bundle).taken;
  if (!taken) throw new Error('not taken');
  return weighingBy({ verifyBundle, ...rules })(taken.row);
};

/** A copy in which something was changed behind the signer's back. */
function changed(bundle: object, change: (copy: Loose) => void): object {
  const copy = structuredClone(bundle) as Loose;
  change(copy);
  return copy;
}

interface Loose {
  verificationMaterial: { tlogEntries: Record<string, unknown>[]; certificate: { rawBytes: string } };
  dsseEnvelope: { payload: string };
}

describe('a Sigstore bundle', () => {
  it('counts as evidence of whom the policy names by issuer and identity', async () => {
    const bundle = await own.bundle(statement(), by);
    expect(sort(bundle)).toMatchObject({
      issues: [],
      taken: [{ signers: ['ci'], row: { stage: 'system', result: 'PASSED', artifactDigest: artifact } }],
    });
    expect(weigh(bundle, { signers: [signer()] })).toMatchObject({
      row: { stage: 'system' },
      vouched: { how: 'signed', by: [[{ name: 'ci', keyId: `${issuer} ${identity}` }]] },
    });
    const rows = sort(bundle).taken.map(({ row }) => row);
    const rules = { signers: [signer()], verifyBundle };
    expect(evaluateStages(rows, artifact, Date.now(), 3_600_000, { ...rules, order: 'any' })[2]).toMatchObject({
      stage: 'system',
      verdict: 'passed',
      required: expect.stringContaining('signed by ci') as unknown,
      found: expect.stringContaining('signer ci') as unknown,
    });
  });

  it('is kept without what nobody knows, and is one piece of evidence', async () => {
    const bundle = await own.bundle(statement(), by);
    const digests = [bundle, { ...bundle, more: 'noise' }].map((one) => sort(one).taken[0]?.row.digest);
    expect(new Set(digests).size).toBe(1);
    expect(digests[0]).toMatch(/^sha256:/);
  });

  it('is verified by the published root, as npm has published it with a package', () => {
    expect(verifyBundle(published, publicRoot)).toMatchObject({
      kind: 'verified',
      issuer,
      identity: 'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
      signedAt: '2023-08-18T16:05:35.000Z',
    });
    const workflow = 'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@*';
    const theirs = signer(
      { sigstore: { issuer, identity: workflow }, predicateTypes: [provenancePredicate] },
      publicRoot,
    );
    // Theirs, and about an artifact that npm names by SHA-512.
    expect(codeOf(published, [theirs])).toBe('invalid-evidence');
    expect(codeOf(published, [signer({}, publicRoot)])).toBe('unknown-signer');
  });

  it('is refused with a code of its own for each thing that is wrong', async () => {
    const good = await own.bundle(statement(), by);
    const cases: [string, object, (readonly SigstoreSigner[])?][] = [
      ['unknown-signer', await own.bundle(statement(), { issuer, identity: identity.replace('acme', 'evil') })],
      ['unknown-signer', await own.bundle(statement(), { issuer: 'https://gitlab.com', identity })],
      ['unknown-signer', await own.bundle(statement(), { issuer, identity: `${identity}-2` })],
      [
        'other-artifact',
        await own.bundle(statement('system', { subject: [{ digest: { sha256: 'cd'.repeat(32) } }] }), by),
      ],
      ['unknown-predicate', await own.bundle(provenance, by)],
      ['unknown-predicate', await own.bundle(statement('system', { predicateType: 'https://example.org/v1' }), by)],
      ['certificate-expired', await own.bundle(statement(), { ...by, loggedAt: Date.now() + 11 * 60_000 })],
      ['not-logged', changed(good, ({ verificationMaterial }) => (verificationMaterial.tlogEntries = []))],
      ['signer-not-allowed', await own.bundle(statement('production'), by)],
      ['signature-invalid', await other.bundle(statement(), by)],
      ['signature-invalid', published],
      ['invalid-evidence', await own.bundle('{"_type":1,"_type":2}', by)],
    ];
    for (const [code, bundle, signers] of cases) expect([code, codeOf(bundle, signers)]).toEqual([code, code]);
    expect(codeOf(good)).toBeUndefined();
    expect(faultOf(await own.bundle(statement('production'), by))?.pointer).not.toContain('predicateType');
    const unlogged = changed(good, ({ verificationMaterial }) => (verificationMaterial.tlogEntries = []));
    expect(sort(unlogged).issues[0]?.detail).toBe('the bundle has no entry of a transparency log');
  });

  it('is refused where what is logged, certified or signed is something else', async () => {
    const [good, second] = await Promise.all([own.bundle(statement(), by), own.bundle(statement('system'), by)]);
    const theirs = await other.bundle(statement(), by);
    const entries = (bundle: object) => (bundle as unknown as Loose).verificationMaterial.tlogEntries;
    // The entry of another signature, and one of a log that nobody trusts.
    for (const from of [second, theirs])
      expect(codeOf(changed(good, (copy) => (copy.verificationMaterial.tlogEntries = entries(from))))).toBe(
        'not-logged',
      );
    const forged = changed(good, ({ verificationMaterial: { tlogEntries } }) =>
      Object.assign(tlogEntries[0] ?? {}, { integratedTime: String(Math.floor(Date.now() / 1000) - 60) }),
    );
    expect(['not-logged', 'certificate-expired']).toContain(codeOf(forged));
    const otherPayload = Buffer.from(JSON.stringify(statement('system'))).toString('base64');
    expect(codeOf(changed(good, ({ dsseEnvelope }) => (dsseEnvelope.payload = otherPayload)))).toMatch(
      /not-logged|signature-invalid/,
    );
  });

  it('is weighed anew at the gate: by rules and root as they are, and not by what the store says', async () => {
    const bundle = await own.bundle(statement(), by);
    const elsewhere = signer({ sigstore: { issuer, identity: identity.replace('acme', 'other') } });
    expect(weigh(bundle, { signers: [elsewhere] })).toMatchObject({ row: null, code: 'unknown-signer' });
    expect(weigh(bundle, { signers: [signer({}, other.trustedRoot)] })).toMatchObject({ code: 'signature-invalid' });
    expect(weigh(bundle, { signers: [signer()], verifyBundle: undefined })).toMatchObject({
      code: 'unsupported-evidence',
    });
    const [taken] = sort(bundle).taken;
    const row = { ...taken!.row, stage: 'production' as const };
    expect(weighingBy({ signers: [signer()], verifyBundle })(row)).toMatchObject({ code: 'signature-invalid' });
  });

  it('may leave the git reference of a workflow open, and nothing else', async () => {
    const open = signer({ sigstore: { issuer, identity: identity.replace(/@.*/, '@refs/tags/*') } });
    const tagged = (ref: string) => own.bundle(statement(), { issuer, identity: identity.replace(/@.*/, `@${ref}`) });
    expect(codeOf(await tagged('refs/tags/v1.4.2'), [open])).toBeUndefined();
    expect(codeOf(await tagged('refs/heads/main'), [open])).toBe('unknown-signer');
    for (const wild of [
      '*',
      'https://github.com/acme/*',
      'ci@*',
      'https://github.com@*',
      'https://github.com/*/ci.yml@refs/*',
    ])
      expect(() => signer({ sigstore: { issuer, identity: wild } })).toThrow('sigstore');
  });

  it('proves the one stage of a signer by a provenance where the policy says so, at the time of its signature', async () => {
    const attests = [testResultPredicate, provenancePredicate];
    const builder = signer({ stages: ['integration'], predicateTypes: [provenancePredicate] });
    const bundle = await own.bundle(provenance, by);
    const signedAt = verifyBundle(bundle, own.trustedRoot);
    const at = signedAt.kind === 'verified' ? signedAt.signedAt : '';
    expect(sort(bundle, [builder])).toMatchObject({
      issues: [],
      taken: [{ row: { stage: 'integration', result: 'PASSED', startedOn: at, finishedOn: at } }],
    });
    expect(faultOf(await own.bundle(statement('integration'), by), [builder])).toMatchObject({
      code: 'unknown-predicate',
      pointer: expect.stringMatching(/\/predicateType$/) as unknown,
    });
    const rows = sort(bundle, [builder]).taken.map(({ row }) => row);
    const [first] = evaluateStages(rows, artifact, Date.now(), 3_600_000, { signers: [builder], verifyBundle });
    expect(first).toMatchObject({
      verdict: 'passed',
      found: expect.stringContaining('1 by provenance of its build alone') as unknown,
    });
    expect(() => signer({ stages: ['integration', 'system'], predicateTypes: attests })).toThrow('knows no stages');
  });

  it('of whoever may send results and provenances is what it says: a result that failed stays one', async () => {
    const both = signer({ predicateTypes: [testResultPredicate, provenancePredicate] });
    const failed = statement('system', { predicate: { ...statement().predicate, result: 'FAILED' } });
    expect(sort(await own.bundle(failed, by), [both]).taken).toMatchObject([{ row: { result: 'FAILED' } }]);
    expect(sort(await own.bundle(provenance, by), [both]).taken).toMatchObject([{ row: { result: 'PASSED' } }]);
  });

  it('is what an identity signs: of an envelope that a key has signed no identity is the signer', () => {
    expect(readEnvelope(signingKey().envelope(statement()), [signer()])).toMatchObject({
      kind: 'refused',
      code: 'unknown-signer',
    });
  });

  it('is answered with what to send where the policy names keys alone', async () => {
    const bundle = await own.bundle(statement(), by);
    expect(codeOf(bundle, [])).toBe('unsupported-evidence');
  });
});

describe('a trusted root', () => {
  it('is a document that names authorities and logs', () => {
    expect([publicRoot, own.trustedRoot].map(trustedRootFault)).toEqual([null, null]);
    for (const text of ['', '[]', '{}', fixture('npm-provenance')]) expect(trustedRootFault(text)).not.toBeNull();
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signEvidence } from '../../../../src/cli/evidence/sign.ts';
import { sortSubmission } from '../../../../src/domain/evidence/submission.ts';
import { evidenceSubmissionSchema } from '../../../../src/domain/evidence/submission-schema.ts';
import type { Envelope } from '../../../../src/domain/trust/envelope.ts';
import { verifyNatively } from '../../../../src/system/native-signatures.ts';
import { signerOf, signingKey } from '../../../support/signing.ts';

const root = new URL('../../../../', import.meta.url);
const kinds = ['ed25519', 'ecdsa-p256'] as const;

/** What becomes of evidence that is sent, where the policy names these keys. */
function sent(item: object, ...pems: readonly string[]) {
  const signers = pems.map((pem, i) => signerOf(`key-${i}`, pem));
  const submission = evidenceSubmissionSchema.parse({ evidence: [item] });
  const now = Date.parse('2026-11-23T09:00:00Z');
  const { taken, issues } = sortSubmission(submission, {
    submittedBy: 'key:ci-shop',
    now,
    signers,
    verify: verifyNatively,
  });
  return {
    taken: taken.map(({ row: { stage, result }, signers: by }) => ({ stage, result, by })),
    issues: issues.map(({ code, detail }) => `${code}: ${detail}`),
  };
}

const takenBy = (...by: string[]) => ({ taken: [{ stage: 'system', result: 'PASSED', by }], issues: [] });

let folder: string;
const at = (name: string) => join(folder, name);
const run = (program: string, ...args: string[]) => promisify(execFile)(program, args, { cwd: folder });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-producers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the page about evidence', () => {
  /** Its blocks of one language under a heading. */
  const blocksOf = async (language: string) => {
    const page = await readFile(new URL('docs/evidence.md', root), 'utf8');
    const [, section = ''] = page.split('\n## What is sent\n');
    const [own = ''] = section.split('\n## ');
    return [...own.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
  };

  it('shows a statement that is taken as it stands there', async () => {
    const [text = ''] = await blocksOf('json');
    expect(sent({ statement: JSON.parse(text) as object })).toEqual(takenBy());
  });

  it.each(kinds)('has OpenSSL sign it with a key of %s, and that is taken', async (kind) => {
    const [[statement = ''], [script = '']] = await Promise.all([blocksOf('json'), blocksOf('bash')]);
    const key = signingKey(kind);
    await writeFile(at('statement.json'), statement);
    await writeFile(at('ci.key'), key.privatePem);
    const [, other = ''] = /# ed25519; ECDSA P-256: (.*)/.exec(script) ?? [];
    const own = kind === 'ed25519' ? script : script.replace(/^openssl pkeyutl.*$/m, other);
    await run('bash', '-euc', own);
    const envelope = JSON.parse(await readFile(at('system.json'), 'utf8')) as object;
    expect(sent({ envelope }, signingKey().pem, key.pem)).toEqual(takenBy('key-1'));
    expect(sent({ envelope }, signingKey().pem).issues).toEqual([expect.stringMatching(/^unknown-signer: /)]);
  });
});

describe('what other programs made', () => {
  const made = async (file: string) => readFile(new URL(`test/fixtures/attestations/${file}`, root), 'utf8');
  const jsonOf = async (file: string) => JSON.parse(await made(file)) as Record<string, object>;

  it.each(kinds)('is taken of securesystemslib (%s)', async (kind) => {
    const envelope = await jsonOf(`securesystemslib-${kind}.json`);
    expect(sent({ envelope }, await made(`${kind}.pub`))).toEqual(takenBy('key-0'));
  });

  it.each(kinds)('is answered with its dsseEnvelope, which is taken, of @sigstore/sign (%s)', async (kind) => {
    const bundle = await jsonOf(`sigstore-js-${kind}.json`);
    const pem = await made(`${kind}.pub`);
    for (const item of [{ envelope: bundle }, { statement: bundle }])
      expect(sent(item, pem).issues).toEqual([
        expect.stringMatching(/^unsupported-evidence: this is a Sigstore bundle: send what stands in its dsseEnvelope/),
      ]);
    expect(sent({ envelope: bundle['dsseEnvelope'] ?? {} }, pem)).toEqual(takenBy('key-0'));
  });

  it.each(['cosign-bundle-new.json', 'cosign-bundle-old.json'])(
    'is answered with what to sign instead, of cosign attest-blob (%s)',
    async (file) => {
      const pem = await made('cosign.pub');
      const bundle = await jsonOf(file);
      for (const item of [{ envelope: bundle }, { statement: bundle }])
        expect(sent(item, pem).issues).toEqual([
          expect.stringMatching(
            /^unsupported-evidence: this is a Sigstore bundle around another statement than an in-toto statement of _type https:\/\/in-toto.io\/Statement\/v1 /,
          ),
        ]);
    },
  );

  it('is taken where cosign sign-blob signed the bytes of an envelope', async () => {
    expect(sent({ envelope: await jsonOf('cosign-sign-blob.json') }, await made('cosign.pub'))).toEqual(
      takenBy('key-0'),
    );
  });

  it('is verified and answered with what to sign instead, of cosign attest-blob (--output-signature)', async () => {
    const envelope = await jsonOf('cosign-envelope.json');
    const [issue] = sent({ envelope }, await made('cosign.pub')).issues;
    expect(issue).toMatch(/^unsupported-evidence: this is a statement of v0.1: send an in-toto statement of _type/);
    expect(sent({ envelope }, signingKey().pem).issues).toEqual([expect.stringMatching(/^unknown-signer: /)]);
  });
});

describe('an envelope that signs in another way', () => {
  const key = signingKey('ecdsa-p256');
  const envelope = async () => {
    const page = await readFile(new URL('test/fixtures/attestations/securesystemslib-ed25519.json', root), 'utf8');
    const { payload } = JSON.parse(page) as Envelope;
    return key.envelope(Buffer.from(payload, 'base64').toString());
  };
  const withSignature = async (sig: string, keyid?: string) => ({
    ...(await envelope()),
    signatures: [keyid === undefined ? { sig } : { keyid, sig }],
  });
  /** r and s of 32 bytes each, out of ASN.1. */
  const raw = (der: Buffer) => {
    const r = der.subarray(4, 4 + (der[3] ?? 0));
    const s = der.subarray(6 + r.length);
    return Buffer.concat([r, s].map((n) => Buffer.concat([Buffer.alloc(32), n]).subarray(-32)));
  };

  it('is refused with a hint: ECDSA as two numbers, base64 in several lines', async () => {
    const [{ sig } = { sig: '' }] = (await envelope()).signatures;
    const two = raw(Buffer.from(sig, 'base64')).toString('base64');
    for (const keyid of [undefined, key.keyId])
      expect(sent({ envelope: await withSignature(two, keyid) }, key.pem).issues).toEqual([
        expect.stringMatching(/; one of ECDSA is wanted in ASN.1 \(DER\), not as two numbers of 32 bytes$/),
      ]);
    const lines = `${sig.slice(0, 64)}\n${sig.slice(64)}`;
    expect(sent({ envelope: await withSignature(lines) }, key.pem).issues).toEqual([
      'unknown-signer: no key that the policy names has signed this; a signature in it is not base64 in one line',
    ]);
    const { payload, ...rest } = await envelope();
    expect(sent({ envelope: { ...rest, payload: `${payload}\n` } }, key.pem).issues).toEqual([
      'invalid-evidence: the payload is not base64 in one line',
    ]);
  });

  it('is taken for our signature in it, however long those of other algorithms beside it are', async () => {
    const own = await envelope();
    const sig = Buffer.alloc(4627, 7).toString('base64');
    const beside = { keyid: `projects/${'x'.repeat(400)}`, sig };
    expect(sent({ envelope: { ...own, signatures: [beside, ...own.signatures] } }, key.pem)).toEqual(takenBy('key-0'));
  });
});

describe('what gantry evidence sign makes', () => {
  it.each(kinds)('is verified by OpenSSL with a key of %s', async (kind) => {
    const key = signingKey(kind);
    const xml = '<testsuite timestamp="2026-11-23T08:12:40Z" time="2"><testcase name="adds"/></testsuite>';
    const report = { name: 'report.xml', bytes: Buffer.from(xml), modifiedAt: 0 };
    const { envelope } = signEvidence({
      stage: 'system',
      artifact: `sha256:${'ab'.repeat(32)}`,
      key: key.privatePem,
      reports: [[report]],
    });
    const payload = Buffer.from(envelope.payload, 'base64');
    const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `;
    await writeFile(at('pae'), Buffer.concat([Buffer.from(head), payload]));
    await writeFile(at('sig'), Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'));
    await writeFile(at('ci.pub'), key.pem);
    const verify =
      kind === 'ed25519'
        ? ['pkeyutl', '-verify', '-pubin', '-inkey', 'ci.pub', '-rawin', '-in', 'pae', '-sigfile', 'sig']
        : ['dgst', '-sha256', '-verify', 'ci.pub', '-signature', 'sig', 'pae'];
    expect((await run('openssl', ...verify)).stdout).toMatch(/Verified (OK|Successfully)|Signature Verified/);
    await writeFile(at('pae'), Buffer.concat([Buffer.from(head), payload, Buffer.from(' ')]));
    await expect(run('openssl', ...verify)).rejects.toThrow('Command failed');
  });
});

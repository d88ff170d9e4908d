import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { digestOf } from '../../../src/domain/base/canonical-json.ts';
import { GantryError } from '../../../src/domain/base/errors.ts';
import { openPolicy } from '../../../src/files/policy.ts';
import { rules, testPolicy } from '../../support/policy.ts';
import { signingKey } from '../../support/signing.ts';

let folder: string;
const file = () => join(folder, 'policy.yaml');
const ci = signingKey();
const ecdsa = signingKey('ecdsa-p256');
const pointer = '/environments/production/evidence/signers/0/publicKey';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-keys-'));
  await mkdir(join(folder, 'keys'));
  await writeFile(join(folder, 'keys/ci.pub'), ci.pem);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function policyWith(signers: readonly unknown[]): string {
  const production = { ...rules, evidence: { maxAge: '7d', signers } };
  return stringify({ ...testPolicy, environments: { production } }, { aliasDuplicateObjects: false });
}
const signer = (publicKey: string, name = 'ci') => ({ name, publicKey, stages: ['integration', 'system'] });

/** The signers of the policy, as loaded. */
async function loaded(...signers: readonly unknown[]) {
  await writeFile(file(), policyWith(signers));
  const { policy, digest } = await (await openPolicy(file())).read();
  return { digest, signers: policy.environments['production']?.evidence.signers };
}
async function faultOf(...signers: readonly unknown[]) {
  return loaded(...signers).then(
    () => null,
    (error: unknown) =>
      error instanceof GantryError ? { code: error.code, pointer: error.pointer, message: error.message } : error,
  );
}

describe('the signers of a policy', () => {
  it('have their keys from files beside it, or in its text', async () => {
    const { signers } = await loaded(signer('keys/ci.pub'), signer(ecdsa.pem, 'nightly'));
    expect(signers).toMatchObject([
      { name: 'ci', algorithm: 'ed25519', keyId: ci.keyId, stages: ['integration', 'system'] },
      { name: 'nightly', algorithm: 'ecdsa-p256', keyId: ecdsa.keyId },
    ]);
    expect(signers?.map((one) => 'key' in one && one.key.length)).toEqual([64, 130]);
  });

  it('change the policy and its digest when a key file changes', async () => {
    await writeFile(file(), policyWith([signer('keys/ci.pub')]));
    const policy = await openPolicy(file());
    const before = await policy.read();
    await writeFile(join(folder, 'keys/ci.pub'), ecdsa.pem);
    const after = await policy.read();
    expect(after.digest).not.toBe(before.digest);
    expect(after.policy.environments['production']?.evidence.signers?.[0]?.keyId).toBe(ecdsa.keyId);
    await rm(join(folder, 'keys/ci.pub'));
    expect(await policy.read()).toMatchObject({ digest: after.digest, fault: { code: 'invalid-policy' } });
    await writeFile(join(folder, 'keys/ci.pub'), ci.pem);
    expect(await policy.read()).toEqual(before);
  });

  it('leave the digest as that of the file where no key file is named', async () => {
    const { digest } = await loaded(signer(ci.pem));
    expect(digest).toBe(digestOf(policyWith([signer(ci.pem)])));
  });

  it.each(['../ci.pub', '/etc/passwd', 'keys/../../ci.pub', './keys/ci.pub', 'keys//ci.pub', '.ssh/id', ''])(
    'are not read from %j',
    async (path) => {
      expect(await faultOf(signer(path))).toMatchObject({
        code: 'invalid-policy',
        pointer,
        message: expect.stringContaining('a plain relative path below the folder of the policy'),
      });
    },
  );

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const spki = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'pem' }).toString();
  it.each([
    ['a private key', ci.privatePem, 'private key'],
    ['RSA', spki(rsa.publicKey), 'type rsa cannot sign'],
    ['another curve', spki(p384.publicKey), 'type ec (secp384r1) cannot sign'],
    ['no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'no public key in PEM'],
  ])('do not sign with %s', async (_, pem, message) => {
    expect(await faultOf(signer(pem))).toMatchObject({
      code: 'invalid-policy',
      pointer,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['no signer', [], '/signers'],
    ['two of one name', [signer(ci.pem), signer(ecdsa.pem)], '/signers/1/name'],
    ['one key under two names', [signer(ci.pem), signer(ci.pem, 'other')], '/signers/1/publicKey'],
    ['no stage', [{ ...signer(ci.pem), stages: [] }], '/signers/0/stages'],
    ['a stage that there is not', [{ ...signer(ci.pem), stages: ['smoke'] }], '/signers/0/stages/0'],
    ['no key', [{ name: 'ci', stages: ['system'] }], '/signers/0/publicKey'],
    ['no object', ['ci'], '/signers/0'],
  ])('are not %s', async (_, signers, at) => {
    expect(await faultOf(...signers)).toMatchObject({
      code: 'invalid-policy',
      pointer: `/environments/production/evidence${at}`,
    });
  });
});

describe('a signer by an identity', () => {
  const root = () => join(folder, 'sigstore');
  const published = new URL('../../fixtures/sigstore/trusted-root.json', import.meta.url);
  const sigstore = { issuer: 'https://ci.example', identity: 'https://git.example/acme/shop/ci.yml@refs/heads/main' };
  const one = { name: 'workflow', sigstore, stages: ['system'] };
  const load = async (evidence: object) => {
    const production = { ...rules, evidence: { maxAge: '7d', ...evidence } };
    const text = stringify({ ...testPolicy, environments: { production } }, { aliasDuplicateObjects: false });
    await writeFile(file(), text);
    const { policy, digest } = await (await openPolicy(file())).read();
    return { evidence: policy.environments['production']?.evidence, digest };
  };

  it('has the root that verifies its certificates from a file beside the policy, which counts in its digest', async () => {
    await mkdir(root());
    const text = await readFile(published, 'utf8');
    await writeFile(join(root(), 'root.json'), text);
    const { evidence, digest } = await load({ signers: [one], trustedRoot: 'sigstore/root.json' });
    expect(evidence?.signers).toMatchObject([
      { name: 'workflow', algorithm: 'sigstore', keyId: `${sigstore.issuer} ${sigstore.identity}`, ...sigstore },
    ]);
    expect(JSON.parse(evidence?.trustedRoot ?? '')).toEqual(JSON.parse(text));
    await writeFile(join(root(), 'root.json'), `${text}\n`);
    expect((await load({ signers: [one], trustedRoot: 'sigstore/root.json' })).digest).not.toBe(digest);
  });

  it('is refused without a root that is one, and a root without it', async () => {
    await writeFile(join(folder, 'empty.json'), '{}');
    const at = '/environments/production/evidence';
    const cases: [object, string, RegExp][] = [
      [{ signers: [one] }, `${at}/signers/0/sigstore`, /name its file in trustedRoot/],
      [{ signers: [one], trustedRoot: 'none.json' }, `${at}/trustedRoot`, /cannot be read/],
      [{ signers: [one], trustedRoot: '../root.json' }, `${at}/trustedRoot`, /plain relative path/],
      [{ signers: [one], trustedRoot: 'empty.json' }, `${at}/trustedRoot`, /empty\.json: /],
      [{ signers: [signer(ci.pem)], trustedRoot: 'sigstore/root.json' }, `${at}/trustedRoot`, /no signer/],
      [
        { signers: [{ ...one, publicKey: ci.pem }], trustedRoot: 'sigstore/root.json' },
        `${at}/signers/0/sigstore`,
        /either publicKey or sigstore/,
      ],
      [
        { signers: [one, { ...one, name: 'again' }], trustedRoot: 'sigstore/root.json' },
        `${at}/signers/1/sigstore`,
        /identity of workflow already/,
      ],
    ];
    for (const [evidence, pointer, detail] of cases)
      await expect(load(evidence)).rejects.toMatchObject({
        code: 'invalid-policy',
        issues: [{ pointer, detail: expect.stringMatching(detail) as unknown }],
      });
  });
});

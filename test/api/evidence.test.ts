import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages } from '../../src/domain/base/stages.ts';
import type { EvidenceRow, RefusedEvidence } from '../../src/domain/evidence/evidence.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { DeploymentRecord } from '../../src/domain/record/record.ts';
import { attestationKeyOf } from '../../src/main/keys/attestation-key.ts';
import { artifactOf, changeOf } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Evidence, evidenceFor } from '../support/evidence.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { signingKey } from '../support/signing.ts';
import { ownSigstore } from '../support/sigstore.ts';

const ci = signingKey();
const nightly = signingKey('ecdsa-p256');
const stranger = signingKey();
const attestationKey = attestationKeyOf(new Uint8Array(32).fill(9));
const signers = [
  { name: 'ci', publicKey: ci.pem, stages: ['integration', 'context', 'system', 'learning', 'production'] },
  { name: 'nightly', publicKey: nightly.pem, stages: ['system'] },
];
const policy = {
  ...testPolicy,
  environments: { production: { ...rules, evidence: { maxAge: '7d', signers } }, open: rules },
};

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ policy, attestationKey });
});
afterAll(() => rig.close());

let count = 0;
/** A release of its own for each test. */
const ownRelease = () => {
  count += 1;
  return `3.0.${count}`;
};
const statementsOf = (release: string, how?: Evidence) =>
  evidenceFor(artifactOf(release).digest, how).evidence.map(({ statement }) => statement);
const signed = (release: string, how?: Evidence, key = ci) =>
  statementsOf(release, how).map((one) => key.envelope(one));
const send = (envelopes: readonly unknown[], more: object = {}) =>
  rig.call('key:ci-shop', 'POST', '/v1/evidence', { evidence: envelopes.map((envelope) => ({ envelope })), ...more });

interface Preview {
  readonly gates: readonly {
    readonly gate: string;
    readonly state: string;
    readonly found: string;
    readonly fault?: string;
  }[];
}
/** What the certification of a deployment of this release would say, stage by stage. */
async function stagesOf(release: string, environment = 'production') {
  const service = `svc-${count}`;
  const world = await rig.world(service, environment);
  const { status, body } = await rig.call<Preview>(
    'key:alice',
    'POST',
    '/v1/plans',
    changeOf(world, { service, release, environment }),
  );
  expect(status).toBe(200);
  return Object.fromEntries(
    body.gates.filter(({ gate }) => gate.startsWith('stage-')).map((gate) => [gate.gate.slice(6), gate]),
  );
}

describe('a submission', () => {
  const system = (release: string, key = ci) => signed(release, {}, key)[2];
  const altered = (release: string) => ({
    ...system(release),
    payload: signed(release, { failed: 'system' })[2]?.payload,
  });
  const twice = (release: string) => {
    const once = system(release);
    return { ...once, signatures: [1, 2].flatMap(() => once?.signatures) };
  };
  const about = (release: string, change: object) => ci.envelope({ ...statementsOf(release)[2], ...change });
  const huge = (release: string) => {
    const { predicate } = statementsOf(release)[2] ?? {};
    return about(release, { predicate: { ...predicate, configuration: [{ note: 'x'.repeat(512 * 1024) }] } });
  };
  it.each<[string, number, (release: string) => unknown]>([
    ['unknown-signer', 422, (release) => system(release, stranger)],
    ['signature-invalid', 422, altered],
    ['duplicate-signature', 422, twice],
    ['unsupported-evidence', 422, (release) => ({ dsseEnvelope: system(release), verificationMaterial: {} })],
    ['unsupported-evidence', 422, (release) => about(release, { _type: 'https://in-toto.io/Statement/v0.1' })],
    ['unknown-predicate', 422, (release) => about(release, { predicateType: 'https://slsa.dev/provenance/v1' })],
    ['evidence-too-large', 413, huge],
    ['invalid-evidence', 422, (release) => about(release, { predicate: { stage: 'system' } })],
  ])('is refused with %s, and the certification shows it', async (code, status, envelope) => {
    const release = ownRelease();
    await send(signed(release).filter((_, i) => i !== 2));
    expect(await send([envelope(release)])).toMatchObject({ status, body: { code } });
    const { integration, system: evaluated } = await stagesOf(release);
    expect(integration).toMatchObject({ state: 'passed' });
    expect(evaluated).toMatchObject({ state: 'blocked', fault: 'missing' });
    expect(evaluated?.found).toMatch(
      new RegExp(`^no evidence for this artifact digest; refused 20.*Z: ${code}, submitted by key:ci-shop$`),
    );
  });

  it('is refused with signer-not-allowed where the key signs for other stages', async () => {
    const release = ownRelease();
    expect(await send([signed(release, {}, nightly)[3]])).toMatchObject({
      status: 422,
      body: { code: 'signer-not-allowed' },
    });
    expect((await stagesOf(release))['learning']?.found).toContain('signer-not-allowed, submitted by key:ci-shop');
  });

  it('is refused with other-artifact where it is about another than it was sent for, and is shown with that one', async () => {
    const [release, other] = [ownRelease(), ownRelease()];
    const answer = await send(signed(other), { artifact: artifactOf(release).digest });
    expect(answer).toMatchObject({ status: 422, body: { code: 'other-artifact', issues: { length: 5 } } });
    for (const { found } of Object.values(await stagesOf(release))) expect(found).toContain('other-artifact');
    const { body } = await rig.call<{ evidence: unknown[]; refused: RefusedEvidence[] }>(
      'key:alice',
      'GET',
      `/v1/evidence?digest=${artifactOf(release).digest}`,
    );
    expect(body.evidence).toEqual([]);
    expect(body.refused).toHaveLength(5);
  });

  it('is refused whole where one of five is, with its place', async () => {
    const release = ownRelease();
    const envelopes = [...signed(release).slice(0, 4), signed(release, {}, stranger)[4]];
    expect(await send(envelopes)).toMatchObject({
      status: 422,
      body: { code: 'unknown-signer', pointer: '/evidence/4/envelope' },
    });
    expect((await stagesOf(release))['integration']).toMatchObject({
      fault: 'missing',
      found: 'no evidence for this artifact digest',
    });
  });

  it('that is larger than anything sensible is answered, too', async () => {
    const body = JSON.stringify({ evidence: [{ envelope: { payload: 'A'.repeat(5 * 1024 * 1024) } }] });
    expect(await rig.call('key:ci-shop', 'POST', '/v1/evidence', body)).toMatchObject({
      status: 413,
      body: { code: 'evidence-too-large' },
    });
  });

  it('answers who signed, and is returned with its envelope', async () => {
    const release = ownRelease();
    const [first] = signed(release);
    expect(await send([first])).toMatchObject({
      status: 201,
      body: { evidence: [{ stage: 'integration', signers: ['ci'] }] },
    });
    const { body } = await rig.call<{ evidence: { envelope: string }[] }>(
      'key:alice',
      'GET',
      `/v1/evidence?digest=${artifactOf(release).digest}`,
    );
    expect(JSON.parse(body.evidence[0]?.envelope ?? '')).toEqual(first);
  });
});

describe('the evidence of several', () => {
  const known = async (release: string) => {
    const path = `/v1/evidence?digest=${artifactOf(release).digest}`;
    const { body } = await rig.call<{ evidence: EvidenceRow[]; refused: RefusedEvidence[] }>('key:alice', 'GET', path);
    return body;
  };

  it('stands side by side: who else submitted a statement is kept with it', async () => {
    const release = ownRelease();
    const [first] = signed(release);
    const again = { ...first, payload: first?.payload.replaceAll('=', '') };
    for (const [who, envelope] of [
      ['key:ci-shop', first],
      ['key:bob', again],
      ['key:bob', first],
    ] as const)
      expect((await rig.call(who, 'POST', '/v1/evidence', { evidence: [{ envelope }] })).status).toBe(201);
    expect((await known(release)).evidence).toMatchObject([
      { submittedBy: 'key:ci-shop', alsoBy: [{ submittedBy: 'key:bob' }] },
    ]);
  });

  it('who ran a part of the stage each counts together, once every part is there', async () => {
    const release = ownRelease();
    const shards = [1, 2].map((shard) => {
      const [, , system] = statementsOf(release);
      const configuration = [{ name: 'shard', uri: 'run:8841', annotations: { shard, of: 2 } }];
      return ci.envelope({ ...system, predicate: { ...system?.predicate, configuration } });
    });
    await send([...signed(release).filter((_, i) => i !== 2), shards[0]]);
    expect((await stagesOf(release))['system']).toMatchObject({
      state: 'blocked',
      fault: 'incomplete',
      found: expect.stringContaining('run run:8841: shard 2 of 2 missing') as string,
    });
    expect(await send([shards[1]])).toMatchObject({
      body: { evidence: [{ shard: { run: 'run:8841', shard: 2, of: 2 } }] },
    });
    expect((await stagesOf(release))['system']).toMatchObject({ state: 'passed' });
  });

  it('has a limit for each artifact and stage, which the gate reports', async () => {
    const release = ownRelease();
    await send(signed(release));
    const one = (await known(release)).evidence.find(({ stage }) => stage === 'system') as EvidenceRow;
    const many = Array.from({ length: 199 }, (_, i) => ({
      row: { ...one, digest: `${one.digest}-${i}` },
      statement: {},
    }));
    expect(await rig.store.addEvidence(many as never)).toEqual([]);
    const later = signed(release, { ageMs: 30_000 })[2];
    expect(await send([later])).toMatchObject({
      status: 409,
      body: { code: 'evidence-full', pointer: '/evidence/0/envelope' },
    });
    expect((await known(release)).refused).toMatchObject([{ code: 'evidence-full', stage: 'system' }]);
    expect((await send(signed(release, { ageMs: 20_000, failed: 'system' }).slice(2, 3))).status).toBe(201);
    expect((await stagesOf(release))['system']).toMatchObject({
      fault: 'failed',
      found: expect.stringContaining('evidence-full') as string,
    });
  });
});

describe('the gate', () => {
  it('does not count without a signature where the policy names signers, and does elsewhere', async () => {
    const release = ownRelease();
    await rig.submitEvidence(release);
    for (const stage of Object.values(await stagesOf(release)))
      expect(stage).toMatchObject({ state: 'blocked', fault: 'unsigned' });
    for (const stage of Object.values(await stagesOf(release, 'open')))
      expect(stage).toMatchObject({
        state: 'passed',
        found: expect.stringContaining('unsigned, submitted by key:ci-shop'),
      });
  });

  it('is not passed any more once a newer failure was signed, and an unsigned one changes nothing', async () => {
    const release = ownRelease();
    await send(signed(release));
    await rig.submitEvidence(release, { failed: 'production', ageMs: 30_000 });
    expect((await stagesOf(release))['production']).toMatchObject({
      state: 'passed',
      found: expect.stringContaining('newer, not counted: 1 unsigned'),
    });
    await send(signed(release, { failed: 'production', ageMs: 20_000 }).slice(4));
    expect((await stagesOf(release))['production']).toMatchObject({ state: 'blocked', fault: 'failed' });
  });
});

describe('a deployment', () => {
  it('stands on signed evidence, and its certification names the signer and ends in a signed summary', async () => {
    const release = ownRelease();
    await send(signed(release));
    expect((await send(signed(release, {}, stranger).slice(3, 4))).status).toBe(422);
    const world = await rig.world('signed');
    const body = changeOf(world, { service: 'signed', release });
    const { id } = (
      await rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, { 'idempotency-key': 'signed' })
    ).body;
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const stored = await eventually(
      () => rig.store.record(id),
      (record) => record?.state === 'final',
    );
    // A forgery beside it takes nothing away, and leaves a trace.
    expect(stored?.markdown).toMatch(
      /\| Stage learning \|.*, signer ci; a later submission was refused 20.*Z: unknown-signer, submitted by key:ci-shop \|.*\| passed \|/,
    );
    expect(stored?.markdown).toMatch(/\| Stage system \|.*, signer ci \|.*\| passed \|/);
    expect(stored?.markdown).toContain(`| key \`${attestationKey.keyId}\` (ed25519) |`);
    const { certification } = JSON.parse(stored?.document ?? '') as DeploymentRecord;
    expect(certification.summary).toMatchObject({
      statement: { predicate: { verificationResult: 'PASSED', inputAttestations: { length: 5 } } },
      envelope: { signatures: [{ keyid: attestationKey.keyId }] },
    });
  });

  it('is rejected for evidence of an unknown signer, as its certification shows', async () => {
    const release = ownRelease();
    await send(signed(release).slice(0, 4));
    await send(signed(release, {}, stranger).slice(4));
    const world = await rig.world('strange');
    const body = changeOf(world, { service: 'strange', release });
    const { id } = (
      await rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, { 'idempotency-key': 'strange' })
    ).body;
    expect((await rig.ended(id)).outcome).toBe('rejected');
    const [gate] = entriesOf(await rig.journal(id), 'gate-evaluated').filter(
      (entry) => entry.gate === 'stage-production',
    );
    expect(gate).toMatchObject({ verdict: 'failed', fault: 'missing' });
    const record = await rig.record(id);
    expect(record).toMatch(/\| Stage production \|.*unknown-signer, submitted by .*key:ci-shop.*\*\*missing\*\* \|/);
    expect(record).toMatch(/\*\*FAILED\*\* at .* \| integration `sha256:.*learning `sha256:[^|]*\| /);
  });

  it('is rejected where the key of its evidence is taken out of the policy meanwhile', async () => {
    const release = ownRelease();
    await send(signed(release));
    const world = await rig.world('revoked');
    const body = changeOf(world, { service: 'revoked', release });
    const { id } = (
      await rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, { 'idempotency-key': 'revoked' })
    ).body;
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const without = { ...rules, evidence: { maxAge: '7d', signers: signers.slice(1) } };
    await rig.writePolicy({ ...policy, environments: { ...policy.environments, production: without } });
    await rig.approve(id);
    expect((await rig.ended(id)).outcome).toBe('rejected');
    await rig.writePolicy(policy);
    const gates = entriesOf(await rig.journal(id), 'gate-evaluated').filter(({ gate }) => gate === 'stage-context');
    expect(gates).toMatchObject([
      { verdict: 'passed' },
      { verdict: 'failed', fault: 'unknown-signer', moment: 'grant' },
    ]);
  });

  it('stands on attestations of an identity, and no more once the policy names it no longer', async () => {
    const own = await ownSigstore();
    await writeFile(join(rig.folder, 'trusted_root.json'), own.trustedRoot);
    const [issuer, identity] = ['https://ci.example', 'https://git.example/acme/shop/ci.yml@refs/heads/main'];
    const byIdentity = (named: string) => {
      const one = { name: 'workflow', sigstore: { issuer, identity: named }, stages: signers[0]?.stages };
      const evidence = { maxAge: '7d', trustedRoot: 'trusted_root.json', signers: [one] };
      return rig.writePolicy({
        ...policy,
        environments: { ...policy.environments, production: { ...rules, evidence } },
      });
    };
    await byIdentity(identity);
    const release = ownRelease();
    const bundles = await Promise.all(statementsOf(release).map((one) => own.bundle(one, { issuer, identity })));
    const stranger = await own.bundle(statementsOf(release)[0], { issuer, identity: identity.replace('acme', 'evil') });
    expect(await send([stranger])).toMatchObject({ status: 422, body: { code: 'unknown-signer' } });
    const five = stages.map((stage) => ({ stage, signers: ['workflow'] }));
    expect(await send(bundles)).toMatchObject({ status: 201, body: { evidence: five } });
    for (const stage of Object.values(await stagesOf(release))) expect(stage.state).toBe('passed');
    const ask = async (service: string) => {
      const body = changeOf(await rig.world(service), { service, release });
      const key = { 'idempotency-key': service };
      return (await rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, key)).body.id;
    };
    const [first, second] = [await ask('keyless'), await ask('keyless-2')];
    for (const id of [first, second]) await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(first);
    expect((await rig.ended(first)).outcome).toBe('succeeded');
    const gates = async (id: string) =>
      entriesOf(await rig.journal(id), 'gate-evaluated').filter(({ gate }) => gate === 'stage-system');
    const by = [[{ name: 'workflow', keyId: `${issuer} ${identity}` }]];
    expect((await gates(first)).at(-1)).toMatchObject({ verdict: 'passed', proof: { vouched: { how: 'signed', by } } });

    await byIdentity(identity.replace('main', 'other'));
    await rig.approve(second);
    expect((await rig.ended(second)).outcome).toBe('rejected');
    expect((await gates(second)).at(-1)).toMatchObject({ verdict: 'failed', moment: 'grant' });
    await rig.writePolicy(policy);
  });
});

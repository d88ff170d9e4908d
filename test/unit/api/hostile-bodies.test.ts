import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdapters } from '../../../src/adapters/index.ts';
import { buildApp } from '../../../src/api/app.ts';
import type { ApiDeps } from '../../../src/api/deps.ts';
import { newKey } from '../../../src/api/identity/make-and-match-keys.ts';
import { stages } from '../../../src/domain/base/stages.ts';
import { policySchema } from '../../../src/domain/policy/policy.ts';
import { honestEvidence, hostileEvidence, hostileRequests } from '../../support/hostile-bodies.ts';
import { signingKey } from '../../support/signing.ts';
import { environmentDocument, policyDocument } from '../domain/planning-input.ts';

const { text: token, key } = newKey({ subject: 'key:alice', kind: 'key', scopes: null, expiresAt: null }, 0);
const signers = Array.from({ length: 10 }, (_, i) => ({
  name: `ci-${i}`,
  publicKey: signingKey(i % 2 ? 'ed25519' : 'ecdsa-p256').pem,
  stages: [...stages],
}));
const policy = policySchema.parse({
  ...policyDocument(),
  environments: {
    production: { ...environmentDocument(), evidence: { maxAge: '7d', signers }, procedures: { inline: true } },
  },
});
const nothing = async () => [];
const deps: unknown = {
  store: {
    key: async (id: string) => (id === key.id ? key : null),
    recovery: async () => null,
    claim: async () => ({ kind: 'claimed', held: {}, isFirst: true, operation: '1', bodyDigest: '' }),
    complete: async () => undefined,
    release: async () => undefined,
    giveBack: async () => undefined,
    evidenceOf: nothing,
    refuseEvidence: async () => undefined,
    addEvidence: nothing,
  },
  catalog: createAdapters(),
  now: () => Date.parse('2026-11-23T09:00:00.000Z'),
  oidc: null,
  gateway: { ping: async () => undefined },
  policy: { read: async () => ({ policy, digest: `sha256:${'8'.repeat(64)}` }) },
};
let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp(deps as ApiDeps);
});
afterAll(() => app.close());

const send = async (url: string, payload: string) => {
  const began = process.cpuUsage();
  const answer = await app.inject({
    method: 'POST',
    url,
    payload,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
  });
  const { user, system } = process.cpuUsage(began);
  return { status: answer.statusCode, bytes: answer.payload.length, cpuMs: (user + system) / 1000 };
};

/** Milliseconds of CPU, all collecting of garbage included; the figure itself is measured by `bench`. */
const maxMs = 1_000;
const largestAnswer = 64 * 1024;

describe('a request that asks for as much work as it can', () => {
  it.each([...hostileRequests])('is refused within moments, in few words: %s', async (_what, body) => {
    for (const url of ['/v1/deployments', '/v1/plans']) {
      const { status, bytes, cpuMs } = await send(url, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(bytes).toBeLessThan(largestAnswer);
      expect(cpuMs).toBeLessThan(maxMs);
    }
  });
});

describe('evidence that asks for as much work as it can', () => {
  it.each([...hostileEvidence])('is refused within moments, in few words: %s', async (_what, body) => {
    const { status, bytes, cpuMs } = await send('/v1/evidence', body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(bytes).toBeLessThan(largestAnswer);
    expect(cpuMs).toBeLessThan(maxMs);
  });

  it('is taken where it is large and honest', async () => {
    const { status } = await send('/v1/evidence', honestEvidence());
    expect(status).toBe(201);
  });
});

import { describe, expect, it } from 'vitest';
import { digestOfJson } from '../../../src/domain/base/canonical-json.ts';
import { stages } from '../../../src/domain/base/stages.ts';
import { evaluateStages } from '../../../src/domain/evidence/evaluate-stages.ts';
import { type EvidenceRow } from '../../../src/domain/evidence/evidence.ts';
import { shardDescriptor } from '../../../src/domain/evidence/shard-descriptor.ts';
import { sortSubmission } from '../../../src/domain/evidence/submission.ts';
import { type Signer } from '../../../src/domain/policy/signers-schema.ts';
import { publicKeyOf } from '../../../src/domain/trust/public-key.ts';
import { sortInTurns, weighInTurns } from '../../../src/system/weigh-in-turns.ts';
import { signingKey } from '../../support/signing.ts';
import { turnsBeside } from '../../support/turns.ts';
import { artifactDigest } from '../domain/planning-input.ts';

const kinds = ['ed25519', 'ecdsa-p256'] as const;
const keys = kinds.map((kind) => signingKey(kind));
const signers = keys.map(({ pem }, i): Signer => {
  const key = publicKeyOf(pem);
  if (!key) throw new Error('no key');
  return { name: `ci-${i}`, stages: [...stages], ...key };
});

const [startedOn, finishedOn] = ['2026-11-23T08:00:00Z', '2026-11-23T08:30:00Z'];
const now = Date.parse('2026-11-23T09:00:00Z');

/** A run of each stage in so many shards, each of them signed. */
function runsOf(shards: number, tests: readonly string[] = []): readonly EvidenceRow[] {
  return stages.flatMap((stage) =>
    Array.from({ length: shards }, (_, i): EvidenceRow => {
      const envelope = keys[i % keys.length]?.envelope({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: artifactDigest.slice('sha256:'.length) } }],
        predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
        predicate: {
          result: 'PASSED',
          configuration: [shardDescriptor({ run: `run-of-${stage}`, shard: i + 1, of: shards })],
          stage,
          startedOn,
          finishedOn,
          passedTests: tests,
        },
      });
      return {
        digest: digestOfJson([stage, i]),
        artifactDigest,
        stage,
        result: 'PASSED',
        startedOn,
        finishedOn,
        url: null,
        submittedBy: 'key:ci-shop',
        submittedAt: finishedOn,
        envelope: JSON.stringify(envelope),
      };
    }),
  );
}

describe('evidence that is weighed in turns', () => {
  it('counts as where it is weighed on the spot, by keys of both kinds and not by those of strangers', async () => {
    const rows = runsOf(4);
    const strangers = signers.map((signer, i) => {
      const key = publicKeyOf(signingKey(kinds[i]).pem);
      if (!key) throw new Error('no key');
      return { ...signer, ...key };
    });
    for (const [rules, verdict] of [
      [{ signers }, 'passed'],
      [{ signers: strangers }, 'failed'],
      [{ signers: null }, 'passed'],
    ] as const) {
      const onTheSpot = evaluateStages(rows, artifactDigest, now, 86_400_000, rules);
      expect(onTheSpot[0]?.verdict).toBe(verdict);
      const weigh = await weighInTurns(rows, rules);
      expect(evaluateStages(rows, artifactDigest, now, 86_400_000, { ...rules, weigh })).toStrictEqual(onTheSpot);
    }
  });

  it('lets everybody else have their turn, however much there is', async () => {
    const tests = Array.from({ length: 1_000 }, (_, i) => `a test with a name of its own, ${i}`);
    expect(await turnsBeside(weighInTurns(runsOf(20, tests), { signers }))).toBeGreaterThan(3);
  });

  it('is sorted as it is at once where it is sent, with a turn for others at each member', async () => {
    const [good] = runsOf(2);
    const evidence = [JSON.parse(good?.envelope ?? ''), {}, { payloadType: 'x' }].map(
      (envelope: Record<string, unknown>) => ({
        envelope,
      }),
    );
    const submitter = { submittedBy: 'key:ci-shop', now, signers };
    const sorting = sortInTurns({ evidence }, submitter);
    expect(await turnsBeside(sorting)).toBeGreaterThanOrEqual(evidence.length - 1);
    expect(await sorting).toStrictEqual(sortSubmission({ evidence }, submitter));
    expect(await sorting).toMatchObject({ taken: [{ signers: ['ci-0'] }] });
  });

  it('takes a fraction of what verifying in JavaScript takes', async () => {
    const rows = runsOf(10);
    const cpuMs = async (work: () => unknown) => {
      const began = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(began);
      return (user + system) / 1_000;
    };
    const min = async (work: () => unknown) => Math.min(await cpuMs(work), await cpuMs(work), await cpuMs(work));
    const inJavaScript = await min(() => evaluateStages(rows, artifactDigest, now, 86_400_000, { signers }));
    const natively = await min(() => weighInTurns(rows, { signers }));
    expect(natively).toBeLessThan(inJavaScript / 4);
  });
});

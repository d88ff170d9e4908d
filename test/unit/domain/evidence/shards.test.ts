import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import { type Stage, stages } from '../../../../src/domain/base/stages.ts';
import { weighingBy } from '../../../../src/domain/evidence/counts-as-evidence.ts';
import { evaluateStages, newestDigests, type StageRules } from '../../../../src/domain/evidence/evaluate-stages.ts';
import { type EvidenceRow } from '../../../../src/domain/evidence/evidence.ts';
import { shardDescriptor, shardIn } from '../../../../src/domain/evidence/shard-descriptor.ts';
import { sortSubmission } from '../../../../src/domain/evidence/submission.ts';
import { envelopeSchema } from '../../../../src/domain/trust/envelope.ts';
import { signerOf, signingKey } from '../../../support/signing.ts';
import { artifactDigest } from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const maxAgeMs = 7 * 86_400_000;
const ci = signingKey();
const nightly = signingKey('ecdsa-p256');
const signers = [signerOf('ci', ci.pem), signerOf('nightly', nightly.pem)];

/** A statement as a pipeline makes it: `system` took from 06:00 to 06:30. */
function statement(predicate: object = {}, stage: Stage = 'system') {
  const hour = 4 + stages.indexOf(stage);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: artifactDigest.slice('sha256:'.length) } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: 'PASSED',
      configuration: [],
      stage,
      startedOn: `2026-11-23T0${hour}:00:00.000Z`,
      finishedOn: `2026-11-23T0${hour}:30:00.000Z`,
      ...predicate,
    },
  };
}

/** What the store has of it once it was taken. */
function rowOf(document: object, key: typeof ci | null = null, submittedBy = 'key:ci-shop'): EvidenceRow {
  const evidence = [key ? { envelope: key.envelope(document) } : { statement: { ...document } }];
  const { taken, issues } = sortSubmission({ evidence }, { submittedBy, now, signers });
  const [one] = taken;
  if (!one) throw new Error(JSON.stringify(issues));
  return { ...one.row, statement: key ? null : canonicalJson(one.statement) };
}

interface Given {
  readonly run?: string;
  readonly of?: number;
  readonly key?: typeof ci | null;
  readonly by?: string;
}
const shard = (k: number, predicate: object = {}, { run = 'run:8841', of = 3, key, by }: Given = {}) =>
  rowOf(statement({ configuration: [shardDescriptor({ run, shard: k, of })], ...predicate }), key ?? null, by);
const others = () => stages.flatMap((stage) => (stage === 'system' ? [] : [rowOf(statement({}, stage), ci)]));
const finished = (minute: number) => ({ finishedOn: `2026-11-23T06:${minute}:00.000Z` });

const system = (rows: readonly EvidenceRow[], rules: StageRules = {}, at = now) => {
  const all = evaluateStages([...others(), ...rows], artifactDigest, at, maxAgeMs, rules);
  const found = all.find(({ stage }) => stage === 'system');
  if (!found) throw new Error('not evaluated');
  return found;
};

describe('shards of one run', () => {
  it('pass together, and not before all of them are there', () => {
    const rows = [shard(1, finished(10)), shard(2, finished(30)), shard(3, finished(20))];
    expect(system(rows)).toMatchObject({
      verdict: 'passed',
      found:
        'finished 2026-11-23T06:30:00.000Z, 3 shards of run run:8841, the first finished 2026-11-23T06:10:00.000Z, unsigned, submitted by key:ci-shop',
    });
    for (const [missing, left] of [
      ['shard 1 of 3 missing', rows.slice(1)],
      ['shard 3 of 3 missing', rows.slice(0, 2)],
      ['shards 1, 3 of 3 missing', rows.slice(1, 2)],
    ] as const)
      expect(system(left)).toMatchObject({
        verdict: 'failed',
        fault: 'incomplete',
        found: expect.stringContaining(`run run:8841: ${missing}, finished`) as string,
      });
    expect(system([shard(100, {}, { of: 100 })]).found).toContain('shards 1, 2, 3, 4, 5 and 94 more of 100 missing');
  });

  it('keep an older proof from counting while one of them is missing', () => {
    const older = [1, 2, 3].map((k) => shard(k, finished(10), { run: 'run:older' }));
    const newer = [shard(1), shard(2)];
    expect(system([...older, ...newer]).fault).toBe('incomplete');
    expect(system([rowOf(statement(finished(10))), ...newer]).fault).toBe('incomplete');
    expect(system([...older, ...newer, shard(3)]).fault).toBeNull();
    // Nor does a shard of another run make up for it.
    expect(system([...newer, shard(3, {}, { run: 'run:other' })]).fault).toBe('incomplete');
  });

  it('come to the worst of them, whichever came last', () => {
    const good = [1, 2, 3].map((k) => shard(k));
    expect(system([...good.slice(0, 2), shard(3, { result: 'WARNED' })])).toMatchObject({
      fault: 'failed',
      found: expect.stringContaining('run run:8841: shard 3 of 3 WARNED, finished') as string,
    });
    for (const failed of [shard(2, { result: 'FAILED', ...finished(10) }), shard(2, { result: 'FAILED' })]) {
      expect(system([...good, failed])).toMatchObject({
        fault: 'failed',
        found: expect.stringContaining('shard 2 of 3 stands for FAILED and PASSED') as string,
      });
      expect(system([failed, ...good]).fault).toBe('failed');
    }
    // Once more with the same result is no contradiction.
    expect(system([...good, shard(2, finished(20))]).fault).toBeNull();
    expect(system([...good, shard(4, {}, { of: 4 })])).toMatchObject({
      fault: 'incomplete',
      found: expect.stringContaining('its shards contradict each other: there are 3 or 4 of them') as string,
    });
  });

  it('give way to a worse statement of the same second, and the other way round', () => {
    const whole = (predicate: object = {}) => rowOf(statement(predicate));
    const run = [1, 2, 3].map((k) => shard(k));
    expect(system([...run, whole({ result: 'FAILED' })]).fault).toBe('failed');
    expect(system([whole(), shard(1), shard(2, { result: 'FAILED', ...finished(10) }), shard(3)]).fault).toBe('failed');
    expect(system([whole(), ...run.slice(1)]).fault).toBe('incomplete');
    expect(system([whole(), ...run]).fault).toBeNull();
  });

  it('are each verified: one that does not count is missing', () => {
    const rules = { signers };
    const signed = [1, 2, 3].map((k) => shard(k, {}, { key: k === 2 ? nightly : ci }));
    expect(system(signed, rules)).toMatchObject({
      fault: null,
      found: expect.stringMatching(/, signer ci and nightly$/) as string,
    });
    expect(system([...signed.slice(1), shard(1)], rules)).toMatchObject({
      fault: 'incomplete',
      found: expect.stringContaining('shard 1 of 3 missing') as string,
    });
    const [first, second] = signed.map(({ envelope }) => envelopeSchema.parse(JSON.parse(envelope ?? '')));
    const envelope = canonicalJson({ ...first, signatures: second?.signatures });
    const forged = { ...shard(1), envelope };
    expect(system([...signed.slice(1), forged], rules).fault).toBe('incomplete');
    const mayVouch = (who: string) => who !== 'key:ci-bank';
    const foreign = shard(1, {}, { by: 'key:ci-bank' });
    expect(system([foreign, shard(2), shard(3)], { mayVouch }).fault).toBe('incomplete');
    expect(system([shard(1, {}, { by: 'key:alice' }), shard(2), shard(3)]).found).toContain(
      'submitted by key:alice and key:ci-shop',
    );
  });

  it('last from the first beginning to the last end, and none may be older than is allowed', () => {
    const early = shard(1, { startedOn: '2026-11-23T05:29:59.000Z' });
    expect(system([early, shard(2), shard(3)]).fault).toBe('out-of-order');
    const at = Date.parse('2026-11-23T06:10:00.000Z') + maxAgeMs;
    const rows = [shard(1, finished(10)), shard(2), shard(3)];
    expect(system(rows, {}, at).fault).toBeNull();
    expect(system(rows, {}, at + 1).fault).toBe('too-old');
    const late = { startedOn: '2026-11-23T06:31:00.000Z', finishedOn: '2026-11-23T07:00:01.000Z' };
    const all = evaluateStages([...others(), shard(1, late), shard(2), shard(3)], artifactDigest, now, maxAgeMs);
    expect(all.find(({ stage }) => stage === 'learning')?.fault).toBe('out-of-order');
  });

  it('add up what they count, each shard once', () => {
    const counts = (tests: number, skipped: number) => ({
      counts: { reports: 1, tests, passed: tests - skipped, skipped },
    });
    const rows = [shard(1, counts(10, 0)), shard(2, counts(20, 1)), shard(3, counts(30, 2))];
    expect(system(rows).found).toMatch(/submitted by key:ci-shop; 60 tests, 57 passed, 3 skipped$/);
    expect(system([...rows, shard(2, { ...counts(20, 0), ...finished(10) })]).found).toContain('60 tests, 57 passed');
    expect(system([...rows.slice(0, 2), shard(3)]).found).toMatch(/30 tests, .* \(counted by 2 of 3 shards\)$/);
    expect(system([rowOf(statement(counts(9, 1)))]).found).toMatch(/; 9 tests, 8 passed, 1 skipped$/);
  });

  it('go by the digest of the list of their digests, which plan and record name', () => {
    const rows = [shard(3), shard(1), shard(2)];
    const digest = digestOfJson([rows[1], rows[2], rows[0]].map((row) => row?.digest));
    expect(system(rows).evidence?.digest).toBe(digest);
    expect(newestDigests(rows, weighingBy({})).system).toBe(digest);
  });

  it('are proven since their first end, by everybody who vouched', () => {
    const signed = [shard(1, finished(10), { key: ci, of: 2 }), shard(2, {}, { key: nightly, of: 2 })];
    expect(system(signed, { signers }).proof).toEqual({
      kind: 'evidence',
      agedFrom: '2026-11-23T06:10:00.000Z',
      vouched: {
        how: 'signed',
        by: [[{ name: 'ci', keyId: ci.keyId }], [{ name: 'nightly', keyId: nightly.keyId }]],
      },
      passedOver: 0,
    });
    const unsigned = [shard(1, {}, { of: 2, by: 'key:alice' }), shard(2, {}, { of: 2 })];
    expect(system(unsigned).proof?.vouched).toEqual({ how: 'unsigned', submittedBy: ['key:alice', 'key:ci-shop'] });
  });
});

describe('a configuration', () => {
  const descriptor = shardDescriptor({ run: 'https://ci.example/runs/8841?attempt=2', shard: 2, of: 4 });

  it('names one shard of a run, beside whatever else was configured', () => {
    expect(shardIn([{ name: 'config.yaml', uri: 'git+https://x' }, descriptor])).toEqual({
      kind: 'shard',
      shard: { run: 'https://ci.example/runs/8841?attempt=2', shard: 2, of: 4 },
    });
    for (const other of [[], [{ name: 'sharded database' }], [{ name: 'shardingsphere.yaml', digest: {} }]])
      expect(shardIn(other)).toEqual({ kind: 'whole' });
  });

  it.each<[string, object[]]>([
    ['number', [{ ...descriptor, annotations: { shard: 0, of: 4 } }]],
    ['number that is too high', [{ ...descriptor, annotations: { shard: 5, of: 4 } }]],
    ['number in quotes', [{ ...descriptor, annotations: { shard: '2', of: '4' } }]],
    ['count', [{ ...descriptor, annotations: { shard: 2 } }]],
    ['count that is too high', [{ ...descriptor, annotations: { shard: 2, of: 101 } }]],
    ['run', [{ name: 'shard', annotations: { shard: 2, of: 4 } }]],
    ['run in one word', [{ ...descriptor, uri: 'run 8841' }]],
    ['run without the mark of a gate', [{ ...descriptor, uri: 'run;x' }]],
    ['form', [{ shard: 2, of: 4 }]],
    ['form in words', [{ name: 'Shard 2/4' }]],
    ['form of other tools', [{ name: 'playwright', annotations: { shardIndex: 2, shardTotal: 4 } }]],
    ['decision', [descriptor, { ...descriptor, annotations: { shard: 3, of: 4 } }]],
  ])('that speaks of shards without a good %s is refused: one shard must not pass for the run', (_, configuration) => {
    const evidence = [{ statement: { ...statement({ configuration }) } }];
    const { issues, taken } = sortSubmission({ evidence }, { submittedBy: 'key:ci-shop', now, signers });
    expect(taken).toEqual([]);
    expect(issues).toMatchObject([
      {
        code: 'invalid-evidence',
        pointer: expect.stringMatching(/\/predicate\/configuration\/[01]$/) as string,
        detail: expect.stringContaining('shard') as string,
      },
    ]);
  });
});

describe('what the store kept', () => {
  it('does not count where it is no statement: it may be of a shard', () => {
    const row = rowOf(statement());
    for (const kept of [{ statement: '{}' }, { statement: null, envelope: '{}' }])
      expect(system([{ ...row, ...kept }]).fault).toBe('invalid-evidence');
    const { startedOn, finishedOn } = statement().predicate;
    expect(system([{ ...row, startedOn, finishedOn }]).fault).toBeNull();
  });
});

describe('the order of the stages', () => {
  const early = () => [
    ...others().filter(({ stage }) => stage !== 'context'),
    rowOf(statement({})),
    rowOf(statement({ startedOn: '2026-11-23T04:00:00.000Z' }, 'context')),
  ];
  const evaluate = (rules: StageRules) => evaluateStages(early(), artifactDigest, now, maxAgeMs, rules);

  it('is that of their ends, unless the policy allows any, which the gate shows', () => {
    expect(evaluate({}).map(({ fault }) => fault)).toEqual([null, 'out-of-order', null, null, null]);
    expect(evaluate({ order: 'any' }).map(({ fault }) => fault)).toEqual([null, null, null, null, null]);
    expect(evaluate({ order: 'any' })[1]?.required).toBe('passed, in any order, ≤ 7 d');
    expect(evaluate({})[1]?.required).toBe('passed, after integration, ≤ 7 d');
    const without = early().filter(({ stage }) => stage !== 'integration');
    expect(evaluateStages(without, artifactDigest, now, maxAgeMs, { order: 'any' }).map(({ fault }) => fault)).toEqual([
      'missing',
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('what several submitted', () => {
  it('counts by the submitter who may vouch here, the first one where several may', () => {
    const row = rowOf(statement(), null, 'key:mallory');
    const alsoBy = ['key:ci-shop', 'key:alice'].map((submittedBy) => ({ submittedBy, submittedAt: row.submittedAt }));
    const mayVouch = (who: string) => who !== 'key:mallory';
    expect(system([row], { mayVouch }).fault).toBe('forbidden');
    expect(system([{ ...row, alsoBy }], { mayVouch })).toMatchObject({
      fault: null,
      evidence: { submittedBy: 'key:ci-shop' },
    });
    expect(system([{ ...row, alsoBy }]).found).toContain('submitted by key:mallory');
  });
});

describe('counts that speak against a pass', () => {
  it.each<[string, object]>([
    ['tests that failed', { counts: { tests: 3, passed: 2, failed: 1 } }],
    ['contradictions', { counts: { tests: 3, passed: 3, contradictions: 1 } }],
    ['no tests', { counts: { tests: 0 } }],
    ['none that ran', { counts: { tests: 3, passed: 0, skipped: 3 } }],
    ['fewer than there are tests', { counts: { tests: 3, passed: 2 } }],
    ['fewer than are named', { counts: { tests: 1, passed: 1 }, passedTests: ['a', 'b'] }],
    ['fewer flaky ones than are named', { counts: { tests: 2, passed: 2 }, warnedTests: ['a'] }],
  ])('make a failure of it, which is kept so that nothing older counts: %s', (_, predicate) => {
    const older = rowOf(statement(finished(10)));
    const newer = rowOf(statement(predicate));
    expect(newer.result).toBe('FAILED');
    expect(system([older, newer]).fault).toBe('failed');
    const signed = rowOf(statement(predicate), ci);
    expect(system([rowOf(statement(finished(10)), ci), signed], { signers }).fault).toBe('failed');
  });

  it.each<[string, object]>([
    ['a good sum', { counts: { tests: 6, passed: 2, flaky: 1, skipped: 2, todo: 1 }, warnedTests: ['b'] }],
    ['fewer names than tests', { counts: { tests: 2_000, passed: 2_000 }, passedTests: ['a'] }],
    ['counts of other tools', { counts: { assertions: 12 } }],
    ['none at all', {}],
  ])('are not %s', (_, predicate) => {
    expect(rowOf(statement(predicate)).result).toBe('PASSED');
  });
});

it('digests of evidence are those of what is kept', () => {
  const row = rowOf(statement(), ci);
  expect(row.digest).toBe(digestOf(row.envelope ?? ''));
});

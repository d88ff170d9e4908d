import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import { type Stage, stages } from '../../../../src/domain/base/stages.ts';
import { weighingBy } from '../../../../src/domain/evidence/counts-as-evidence.ts';
import { evaluateStages, type StageRules } from '../../../../src/domain/evidence/evaluate-stages.ts';
import type { EvidenceRow } from '../../../../src/domain/evidence/evidence.ts';
import { newestProof } from '../../../../src/domain/evidence/newest-proof.ts';
import { columnsOf, readStatement } from '../../../../src/domain/evidence/read.ts';
import { shardDescriptor, shardIn } from '../../../../src/domain/evidence/shard-descriptor.ts';
import { artifactDigest } from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const maxAgeMs = 7 * 86_400_000;

/** Evidence as the store has it, signed by nobody: `system` took from 06:00 to 06:30. */
function row(predicate: object = {}, change: Partial<EvidenceRow> = {}, stage: Stage = 'system'): EvidenceRow {
  const hour = 4 + stages.indexOf(stage);
  const read = readStatement({
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
  });
  if (read.kind === 'refused') throw new Error(read.detail);
  const text = canonicalJson(read.statement);
  const submitted = { submittedBy: 'key:ci-shop', submittedAt: '2026-11-23T08:00:00.000Z' };
  return {
    digest: digestOf(text),
    artifactDigest,
    ...columnsOf(read.statement),
    ...submitted,
    statement: text,
    ...change,
  };
}
const shard = (k: number, of: number, predicate: object = {}) =>
  row({ configuration: [shardDescriptor({ run: 'run:1', shard: k, of })], ...predicate });
const bothWays = (...rows: readonly EvidenceRow[]) => [rows, rows.toReversed()];
const finished = (time: string) => ({ finishedOn: `2026-11-23T06:${time}Z` });

/** What is found of a stage, where the others have passed. */
function found(rows: readonly EvidenceRow[], rules: StageRules = {}, at = now) {
  const [first] = rows;
  const others = stages.flatMap((stage) => (stage === first?.stage ? [] : [row({}, {}, stage)]));
  const all = evaluateStages([...others, ...rows], artifactDigest, at, maxAgeMs, rules);
  const own = all.find(({ stage }) => stage === first?.stage);
  if (!own) throw new Error('not evaluated');
  return own;
}
const known = (rows: readonly EvidenceRow[]) =>
  newestProof(rows, 'system', weighingBy({ mayVouch: (who) => who !== 'key:mallory' }));

describe('a stage that has not passed', () => {
  it('is shown with its result', () => {
    for (const result of ['FAILED', 'WARNED'])
      expect(found([row({ result })])).toMatchObject({
        fault: 'failed',
        found: `result ${result}, finished 2026-11-23T06:30:00.000Z, unsigned, submitted by key:ci-shop`,
      });
  });

  it('is ahead of now by more than a minute', () => {
    const end = Date.parse('2026-11-23T08:30:00.000Z');
    const production = [row({}, {}, 'production')];
    expect(found(production, {}, end).fault).toBeNull();
    expect(found(production, {}, end - 60_000).fault).toBeNull();
    expect(found(production, {}, end - 60_001)).toMatchObject({
      fault: 'from-the-future',
      found: 'finished 2026-11-23T08:30:00.000Z, which is ahead of now, unsigned, submitted by key:ci-shop',
    });
  });

  it('was too long ago', () => {
    expect(found([row()], {}, Date.parse('2026-11-30T06:30:00.001Z'))).toMatchObject({
      fault: 'too-old',
      found: 'finished 2026-11-23T06:30:00.000Z, too long ago, unsigned, submitted by key:ci-shop',
    });
  });

  it('began in a second before that in which the stage before it finished', () => {
    const early = [row({ startedOn: '2026-11-23T05:29:59.999Z' })];
    expect(found(early)).toMatchObject({
      fault: 'out-of-order',
      found:
        'started 2026-11-23T05:29:59.999Z, before context finished 2026-11-23T05:30:00.000Z, unsigned, submitted by key:ci-shop',
    });
    const sameSecond = row({ finishedOn: '2026-11-23T05:30:00.900Z' }, {}, 'context');
    const [, , system] = evaluateStages(
      [row({}, {}, 'integration'), sameSecond, row({ startedOn: '2026-11-23T05:30:00.100Z' })],
      artifactDigest,
      now,
      maxAgeMs,
    );
    expect(system?.fault).toBeNull();
  });

  it('has nothing before it that has finished', () => {
    const [, , system] = evaluateStages([row()], artifactDigest, now, maxAgeMs);
    expect(system?.found).toContain('started 2026-11-23T06:00:00.000Z, before context finished, unsigned');
  });
});

describe('what is asked of a stage', () => {
  it('names the stage before it, where there is one', () => {
    const required = evaluateStages([], artifactDigest, now, maxAgeMs).map((stage) => stage.required);
    expect(required.slice(0, 2)).toEqual(['passed, ≤ 7 d', 'passed, after integration, ≤ 7 d']);
  });

  it('names the signers that it has, and no others', () => {
    const signers = [{ name: 'ci', stages: ['system' as const], algorithm: 'ed25519' as const, key: '', keyId: '' }];
    const required = evaluateStages([], artifactDigest, now, maxAgeMs, { signers }).map((stage) => stage.required);
    expect(required[0]).toBe('passed, ≤ 7 d, signed by nobody the policy names');
    expect(required[2]).toBe('passed, after context, ≤ 7 d, signed by ci');
  });
});

it('what was refused as evidence came, or after it, was refused later', () => {
  const refused = (at: string) => [
    { artifactDigest, stage: 'system' as const, code: 'unknown-signer' as const, detail: '', submittedBy: 'key:x', at },
  ];
  expect(found([row()], { refused: refused('2026-11-23T08:00:00.000Z') }).found).toContain('; a later submission was');
  expect(found([row()], { refused: refused('2026-11-23T07:59:59.999Z') }).found).toContain('; an earlier submission');
});

describe('the newest of several', () => {
  it('counts alone: what failed before is past', () => {
    for (const rows of bothWays(row({ result: 'FAILED', ...finished('29:59') }), row()))
      expect(known(rows).proof?.row.result).toBe('PASSED');
  });

  it('is the worse of one second, before it is asked which of them may count', () => {
    const notCounted = (result: string) => row({ result }, { submittedBy: 'key:mallory' });
    for (const rows of bothWays(notCounted('FAILED'), row({ result: 'WARNED' })))
      expect(known(rows)).toMatchObject({ proof: { row: { result: 'WARNED' } }, passedOver: [{ code: 'forbidden' }] });
    for (const rows of bothWays(notCounted('PASSED'), row({ result: 'WARNED' })))
      expect(known(rows)).toMatchObject({ proof: { row: { result: 'WARNED' } }, passedOver: [] });
  });

  it('is the one that came last where all else is equal', () => {
    const later = row({ url: 'https://ci.example/2' }, { submittedAt: '2026-11-23T08:00:01.000Z' });
    for (const rows of bothWays(row(), later)) expect(known(rows).proof?.row.digest).toBe(later.digest);
  });
});

describe('a run in shards', () => {
  it('has one digest, in whatever order its statements came', () => {
    const twice = ['a', 'b', 'c', 'd'].map((part) => shard(1, 1, { url: `https://ci.example/${part}` }));
    const digests = twice.map(({ digest }) => digest).toSorted();
    for (const rows of bothWays(...twice)) expect(known(rows).proof?.row.digest).toBe(digestOfJson(digests));
  });

  it('lasts from its first beginning to its last end, and ages from its first end, whichever shard that is', () => {
    const first = shard(2, 3, { startedOn: '2026-11-23T05:40:00.000Z', ...finished('10:00.000') });
    expect(known([shard(1, 3), first, shard(3, 3)]).proof).toMatchObject({
      agedFrom: '2026-11-23T06:10:00.000Z',
      row: { startedOn: '2026-11-23T05:40:00.000Z', finishedOn: '2026-11-23T06:30:00.000Z' },
    });
  });

  it('has the link of the first shard that has one', () => {
    const [second, third] = [2, 3].map((k) => shard(k, 3, { url: `https://ci.example/${k}` })) as [
      EvidenceRow,
      EvidenceRow,
    ];
    for (const rows of bothWays(shard(1, 3), second, third))
      expect(known(rows).proof?.row.url).toBe('https://ci.example/2');
    expect(known([shard(1, 1)]).proof?.row.url).toBeNull();
  });

  it('whose shards contradict each other has the greatest number that they give', () => {
    const counts = { counts: { tests: 1, passed: 1 } };
    for (const [one, other] of [
      [3, 4],
      [4, 3],
    ] as const)
      expect(found([shard(1, one, counts), shard(2, other, counts), shard(3, 4, counts)]).found).toBe(
        'run run:1: its shards contradict each other: there are 3 or 4 of them, shard 4 of 3 or 4 missing, finished 2026-11-23T06:30:00.000Z, unsigned, submitted by key:ci-shop; 3 tests, 3 passed (counted by 3 of 4 shards)',
      );
  });

  const counting = (tests: number, part: string, end: object = {}) =>
    shard(1, 1, { counts: { tests, passed: tests }, url: `https://ci.example/${part}`, ...end });

  it('counts the tests of a shard that ran twice once, as it ended last', () => {
    for (const part of ['a', 'b', 'c', 'd', 'e', 'f'])
      expect(known([counting(1, 'first', finished('10:00.000')), counting(2, part)]).proof?.counts).toEqual({
        tests: 2,
        passed: 2,
      });
  });

  it('counts the same tests of a shard that ended twice at once, in whatever order they came', () => {
    const rows = [1, 2, 3, 4].map((tests) => counting(tests, 'same'));
    const [first] = rows
      .map(({ digest }, i) => ({ digest, tests: i + 1 }))
      .toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    for (const some of bothWays(...rows)) expect(known(some).proof?.counts?.['tests']).toBe(first?.tests);
  });

  it('whose tests nobody has counted shows no counts', () => {
    expect(found([shard(1, 1)]).found).toMatch(/unsigned, submitted by key:ci-shop$/);
  });
});

describe('a configuration', () => {
  it.each<[string, Record<string, unknown>]>([
    ['no annotations', { name: 'x', annotations: null }],
    ['a name that is no text', { name: 3 }],
    ['a name that ends in the word', { name: 'no shard' }],
    ['a key that ends in the word', { name: 'x', unshard: true }],
  ])('speaks of no shard with %s', (_, descriptor) => {
    expect(shardIn([descriptor])).toEqual({ kind: 'whole' });
  });

  it('speaks of a shard with spaces around its name, too', () => {
    expect(shardIn([{ name: ' shard 2/4' }])).toMatchObject({ kind: 'unclear', index: 0 });
  });
});

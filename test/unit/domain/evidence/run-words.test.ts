import { describe, expect, it } from 'vitest';
import type { Run } from '../../../../src/domain/evidence/proof.ts';
import { runProblem, runWords } from '../../../../src/domain/evidence/run-words.ts';

const run = (change: Partial<Run>): Run => ({ name: 'run:1', of: [9], missing: [], bad: [], counted: 0, ...change });
const failed = (many: number) =>
  Array.from({ length: many }, (_, i) => ({ shard: i + 1, results: ['FAILED'] as readonly string[] }));

describe('a run in shards, in words', () => {
  it('has one shard, or several', () => {
    expect(runWords(run({ of: [1] }))).toBe('1 shard of run run:1');
    expect(runWords(run({ of: [9] }))).toBe('9 shards of run run:1');
  });

  it('names five shards that are missing, and counts the others', () => {
    expect(runProblem(run({ missing: [1, 2, 3, 4, 5] }))).toBe('run run:1: shards 1, 2, 3, 4, 5 of 9 missing');
    expect(runProblem(run({ missing: [1, 2, 3, 4, 5, 6] }))).toContain('shards 1, 2, 3, 4, 5 and 1 more of 9 missing');
  });

  it('names five shards that have not passed, and counts the others', () => {
    const five = [1, 2, 3, 4, 5].map((k) => `shard ${k} of 9 FAILED`).join(', ');
    expect(runProblem(run({ bad: failed(5) }))).toBe(`run run:1: ${five}`);
    expect(runProblem(run({ bad: failed(7) }))).toBe(`run run:1: ${five}, 2 more have not passed`);
  });
});

import { digestOfJson } from '../base/canonical-json.ts';
import { GantryError } from '../base/errors.ts';
import { agedFrom } from './age.ts';
import { type Counted, type Weigh } from './counts-as-evidence.ts';
import type { EvidenceRow } from './evidence.ts';
import { type Proof, type Run, worseFirst } from './proof.ts';
import type { Shard } from './shard-descriptor.ts';
import { sumOf } from './stated-counts.ts';
import { vouchedTogether } from './who-vouches.ts';

export type Part = Counted & { readonly shard: Shard };

/** All rows of a run that count. */
export function shardsOf(rows: readonly EvidenceRow[], name: string, weigh: Weigh): readonly Part[] {
  return rows.flatMap((row) => {
    const weighed = weigh(row);
    return weighed.row && weighed.shard?.run === name ? [{ ...weighed, shard: weighed.shard }] : [];
  });
}

/** All statements of a run count, so the worst of them decides; it lasted from its first beginning to its last end. */
export function proofOfRun(name: string, shards: readonly Part[]): Proof {
  const parts = shards.toSorted((a, b) => a.shard.shard - b.shard.shard || (a.row.digest < b.row.digest ? -1 : 1));
  const [first] = parts;
  if (!first) throw new GantryError('internal', 'A run without a shard');
  const rows = parts.map(({ row }) => row);
  const byTime = (of: 'startedOn' | 'finishedOn') =>
    rows.map((row) => row[of]).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const [starts, ends] = [byTime('startedOn'), byTime('finishedOn')];
  const worst = rows.toSorted((a, b) => worseFirst[a.result] - worseFirst[b.result])[0] ?? first.row;
  const stated = latestOfEach(parts).flatMap(({ counts }) => (counts ? [counts] : []));
  return {
    row: {
      ...first.row,
      digest: digestOfJson(rows.map(({ digest }) => digest)),
      result: worst.result,
      startedOn: starts[0] ?? first.row.startedOn,
      finishedOn: ends.at(-1) ?? first.row.finishedOn,
      url: rows.find(({ url }) => url !== null)?.url ?? null,
    },
    vouched: vouchedTogether(parts.map(({ vouched }) => vouched)),
    agedFrom: agedFrom(rows),
    counts: sumOf(stated),
    run: runOf(name, parts, stated.length),
  };
}

function runOf(name: string, parts: readonly Part[], counted: number): Run {
  const of = [...new Set(parts.map(({ shard }) => shard.of))].toSorted((a, b) => a - b);
  const all = Array.from({ length: Math.max(...of) }, (_, i) => i + 1);
  const resultsOf = (k: number) => [
    ...new Set(parts.filter(({ shard }) => shard.shard === k).map(({ row }) => row.result)),
  ];
  return {
    name,
    of,
    missing: all.filter((k) => resultsOf(k).length === 0),
    bad: all
      .map((shard) => ({ shard, results: resultsOf(shard).toSorted() }))
      .filter(({ results }) => results.some((result) => result !== 'PASSED')),
    counted,
  };
}

/** Tests of a shard that ran twice are counted once. */
function latestOfEach(parts: readonly Part[]): readonly Part[] {
  const byShard = new Map<number, Part>();
  for (const part of parts) {
    const before = byShard.get(part.shard.shard);
    if (!before || Date.parse(part.row.finishedOn) > Date.parse(before.row.finishedOn))
      byShard.set(part.shard.shard, part);
  }
  return [...byShard.values()];
}

/** Whether a run has all of its shards, and they agree on how many there are. */
export function isWhole({ of, missing }: Run): boolean {
  return of.length === 1 && missing.length === 0;
}

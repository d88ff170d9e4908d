import { digestOfJson } from '../base/canonical-json.ts';
import { GantryError } from '../base/errors.ts';
import type { Stage } from '../base/stages.ts';
import { agedFrom } from './age.ts';
import type { EvidenceRow, Vouched } from './evidence.ts';
import type { Shard } from './shards.ts';
import { type StatedCounts, sumOf } from './stated-counts.ts';
import { type Counted, type PassedOver, vouchedTogether, type Weigh } from './weigh.ts';

/** What proves a stage or keeps it from being proven: one statement, or what the shards of one run come to. */
export interface Proof {
  readonly row: EvidenceRow;
  /** Who vouches for it. */
  readonly vouched: Vouched;
  /** Age counts from here, ISO 8601: of a run in shards the first of them, so that none is older than is allowed. */
  readonly agedFrom: string;
  readonly counts: StatedCounts | null;
  readonly run: Run | null;
}

/** A run in shards. */
export interface Run {
  readonly name: string;
  /** Of how many shards; several numbers where they contradict each other. */
  readonly of: readonly number[];
  readonly missing: readonly number[];
  /** Shards that have not passed, with every result that they stand for. */
  readonly bad: readonly { readonly shard: number; readonly results: readonly string[] }[];
  /** Of how many shards the tests are counted. */
  readonly counted: number;
}

/** The newest proof of a stage of those that count, and why newer statements do not. */
export interface NewestProof {
  readonly proof: Proof | null;
  readonly passedOver: readonly PassedOver[];
}

export const toSecond = (time: string) => Math.floor(Date.parse(time) / 1000);

const worseFirst: Readonly<Record<EvidenceRow['result'], number>> = { FAILED: 0, WARNED: 1, PASSED: 2 };

/** Statements of a stage, the newest first: by `finishedOn`, at the same second the worse, then by arrival. */
function newestFirst(rows: readonly EvidenceRow[], stage: Stage): readonly EvidenceRow[] {
  return rows
    .filter((row) => row.stage === stage)
    .sort(
      (a, b) =>
        toSecond(b.finishedOn) - toSecond(a.finishedOn) ||
        worseFirst[a.result] - worseFirst[b.result] ||
        Date.parse(b.submittedAt) - Date.parse(a.submittedAt),
    );
}

/**
 * Of the statements of a stage that count, the newest, by the second of its `finishedOn`; of several at once the worse. A
 * statement of a shard stands for its whole run: an older one never counts in the place of a run that lacks a shard.
 */
export function newestProof(rows: readonly EvidenceRow[], stage: Stage, weigh: Weigh): NewestProof {
  const ordered = newestFirst(rows, stage);
  const passedOver: PassedOver[] = [];
  for (const row of ordered) {
    const weighed = weigh(row);
    if (!weighed.row) {
      passedOver.push(weighed);
      continue;
    }
    const counted = ordered
      .filter((other) => toSecond(other.finishedOn) === toSecond(row.finishedOn))
      .map(weigh)
      .filter((one) => one.row !== null);
    const proofs = proofsOf(counted, (name) => shardsOf(ordered, name, weigh));
    return { proof: proofs.toSorted((a, b) => rank(a) - rank(b))[0] ?? null, passedOver };
  }
  return { proof: null, passedOver };
}

function proofsOf(counted: readonly Counted[], shards: (run: string) => readonly Part[]): readonly Proof[] {
  const runs = new Set(counted.flatMap(({ shard }) => (shard ? [shard.run] : [])));
  const alone = counted.filter(({ shard }) => shard === null);
  return [
    ...alone.map(({ row, vouched, counts }) => ({ row, vouched, agedFrom: agedFrom([row]), counts, run: null })),
    ...[...runs].map((run) => proofOfRun(run, shards(run))),
  ];
}

type Part = Counted & { readonly shard: Shard };

/** All rows of a run that count. */
function shardsOf(rows: readonly EvidenceRow[], name: string, weigh: Weigh): readonly Part[] {
  return rows.flatMap((row) => {
    const weighed = weigh(row);
    return weighed.row && weighed.shard?.run === name ? [{ ...weighed, shard: weighed.shard }] : [];
  });
}

/** All statements of a run count, so the worst of them decides; it lasted from its first beginning to its last end. */
function proofOfRun(name: string, shards: readonly Part[]): Proof {
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

/** The worse comes first. */
function rank({ row, run }: Proof): number {
  return run && !isWhole(run) ? worseFirst.FAILED : worseFirst[row.result];
}

import type { Stage } from '../base/stages.ts';
import { agedFrom } from './age.ts';
import type { Counted, PassedOver, Weigh } from './counts-as-evidence.ts';
import type { EvidenceRow } from './evidence.ts';
import { type Proof, worseFirst } from './proof.ts';
import { isWhole, type Part, proofOfRun, shardsOf } from './run-in-shards.ts';
import { toSecond } from './stage-order.ts';

/** The newest proof of a stage of those that count, and why newer statements do not. */
export interface NewestProof {
  readonly proof: Proof | null;
  readonly passedOver: readonly PassedOver[];
}

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

/** The worse comes first. */
function rank({ row, run }: Proof): number {
  return run && !isWhole(run) ? worseFirst.FAILED : worseFirst[row.result];
}

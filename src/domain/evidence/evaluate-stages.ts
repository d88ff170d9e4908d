import { formatDuration } from '../base/duration.ts';
import { type Stage, stages } from '../base/stages.ts';
import type { Signer } from '../policy/signers-schema.ts';
import { isFromTheFuture, isTooOld } from './age.ts';
import { type EvidenceRules, type Weigh, weighingBy } from './counts-as-evidence.ts';
import type { EvidenceRow, ProofFault, RefusedEvidence, StageFault, StageFinding } from './evidence.ts';
import { type NewestProof, newestProof } from './newest-proof.ts';
import type { Proof } from './proof.ts';
import { isWhole } from './run-in-shards.ts';
import { runProblem, runWords } from './run-words.ts';
import { beginsTooEarly } from './stage-order.ts';
import { countsText } from './stated-counts.ts';
import { vouchedText } from './who-vouches.ts';

/** As records write times. */
const shown = (time: string) => new Date(time).toISOString();

/** The digest of the newest proof of each stage, or null. */
export function newestDigests(
  rows: readonly EvidenceRow[],
  weigh: Weigh,
): { readonly [stage in Stage]: string | null } {
  const digests = stages.map((stage) => [stage, newestProof(rows, stage, weigh).proof?.row.digest ?? null]);
  return Object.fromEntries(digests) as { readonly [stage in Stage]: string | null };
}

/** What is asked of evidence beside that it counts. */
export interface StageRules extends EvidenceRules {
  /** `any`: a stage may begin before the stage before it has finished. Absent: by `finishedOn`. */
  readonly order?: 'any' | undefined;
  readonly refused?: readonly RefusedEvidence[];
  /** Weighs by these very rules, and may have done so before. */
  readonly weigh?: Weigh;
}

/**
 * Evaluates all five stages for one artifact digest. `rows` are what the store has for it, `now` is in milliseconds.
 * Only `PASSED` passes, of a run in shards all of them; age counts from `finishedOn`; a stage starts no earlier than the
 * stage before it finished, compared to the second, unless its order does not count. What does not count replaces
 * nothing; what was refused is shown whatever the verdict, so that a forged statement beside a good one leaves a trace in
 * the record.
 */
export function evaluateStages(
  rows: readonly EvidenceRow[],
  artifactDigest: string,
  now: number,
  maxAgeMs: number,
  { refused = [], order, weigh, ...rules }: StageRules = {},
): readonly StageFinding[] {
  const own = rows.filter((row) => row.artifactDigest === artifactDigest);
  const by = weigh ?? weighingBy(rules);
  const newest = stages.map((stage) => newestProof(own, stage, by));
  return stages.map((stage, index) => {
    const before = stages[index - 1];
    const after = before === undefined ? '' : order === 'any' ? ', in any order' : `, after ${before}`;
    const required = `passed${after}, ≤ ${formatDuration(maxAgeMs)}${rules.signers ? `, signed by ${signersFor(rules.signers, stage)}` : ''}`;
    const own = refused.filter((one) => one.artifactDigest === artifactDigest && (one.stage ?? stage) === stage);
    const { proof, passedOver }: NewestProof = newest[index] ?? { proof: null, passedOver: [] };
    if (!proof) {
      const [first] = passedOver;
      const fault = first?.code ?? 'missing';
      const found = `${first?.detail ?? 'no evidence for this artifact digest'}${refusedText(own)}`;
      return { stage, verdict: 'failed', fault, required, found, evidence: null, proof: null };
    }
    const { vouched } = proof;
    const previous =
      order === 'any' || before === undefined ? null : { stage: before, proof: newest[index - 1]?.proof };
    const fault = faultOf(proof, { now, maxAgeMs, previous });
    const ignored = passedOver.length === 0 ? '' : `; newer, not counted: ${summaryOf(passedOver)}`;
    return {
      stage,
      verdict: fault ? 'failed' : 'passed',
      fault,
      required,
      found: `${foundText(proof, fault, previous)}${countedText(proof)}${ignored}${refusedText(own, fault ? null : proof.row)}`,
      evidence: proof.row,
      proof: { kind: 'evidence', agedFrom: shown(proof.agedFrom), vouched, passedOver: passedOver.length },
    };
  });
}

/** The stage before one; null: there is none, or it does not matter. */
type Previous = { readonly stage: Stage; readonly proof: Proof | null | undefined } | null;

function faultOf(
  { row, run, agedFrom }: Proof,
  { now, maxAgeMs, previous }: { readonly now: number; readonly maxAgeMs: number; readonly previous: Previous },
): ProofFault | null {
  if (row.result !== 'PASSED') return 'failed';
  if (run && !isWhole(run)) return 'incomplete';
  if (isFromTheFuture(row.finishedOn, now)) return 'from-the-future';
  if (isTooOld(agedFrom, now, maxAgeMs)) return 'too-old';
  if (previous === null) return null;
  return beginsTooEarly(row, previous.proof?.row) ? 'out-of-order' : null;
}

function foundText({ row, run, agedFrom, ...proof }: Proof, fault: ProofFault | null, previous: Previous): string {
  const vouched = vouchedText(proof.vouched);
  const finished = `finished ${shown(row.finishedOn)}`;
  const counted = `${run ? `, ${runWords(run)}, the first finished ${shown(agedFrom)}` : ''}, ${vouched}`;
  switch (fault) {
    case 'failed':
    case 'incomplete':
      return `${run ? runProblem(run) : `result ${row.result}`}, ${finished}, ${vouched}`;
    case 'from-the-future':
      return `${finished}, which is ahead of now${counted}`;
    case 'too-old':
      return `${finished}, too long ago${counted}`;
    case 'out-of-order': {
      const { stage, proof } = previous ?? { stage: '', proof: null };
      const then = proof ? ` ${shown(proof.row.finishedOn)}` : '';
      return `started ${shown(row.startedOn)}, before ${stage} finished${then}${counted}`;
    }
    case null:
      return `${finished}${counted}`;
  }
}

/** What was tested, as the statements say; a run in shards adds up. */
function countedText({ counts, run }: Proof): string {
  const text = counts === null ? '' : countsText(counts);
  if (text === '') return '';
  const shards = run ? Math.max(...run.of) : 0;
  return `; ${text}${run && run.counted < shards ? ` (counted by ${run.counted} of ${shards} shards)` : ''}`;
}

function signersFor(signers: readonly Signer[], stage: Stage): string {
  const names = signers.filter((signer) => signer.stages.includes(stage)).map(({ name }) => name);
  return names.join(' or ') || 'nobody the policy names';
}

/** A finding shows at most so many refusals of its stage; the others are counted, and the store has them. */
const maxRefusals = 3;
const subjectLength = 255;

/** `passing`: the evidence by which the stage passes all the same; refusals are placed before or after it. */
function refusedText(refused: readonly RefusedEvidence[], passing: EvidenceRow | null = null): string {
  const own = refused.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const which = (at: string) => {
    if (!passing) return 'refused';
    return Date.parse(at) < Date.parse(passing.submittedAt)
      ? 'an earlier submission was refused'
      : 'a later submission was refused';
  };
  const named = own
    .slice(0, maxRefusals)
    .map(
      ({ at, code, submittedBy }) =>
        `; ${which(at)} ${at}: ${code}, submitted by ${submittedBy.slice(0, subjectLength)}`,
    );
  const more = own.length - named.length;
  return [...named, ...(more > 0 ? [`; ${more} more refused`] : [])].join('');
}

/** `2 unsigned, 1 unknown-signer`. */
function summaryOf(passedOver: readonly { readonly code: StageFault }[]): string {
  const counts = new Map<string, number>();
  for (const { code } of passedOver) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}

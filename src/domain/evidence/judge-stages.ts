import { formatDuration } from '../duration.ts';
import {
  type EvidenceRow,
  type RefusedEvidence,
  type Stage,
  type StageFault,
  type StageFinding,
  stages,
} from './evidence.ts';
import { columnsOf, readEnvelopeText } from './read-evidence.ts';
import type { Signer } from './signers.ts';

/** Clocks of pipelines may be ahead by this much. */
export const aheadMs = 60_000;
/** As records write times. */
const shown = (time: string) => new Date(time).toISOString();
const toSecond = (time: string) => Math.floor(Date.parse(time) / 1000);

/** What decides whether evidence counts at all. */
export interface EvidenceRules {
  /** Only theirs counts; null: whoever may submit is believed, and the record says so. */
  readonly signers?: readonly Signer[] | null;
  /** Whether what this subject submitted may count here. */
  readonly mayVouch?: (submittedBy: string) => boolean;
}

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

type Weighed =
  | { readonly row: EvidenceRow; readonly vouched: string }
  | { readonly row: null; readonly code: StageFault; readonly detail: string };

/** Whether a row counts. The store is not believed: what is signed is verified anew, and only what was signed is read. */
function weigh(row: EvidenceRow, { signers = null, mayVouch = () => true }: EvidenceRules): Weighed {
  const { envelope = null, submittedBy } = row;
  const no = (code: StageFault, detail: string) => ({ row: null, code, detail });
  if (!mayVouch(submittedBy)) return no('forbidden', `${submittedBy} may not vouch for this service`);
  if (signers === null) {
    const how = envelope === null ? 'unsigned' : 'signature not asked for';
    return { row, vouched: `${how}, submitted by ${submittedBy}` };
  }
  if (envelope === null) return no('unsigned', `unsigned, submitted by ${submittedBy}`);
  const read = readEnvelopeText(envelope, signers);
  if (read.kind === 'refused') return no(read.code, read.detail);
  const signed = columnsOf(read.statement);
  if (signed.artifactDigest !== row.artifactDigest)
    return no('other-artifact', `what was signed is about ${signed.artifactDigest}`);
  if (signed.stage !== row.stage) return no('signature-invalid', `what was signed is about stage ${signed.stage}`);
  return { row: { ...row, ...signed }, vouched: `signer ${read.signers.map(({ name }) => name).join(', ')}` };
}

/** Of the statements of a stage that count, the newest; and why newer ones do not. */
function newestOf(rows: readonly EvidenceRow[], stage: Stage, rules: EvidenceRules) {
  const passedOver: (Weighed & { row: null })[] = [];
  for (const row of newestFirst(rows, stage)) {
    const weighed = weigh(row, rules);
    if (weighed.row) return { ...weighed, passedOver };
    passedOver.push(weighed);
  }
  return { row: null, vouched: '', passedOver };
}

/** The digest of the newest statement of each stage that counts, or null. */
export function newestDigests(
  rows: readonly EvidenceRow[],
  rules: EvidenceRules,
): { readonly [stage in Stage]: string | null } {
  const digests = stages.map((stage) => [stage, newestOf(rows, stage, rules).row?.digest ?? null]);
  return Object.fromEntries(digests) as { readonly [stage in Stage]: string | null };
}

/**
 * Judges all five stages for one artifact digest. `rows` are what the store has for it, `now` is in milliseconds.
 * Only `PASSED` passes; age counts from `finishedOn`; a stage starts no earlier than the stage before it finished,
 * compared to the second. What does not count replaces nothing; what was refused is told whatever the verdict, so that a
 * forged statement beside a good one leaves a trace in the record.
 */
export function judgeStages(
  rows: readonly EvidenceRow[],
  artifactDigest: string,
  now: number,
  maxAgeMs: number,
  { refused = [], ...rules }: EvidenceRules & { readonly refused?: readonly RefusedEvidence[] } = {},
): readonly StageFinding[] {
  const own = rows.filter((row) => row.artifactDigest === artifactDigest);
  const newest = stages.map((stage) => newestOf(own, stage, rules));
  return stages.map((stage, index) => {
    const before = stages[index - 1];
    const required = `passed${before ? `, after ${before}` : ''}, ≤ ${formatDuration(maxAgeMs)}${rules.signers ? `, signed by ${signersFor(rules.signers, stage)}` : ''}`;
    const refusals = refusedText(refused, artifactDigest, stage);
    const { row, vouched, passedOver } = newest[index] ?? newestOf([], stage, rules);
    if (!row) {
      const [first] = passedOver;
      const found = `${first?.detail ?? 'no evidence for this artifact digest'}${refusals}`;
      return { stage, verdict: 'failed', fault: first?.code ?? 'missing', required, found, evidence: null };
    }
    const previous = newest[index - 1]?.row;
    const fault =
      row.result !== 'PASSED'
        ? ('failed' as const)
        : Date.parse(row.finishedOn) > now + aheadMs
          ? ('from-the-future' as const)
          : Date.parse(row.finishedOn) < now - maxAgeMs
            ? ('too-old' as const)
            : before && (!previous || toSecond(row.startedOn) < toSecond(previous.finishedOn))
              ? ('out-of-order' as const)
              : null;
    const found = {
      none: `finished ${shown(row.finishedOn)}, ${vouched}`,
      failed: `result ${row.result}, finished ${shown(row.finishedOn)}, ${vouched}`,
      'from-the-future': `finished ${shown(row.finishedOn)}, which is ahead of now, ${vouched}`,
      'too-old': `finished ${shown(row.finishedOn)}, too long ago, ${vouched}`,
      'out-of-order': `started ${shown(row.startedOn)}, before ${before ?? ''} finished${previous ? ` ${shown(previous.finishedOn)}` : ''}, ${vouched}`,
    }[fault ?? 'none'];
    const ignored = passedOver.length === 0 ? '' : `; newer, not counted: ${summaryOf(passedOver)}`;
    return {
      stage,
      verdict: fault ? 'failed' : 'passed',
      fault,
      required,
      found: `${found}${ignored}${refusals}`,
      evidence: row,
    };
  });
}

function signersFor(signers: readonly Signer[], stage: Stage): string {
  const names = signers.filter((signer) => signer.stages.includes(stage)).map(({ name }) => name);
  return names.join(' or ') || 'nobody the policy names';
}

/** So many refusals are told of one stage, each in a line at most; the others are counted, and the store has them. */
const refusalsTold = 3;
const subjectLength = 255;

function refusedText(refused: readonly RefusedEvidence[], artifactDigest: string, stage: Stage): string {
  const own = refused
    .filter((one) => one.artifactDigest === artifactDigest && (one.stage === null || one.stage === stage))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const told = own
    .slice(0, refusalsTold)
    .map(
      ({ at, code, submittedBy }) => `; refused ${at}: ${code}, submitted by ${submittedBy.slice(0, subjectLength)}`,
    );
  const more = own.length - told.length;
  return [...told, ...(more > 0 ? [`; ${more} more refused`] : [])].join('');
}

/** `2 unsigned, 1 unknown-signer`. */
function summaryOf(passedOver: readonly { readonly code: StageFault }[]): string {
  const counts = new Map<string, number>();
  for (const { code } of passedOver) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}

import { byteLength, canonicalJson, digestOf } from '../base/canonical-json.ts';
import type { ErrorIssue } from '../base/errors.ts';
import { shortList } from '../base/short-list.ts';
import type { Policy } from '../policy/policy.ts';
import { type Signer, signersWithRoot } from '../policy/signers-schema.ts';
import { evidenceLimitBytes, tooLarge } from '../trust/envelope.ts';
import { isFromTheFuture } from './age.ts';
import { type EvidenceRow, type RefusedEvidence } from './evidence.ts';
import { claimOf, columnsOf, type Read, readStatement, readSubmitted, refused, type Verifiers } from './read.ts';
import type { FullStage } from './room.ts';
import { artifactsOf, maxArtifacts, type Statement } from './statement.ts';
import { type EvidenceSubmission } from './submission-schema.ts';

export interface Submitter extends Verifiers {
  readonly submittedBy: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Everybody whose signature the policy lets count somewhere. */
  readonly signers: readonly Signer[];
}

export interface Sorted {
  /** One for each artifact that a statement is filed under. */
  readonly taken: readonly {
    readonly row: EvidenceRow;
    readonly statement: Statement;
    /** Names of those who signed. */
    readonly signers: readonly string[];
    /** Where in the submission it stands, as a JSON pointer. */
    readonly at: string;
  }[];
  readonly issues: readonly ErrorIssue[];
  /** What is kept of those that are refused and say what they are about. */
  readonly refused: readonly RefusedEvidence[];
}

/** The signers of all environments. A signature must be of one of them; the gate decides which environment it counts for. */
export function signersOf({ environments }: Policy): readonly Signer[] {
  return Object.values(environments).flatMap(({ evidence: { signers = [], trustedRoot } }) =>
    signersWithRoot({ signers, trustedRoot }),
  );
}

/** Sorts every member of a submission into what may be kept and what is refused, and why. */
export function sortSubmission(submission: EvidenceSubmission, submitter: Submitter): Sorted {
  return together(submission.evidence.map((_, i) => sortMember(submission, i, submitter)));
}

/** The results of several members of a submission as one. */
export function together(each: readonly Sorted[]): Sorted {
  return {
    taken: each.flatMap(({ taken }) => taken),
    issues: each.flatMap(({ issues }) => issues),
    refused: each.flatMap(({ refused }) => refused),
  };
}

/** The same for the member at one place of it. */
export function sortMember({ evidence, artifact }: EvidenceSubmission, i: number, submitter: Submitter): Sorted {
  const { envelope, statement: bare } = evidence[i] ?? {};
  const at = `/evidence/${i}/${envelope ? 'envelope' : 'statement'}`;
  const submitted = { submittedBy: submitter.submittedBy, at: new Date(submitter.now).toISOString() };
  const read = checked(
    envelope ? readSubmitted(envelope, submitter.signers, submitter) : readBare(bare, submitter.signers),
    { artifact, now: submitter.now },
  );
  if (read.kind === 'read') {
    const { statement, kept } = read;
    const text = canonicalJson(kept ? kept() : statement);
    const common = {
      digest: digestOf(text),
      ...columnsOf(statement),
      submittedBy: submitted.submittedBy,
      submittedAt: submitted.at,
      envelope: kept ? text : null,
    };
    const signers = read.signers.map(({ name }) => name);
    const artifacts = artifact === undefined ? artifactsOf(statement) : [artifact];
    const taken = artifacts.map((artifactDigest) => ({ row: { ...common, artifactDigest }, statement, signers, at }));
    return { taken, issues: [], refused: [] };
  }
  const issues = (read.issues ?? [read]).map(({ pointer, code, detail }) => ({ pointer: at + pointer, code, detail }));
  const claim = claimOf(envelope ?? bare);
  // The artifact that the sender names comes first: that is where people look for the refusal.
  const artifactDigest = artifact ?? claim?.artifactDigest;
  if (artifactDigest === undefined) return { taken: [], issues, refused: [] };
  const { code, detail } = read;
  const stage = claim?.stage ?? null;
  return { taken: [], issues, refused: [{ artifactDigest, stage, code, detail: detail.slice(0, 500), ...submitted }] };
}

/** The answer to evidence that has no room, and what is kept of it as refused. */
export function roomless(taken: Sorted['taken'], full: readonly FullStage[]): Pick<Sorted, 'issues' | 'refused'> {
  const without = taken.filter(({ row }) =>
    full.some(({ artifactDigest, stage }) => artifactDigest === row.artifactDigest && stage === row.stage),
  );
  const code = 'evidence-full';
  const detailOf = ({ stage, artifactDigest }: EvidenceRow) =>
    `there is as much evidence of stage ${stage} for ${artifactDigest} as is kept`;
  return {
    issues: without.map(({ row, at }) => ({ pointer: at, code, detail: detailOf(row) })),
    refused: without.map(({ row }) => {
      const { artifactDigest, stage, submittedBy, submittedAt } = row;
      return { artifactDigest, stage, code, detail: detailOf(row), submittedBy, at: submittedAt };
    }),
  };
}

function readBare(statement: unknown, known: readonly Signer[]): Read {
  const bytes = byteLength(canonicalJson(statement));
  return bytes > evidenceLimitBytes
    ? refused('', 'evidence-too-large', tooLarge('statement', bytes))
    : readStatement(statement, '', known);
}

/** Refuses what is wrong with a statement whichever deployment it will be used for. */
function checked(read: Read, { artifact, now }: { readonly artifact: string | undefined; readonly now: number }): Read {
  if (read.kind === 'refused') return read;
  const { finishedOn } = columnsOf(read.statement);
  const about = artifactsOf(read.statement);
  if (artifact !== undefined && !about.includes(artifact))
    return refused('', 'other-artifact', `the statement is about ${shortList(about, 1) || 'nothing'}, not ${artifact}`);
  if (artifact === undefined && about.length > maxArtifacts)
    return refused(
      '',
      'invalid-evidence',
      `it is about ${about.length} artifacts: say by \`artifact\` which of them is meant`,
    );
  if (isFromTheFuture(finishedOn, now))
    return refused('/predicate/finishedOn', 'invalid-evidence', `${finishedOn} is more than 60 s ahead.`);
  return read;
}

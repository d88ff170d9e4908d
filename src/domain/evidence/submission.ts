import { byteLength, canonicalJson, digestOf } from '../canonical-json.ts';
import type { ErrorIssue } from '../errors.ts';
import type { Policy } from '../policy/policy.ts';
import { type EvidenceFault, evidenceLimitBytes } from './envelope.ts';
import type { EvidenceRow, EvidenceSubmission, RefusedEvidence, Statement } from './evidence.ts';
import { aheadMs } from './judge-stages.ts';
import { claimOf, columnsOf, type Read, type Refused, readEnvelope, readStatement } from './read-evidence.ts';
import type { Signer } from './signers.ts';

export interface Submitter {
  readonly submittedBy: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Everybody whose signature the policy lets count somewhere. */
  readonly signers: readonly Signer[];
}

interface Sorted {
  readonly taken: readonly {
    readonly row: EvidenceRow;
    readonly statement: Statement;
    /** Names of those who signed. */
    readonly signers: readonly string[];
  }[];
  readonly issues: readonly ErrorIssue[];
  /** What is kept of those that are refused and say what they are about. */
  readonly refused: readonly RefusedEvidence[];
}

/** The signers of all environments. A signature must be of one of them; which environment it counts for, the gate says. */
export function signersOf({ environments }: Policy): readonly Signer[] {
  return Object.values(environments).flatMap(({ evidence }) => evidence.signers ?? []);
}

/** Looks into every member of a submission and tells what may be kept from what is refused, and why. */
export function sortSubmission({ evidence, artifact }: EvidenceSubmission, submitter: Submitter): Sorted {
  const taken: Sorted['taken'][number][] = [];
  const issues: ErrorIssue[] = [];
  const refused: RefusedEvidence[] = [];
  evidence.forEach((item, i) => {
    const document = item.envelope ?? item.statement;
    const at = `/evidence/${i}/${item.envelope ? 'envelope' : 'statement'}`;
    const text = canonicalJson(document);
    const read = checked(
      item.envelope ? readEnvelope(item.envelope, submitter.signers) : readBare(item.statement, text),
      {
        artifact,
        now: submitter.now,
      },
    );
    if (read.kind === 'read') {
      const { statement } = read;
      const row: EvidenceRow = {
        digest: digestOf(text),
        ...columnsOf(statement),
        submittedBy: submitter.submittedBy,
        submittedAt: new Date(submitter.now).toISOString(),
        envelope: item.envelope ? text : null,
      };
      taken.push({ row, statement, signers: read.signers.map(({ name }) => name) });
      return;
    }
    issues.push(...issuesOf(read).map((issue) => ({ ...issue, pointer: at + issue.pointer })));
    const claim = claimOf(document);
    // Whoever says for which artifact it is meant says it best: the refusal is looked for there.
    const artifactDigest = artifact ?? claim?.artifactDigest;
    if (artifactDigest !== undefined)
      refused.push({
        artifactDigest,
        stage: claim?.stage ?? null,
        code: read.code,
        detail: read.detail.slice(0, 500),
        submittedBy: submitter.submittedBy,
        at: new Date(submitter.now).toISOString(),
      });
  });
  return { taken, issues, refused };
}

function readBare(statement: unknown, text: string): Read {
  const bytes = byteLength(text);
  return bytes > evidenceLimitBytes
    ? no('', 'evidence-too-large', `the statement has ${bytes} bytes; at most ${evidenceLimitBytes} count`)
    : readStatement(statement);
}

/** What can be said of a statement before any deployment asks for it. */
function checked(read: Read, { artifact, now }: { readonly artifact: string | undefined; readonly now: number }): Read {
  if (read.kind === 'refused') return read;
  const { artifactDigest, finishedOn } = columnsOf(read.statement);
  if (artifact !== undefined && artifactDigest !== artifact)
    return no('', 'other-artifact', `the statement is about ${artifactDigest}, not ${artifact}`);
  if (Date.parse(finishedOn) > now + aheadMs)
    return no('/predicate/finishedOn', 'invalid-evidence', `${finishedOn} is more than 60 s ahead.`);
  return read;
}

function issuesOf({ pointer, code, detail, issues }: Refused): readonly ErrorIssue[] {
  return issues ?? [{ pointer, code, detail }];
}

function no(pointer: string, code: EvidenceFault['code'], detail: string): Refused {
  return { kind: 'refused', pointer, code, detail };
}

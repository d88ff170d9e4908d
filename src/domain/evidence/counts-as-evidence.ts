import type { Signer } from '../policy/signers-schema.ts';
import { type EvidenceRow, type StageFault, type Stated, type Vouched } from './evidence.ts';
import { columnsOf, readEnvelopeText, statementIn, type Verifiers } from './read.ts';
import { artifactsOf, shardOf } from './statement.ts';

/** What decides whether evidence counts at all. */
export interface EvidenceRules extends Verifiers {
  /** Only theirs counts; null: that of anybody who may submit, and the record shows that. */
  readonly signers?: readonly Signer[] | null;
  /** Whether what this subject submitted may count here. */
  readonly mayVouch?: (submittedBy: string) => boolean;
}

/** A row that counts, as it was signed. */
export interface Counted extends Stated {
  readonly row: EvidenceRow;
  readonly vouched: Vouched;
}

export interface PassedOver {
  readonly row: null;
  readonly code: StageFault;
  readonly detail: string;
}

export type Weigh = (row: EvidenceRow) => Counted | PassedOver;

/** Weighs by these rules, and each row once. */
export function weighingBy(rules: EvidenceRules): Weigh {
  const weighed = new Map<EvidenceRow, Counted | PassedOver>();
  return (row) => {
    const known = weighed.get(row) ?? weigh(row, rules);
    weighed.set(row, known);
    return known;
  };
}

/**
 * Whether a row counts. The store is not trusted: what is signed is verified anew, and only what was signed is read. Of
 * several who submitted the same, the first one who may vouch here does.
 */
function weigh(
  row: EvidenceRow,
  { signers = null, mayVouch = () => true, ...verifiers }: EvidenceRules,
): Counted | PassedOver {
  const { envelope = null } = row;
  const submission = [row, ...(row.alsoBy ?? [])].find(({ submittedBy }) => mayVouch(submittedBy));
  if (!submission) return no('forbidden', `${row.submittedBy} may not vouch for this service`);
  const { submittedBy, submittedAt } = submission;
  if (signers === null) {
    // One that cannot be read may be of a shard, or have failed.
    const statement = statementIn(row);
    if ((envelope ?? row.statement ?? null) !== null && !statement)
      return no('invalid-evidence', `what the store kept is no statement, submitted by ${submittedBy}`);
    const how = envelope === null ? 'unsigned' : 'signature-not-asked-for';
    const stated = { shard: statement && shardOf(statement), counts: statement?.predicate.counts ?? null };
    return { row: { ...row, submittedBy, submittedAt }, vouched: { how, submittedBy: [submittedBy] }, ...stated };
  }
  if (envelope === null) return no('unsigned', `unsigned, submitted by ${submittedBy}`);
  const read = readEnvelopeText(envelope, signers, verifiers);
  if (read.kind === 'refused') return no(read.code, read.detail);
  const { statement } = read;
  const signed = columnsOf(statement);
  const about = artifactsOf(statement);
  if (!about.includes(row.artifactDigest)) return no('other-artifact', `what was signed is about ${about.join(', ')}`);
  if (signed.stage !== row.stage) return no('signature-invalid', `what was signed is about stage ${signed.stage}`);
  const by = read.signers.map(({ name, keyId }) => ({ name, keyId }));
  return {
    row: { ...row, submittedBy, submittedAt, ...signed },
    vouched: { how: 'signed', by: [by] },
    shard: shardOf(statement),
    counts: statement.predicate.counts ?? null,
  };
}

function no(code: StageFault, detail: string): PassedOver {
  return { row: null, code, detail };
}

import { type ErrorIssue, GantryError } from '../errors.ts';
import { parseWith } from '../issues.ts';
import { jsonFaults } from '../json-faults.ts';
import { digestSchema } from '../names.ts';
import { fromBase64 } from './base64.ts';
import { type Envelope, type EvidenceFault, envelopeSchema, openEnvelope } from './envelope.ts';
import {
  type EvidenceRow,
  type RefusedEvidence,
  type Statement,
  stages,
  statementSchema,
  testResultPredicate,
} from './evidence.ts';
import type { Signer } from './signers.ts';

/** `pointer` says where in the document; `issues` are all findings where there are several. */
export type Refused = {
  readonly kind: 'refused';
  readonly pointer: string;
  readonly issues?: readonly ErrorIssue[];
} & EvidenceFault;
export type Read =
  /** `signers`: those of the known ones who signed and may vouch for the stage; none where nobody signed. */
  { readonly kind: 'read'; readonly statement: Statement; readonly signers: readonly Signer[] } | Refused;

/**
 * The statement in an envelope. Nothing of it is parsed before a signature has been verified. Refuses as `openEnvelope`
 * does, with `unknown-predicate`, `invalid-evidence`, and with `signer-not-allowed` where none of those who signed may
 * vouch for the stage.
 */
export function readEnvelope(envelope: Envelope, known: readonly Signer[]): Read {
  const opened = openEnvelope(envelope, known);
  if (opened.kind === 'refused') return { pointer: '', ...opened };
  const document = parsed(opened.payload);
  if (document === undefined) return refused('/payload', 'invalid-evidence', 'the payload is not JSON in UTF-8');
  // Of two equal keys one reader takes the first and another the last: such a statement says two things.
  const [twice] = jsonFaults(new TextDecoder().decode(opened.payload));
  if (twice) return refused('/payload', 'invalid-evidence', `the payload at ${twice.pointer || '/'}: ${twice.detail}`);
  const read = readStatement(document, '/payload');
  if (read.kind === 'refused') return read;
  const { stage } = read.statement.predicate;
  const signers = opened.keys.filter(({ stages: allowed }) => allowed.includes(stage));
  if (signers.length > 0) return { ...read, signers };
  const names = [...new Set(opened.keys.map(({ name }) => name))].join(', ');
  return refused('', 'signer-not-allowed', `signed by ${names}, whose signature does not count for stage ${stage}`);
}

/** The same for an envelope that the store has kept as text. */
export function readEnvelopeText(text: string, known: readonly Signer[]): Read {
  const envelope = envelopeSchema.safeParse(parsed(text));
  return envelope.success
    ? readEnvelope(envelope.data, known)
    : refused('', 'signature-invalid', 'what the store kept is no envelope');
}

/** A statement as it is, without an envelope. Refuses with `unknown-predicate`, `invalid-evidence`. */
export function readStatement(document: unknown, at = ''): Read {
  const predicateType = memberOf(document, 'predicateType');
  if (typeof predicateType === 'string' && predicateType !== testResultPredicate)
    return refused(
      `${at}/predicateType`,
      'unknown-predicate',
      `the only predicate that counts is ${testResultPredicate}`,
    );
  try {
    const path = at.split('/').slice(1);
    return { kind: 'read', statement: parseWith(statementSchema, document, 'invalid-evidence', path), signers: [] };
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    const [first] = error.issues;
    const issues = error.issues;
    return { ...refused(first?.pointer ?? at, error.code, first?.detail ?? error.message), issues };
  }
}

/** What of a statement the store keeps in columns. */
export function columnsOf({ subject, predicate }: Statement) {
  const { stage, result, startedOn, finishedOn, url } = predicate;
  const artifactDigest = `sha256:${subject[0]?.digest.sha256 ?? ''}`;
  return { artifactDigest, stage, result, startedOn, finishedOn, url: url ?? null } satisfies Partial<EvidenceRow>;
}

/**
 * What a refused envelope or statement claims to be about, only so that the refusal is shown where people look for the
 * evidence: it is read after the decision and changes nothing in it. Null where it names no artifact digest.
 */
export function claimOf(document: unknown): Pick<RefusedEvidence, 'artifactDigest' | 'stage'> | null {
  const payload = memberOf(document, 'payload');
  const statement = typeof payload === 'string' ? parsed(fromBase64(payload) ?? '') : document;
  const subject = memberOf(statement, 'subject');
  const sha256: unknown = memberOf(memberOf(Array.isArray(subject) ? subject[0] : undefined, 'digest'), 'sha256');
  const digest = digestSchema.safeParse(`sha256:${String(sha256)}`);
  if (!digest.success) return null;
  const stage = memberOf(memberOf(statement, 'predicate'), 'stage');
  return { artifactDigest: digest.data, stage: stages.find((name) => name === stage) ?? null };
}

function parsed(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
}

function refused(pointer: string, code: EvidenceFault['code'], detail: string): Refused {
  return { kind: 'refused', pointer, code, detail };
}

function memberOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
}

import { type ErrorIssue, GantryError } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { parseWith } from '../base/issues.ts';
import { parseJson } from '../base/json.ts';
import { jsonFaults } from '../base/json-faults.ts';
import { testResultPredicate } from '../base/predicates.ts';
import { stages } from '../base/stages.ts';
import { digestSchema } from '../base/text-schemas.ts';
import { isKeySigner, type Signer } from '../policy/signers-schema.ts';
import { fromBase64 } from '../trust/base64.ts';
import {
  type Envelope,
  type EvidenceFault,
  envelopeSchema,
  keptEnvelope,
  openEnvelope,
  type VerifySignature,
} from '../trust/envelope.ts';
import { attributeBundle, isBundle, takesBundles, type VerifyBundle } from './bundle.ts';
import { type EvidenceRow, type RefusedEvidence } from './evidence.ts';
import { envelopeFormFault, statementFormFault } from './forms.ts';
import { provenanceAsResult } from './provenance.ts';
import { maxArtifacts, resultOf, type Statement, statementSchema } from './statement.ts';
import { signersThatCount } from './whose-signature-counts.ts';

/** `pointer` says where in the document; `issues` are all findings where there are several. */
export type Refused = {
  readonly kind: 'refused';
  readonly pointer: string;
  readonly issues?: readonly ErrorIssue[];
} & EvidenceFault;
export type Read =
  | {
      readonly kind: 'read';
      readonly statement: Statement;
      /** Those of the known ones who signed and may vouch for the stage; none where it is unsigned. */
      readonly signers: readonly Signer[];
      /** Makes the envelope or bundle that is kept; null where it is unsigned. */
      readonly kept: (() => object) | null;
    }
  | Refused;

/**
 * The statement in an envelope. Nothing of it is parsed before a signature has been verified. Refuses as `openEnvelope`
 * does, with `unknown-predicate`, `invalid-evidence`, and with `signer-not-allowed` where none of those who signed may
 * vouch for the stage.
 */
export function readEnvelope(envelope: Envelope, known: readonly Signer[], verify?: VerifySignature): Read {
  const opened = openEnvelope(envelope, known.filter(isKeySigner), verify);
  if (opened.kind === 'refused') return { pointer: '', ...opened };
  const kept = () => keptEnvelope(opened.payload, opened.signatures);
  return readPayload({ ...opened, kept, at: '/payload', as: (document) => document }, known);
}

/** The same of a Sigstore bundle. Refuses as `attributeBundle` does, too. */
function readBundle(bundle: unknown, known: readonly Signer[], verify?: VerifyBundle): Read {
  const opened = attributeBundle(bundle, known, verify);
  if (opened.kind === 'refused') return { pointer: '', ...opened };
  const { keys, signedAt, kept } = opened;
  const attesting = (document: unknown) =>
    keys.filter(({ attests }) => attests.some((one) => one === fieldsOf(document)['predicateType']));
  return readPayload(
    {
      ...opened,
      kept: () => kept,
      at: '/dsseEnvelope/payload',
      as: (document) => provenanceAsResult(document, keys, signedAt),
      attesting,
    },
    known,
  );
}

/** What somebody whom the policy names has signed, not parsed yet. */
interface SignedPayload {
  readonly payload: Uint8Array;
  readonly keys: readonly Signer[];
  readonly kept: () => object;
  /** Where it stands, as a JSON pointer. */
  readonly at: string;
  /** As what it counts. */
  readonly as: (document: unknown) => unknown;
  /** Those who may attest such a thing at all; absent: all of them. */
  readonly attesting?: (document: unknown) => readonly Signer[];
}

function readPayload({ payload, keys, kept, at, as, attesting }: SignedPayload, known: readonly Signer[]): Read {
  const document = parseJson(payload);
  if (document === undefined) return refused(at, 'invalid-evidence', 'the payload is not JSON in UTF-8');
  // Of two equal keys one reader takes the first and another the last: such a statement has two meanings.
  const [twice] = jsonFaults(new TextDecoder().decode(payload));
  if (twice) return refused(at, 'invalid-evidence', `the payload at ${twice.pointer}: ${twice.detail}`);
  const read = readStatement(as(document), at, known);
  if (read.kind === 'refused') return read;
  const { stage } = read.statement.predicate;
  const whose = signersThatCount(keys, stage, attesting?.(document));
  if (whose.kind === 'refused')
    return { ...whose, pointer: whose.code === 'unknown-predicate' ? `${at}/predicateType` : '' };
  return { ...read, signers: whose.signers, kept };
}

/** How signatures are verified; what is absent as it can be done everywhere, or not at all. */
export interface Verifiers {
  readonly verify?: VerifySignature | undefined;
  readonly verifyBundle?: VerifyBundle | undefined;
}

/** The same for a document that was sent as an envelope. Refuses with `unsupported-evidence`, too. */
export function readSubmitted(document: unknown, known: readonly Signer[], by: Verifiers = {}): Read {
  if (isBundle(document) && takesBundles(known)) return readBundle(document, known, by.verifyBundle);
  const fault = envelopeFormFault(document, known);
  if (fault !== null) return refused('', 'unsupported-evidence', fault);
  const read = orRefused(() => parseWith(envelopeSchema, document, 'invalid-evidence'));
  return 'kind' in read ? read : readEnvelope(read.value, known, by.verify);
}

/** The same for an envelope or a bundle that the store has kept as text. */
export function readEnvelopeText(text: string, known: readonly Signer[], by: Verifiers = {}): Read {
  const document = parseJson(text);
  if (isBundle(document)) return readBundle(document, known, by.verifyBundle);
  const envelope = envelopeSchema.safeParse(document);
  return envelope.success
    ? readEnvelope(envelope.data, known, by.verify)
    : refused('', 'signature-invalid', 'what the store kept is no envelope');
}

/** The statement in an envelope or in a text that the store has kept, unverified; null where there is none. */
export function statementIn(row: EvidenceRow): Statement | null {
  const read = statementSchema.safeParse(documentIn(row));
  return read.success ? read.data : null;
}

function documentIn({ envelope, statement }: EvidenceRow): unknown {
  const { payload: own, dsseEnvelope } = fieldsOf(parseJson(envelope ?? ''));
  const payload = own ?? fieldsOf(dsseEnvelope)['payload'];
  return parseJson((typeof payload === 'string' ? fromBase64(payload) : statement) ?? '');
}

/** A statement as it is, without an envelope. Refuses with `unsupported-evidence`, `unknown-predicate`, `invalid-evidence`. */
export function readStatement(document: unknown, at = '', known: readonly Signer[] = []): Read {
  const fault = statementFormFault(document, known);
  if (fault !== null) return refused(`${at}${fault.pointer}`, 'unsupported-evidence', fault.detail);
  const { predicateType } = fieldsOf(document);
  if (typeof predicateType === 'string' && predicateType !== testResultPredicate)
    return refused(
      `${at}/predicateType`,
      'unknown-predicate',
      `the only predicate that counts is ${testResultPredicate}`,
    );
  const path = at.split('/').slice(1);
  const read = orRefused(() => parseWith(statementSchema, document, 'invalid-evidence', path));
  return 'kind' in read ? read : { kind: 'read', statement: read.value, signers: [], kept: null };
}

function orRefused<T>(parse: () => T): { readonly value: T } | Refused {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    const [first = { pointer: '', detail: error.message }] = error.issues;
    return { ...refused(first.pointer, error.code, first.detail), issues: error.issues };
  }
}

/** What of a statement the store keeps in columns, beside the artifact that it is filed under. */
export function columnsOf(statement: Statement) {
  const { stage, startedOn, finishedOn, url } = statement.predicate;
  return { stage, result: resultOf(statement), startedOn, finishedOn, url: url ?? null } satisfies Partial<EvidenceRow>;
}

/**
 * What a refused envelope or statement claims to be about, only so that the refusal is shown where people look for the
 * evidence: it is read after the decision and changes nothing in it. Null where it names no artifact digest.
 */
export function claimOf(document: unknown): Pick<RefusedEvidence, 'artifactDigest' | 'stage'> | null {
  const { payload: own, dsseEnvelope } = fieldsOf(document);
  const payload = own ?? fieldsOf(dsseEnvelope)['payload'];
  const { subject, predicate } = fieldsOf(
    typeof payload === 'string' ? parseJson(fromBase64(payload) ?? '') : document,
  );
  const { stage } = fieldsOf(predicate);
  for (const one of Array.isArray(subject) ? subject.slice(0, maxArtifacts) : []) {
    const digest = digestSchema.safeParse(`sha256:${String(fieldsOf(fieldsOf(one)['digest'])['sha256'])}`);
    if (digest.success) return { artifactDigest: digest.data, stage: stages.find((name) => name === stage) ?? null };
  }
  return null;
}

export function refused(pointer: string, code: EvidenceFault['code'], detail: string): Refused {
  return { kind: 'refused', pointer, code, detail };
}

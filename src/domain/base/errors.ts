/**
 * Every way Gantry refuses or fails, in one table: the code drives the HTTP status, whether a repeat can help, and the
 * page `docs/errors.md` (a test holds the three together).
 */
interface ErrorKind {
  readonly status: number;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
  readonly title: string;
}

export const errorTable = {
  // 400: the input is malformed
  malformed: { status: 400, retryable: false, title: 'The request is malformed' },
  'malformed-json': { status: 400, retryable: false, title: 'The body is not JSON' },
  'malformed-yaml': { status: 400, retryable: false, title: 'The document is not plain YAML 1.2' },
  'idempotency-key-missing': { status: 400, retryable: false, title: 'An Idempotency-Key header is needed' },
  // 401, 403: who
  unauthenticated: { status: 401, retryable: false, title: 'A key or token that counts is needed' },
  'login-failed': { status: 401, retryable: false, title: 'The login did not succeed' },
  forbidden: { status: 403, retryable: false, title: 'This person may not do that' },
  'scope-missing': { status: 403, retryable: false, title: 'The key is limited to something else' },
  'cross-site': { status: 403, retryable: false, title: 'The request came from another site' },
  'self-approval': { status: 403, retryable: false, title: 'Nobody approves or reviews a change of their own' },
  'unproven-message': { status: 403, retryable: false, title: 'Nobody vouches for this message' },
  'unsealed-plan': { status: 403, retryable: false, title: 'This is not what the API has sealed' },
  'role-missing': { status: 403, retryable: false, title: 'A role is missing' },
  'already-approved': { status: 403, retryable: false, title: 'One person fills one rule' },
  // 404
  'not-found': { status: 404, retryable: false, title: 'There is no such thing' },
  // 405, 406: how it is asked for
  'method-not-allowed': { status: 405, retryable: false, title: 'This path does not take that method' },
  'not-acceptable': { status: 406, retryable: false, title: 'It is not there in a form that the client takes' },
  // 409: the state does not allow it
  'plan-changed': {
    status: 409,
    retryable: false,
    title: 'The approval names another plan than the one that is frozen',
  },
  ended: { status: 409, retryable: false, title: 'The deployment has ended' },
  'too-late': { status: 409, retryable: false, title: 'Too late: the deployment is confirmed' },
  'too-early': { status: 409, retryable: false, title: 'The deployment has not come to this point' },
  'wrong-phase': { status: 409, retryable: false, title: 'This phase does not take that message' },
  'not-waiting': { status: 409, retryable: false, title: 'Nothing waits for this message' },
  'target-busy': { status: 409, retryable: true, title: 'The target is in use' },
  'review-overdue': {
    status: 409,
    retryable: false,
    title: 'The review of an emergency is overdue on this target',
  },
  'nothing-to-resolve': { status: 409, retryable: false, title: 'The target has nothing to resolve' },
  'stale-fence': { status: 409, retryable: false, title: 'A newer deployment holds the target' },
  'run-was-reset': { status: 409, retryable: false, title: 'This run was reset and may not act' },
  'journal-conflict': {
    status: 409,
    retryable: false,
    title: 'The journal in the store says something else under this number',
  },
  'key-in-use': { status: 409, retryable: false, title: 'The signing key is still needed' },
  'store-not-empty': { status: 409, retryable: false, title: 'The store holds something already' },
  'evidence-full': {
    status: 409,
    retryable: false,
    title: 'There is as much evidence of this artifact and stage as is kept',
  },
  'idempotency-in-progress': { status: 409, retryable: true, title: 'The same request is being worked on' },
  // 413
  'too-large': { status: 413, retryable: false, title: 'The input is too large' },
  'evidence-too-large': { status: 413, retryable: false, title: 'The evidence is too large' },
  // 415
  'unsupported-media-type': { status: 415, retryable: false, title: 'The body must be application/json' },
  // 422: well-formed but refused
  'invalid-procedure': { status: 422, retryable: false, title: 'The procedure breaks a rule' },
  'invalid-backup': { status: 422, retryable: false, title: 'This is no whole backup that this build can restore' },
  'invalid-policy': { status: 422, retryable: false, title: 'The policy breaks a rule' },
  'invalid-evidence': { status: 422, retryable: false, title: 'The evidence breaks a rule' },
  'unsupported-evidence': {
    status: 422,
    retryable: false,
    title: 'Evidence in this form is not taken; the answer says what to send',
  },
  'unknown-signer': { status: 422, retryable: false, title: 'Nobody whom the policy names has signed this evidence' },
  'signer-not-allowed': { status: 422, retryable: false, title: 'This signature does not count for this stage' },
  'signature-invalid': { status: 422, retryable: false, title: 'The signature does not fit what is signed' },
  'duplicate-signature': { status: 422, retryable: false, title: 'One key has signed twice' },
  'unknown-predicate': { status: 422, retryable: false, title: 'The statement is not about a test result' },
  'other-artifact': { status: 422, retryable: false, title: 'The evidence is about another artifact' },
  'invalid-parameter': { status: 422, retryable: false, title: 'A parameter breaks its rule' },
  'unknown-reference': { status: 422, retryable: false, title: 'A reference names nothing' },
  'unknown-procedure': { status: 422, retryable: false, title: 'There is no such procedure' },
  'unknown-service': {
    status: 422,
    retryable: false,
    title: 'The policy names no such service, and nobody adopted it',
  },
  'unknown-environment': {
    status: 422,
    retryable: false,
    title: 'The policy, or the procedure, names no such environment',
  },
  'shared-address': { status: 422, retryable: false, title: 'Two environments of the procedure are not apart' },
  'inline-procedure-refused': { status: 422, retryable: false, title: 'The policy allows no inline procedures' },
  'artifact-unbound': { status: 422, retryable: false, title: 'The procedure does not bind the artifact digest' },
  'no-live-release': {
    status: 422,
    retryable: false,
    title: 'Nothing is known to be live on this target; adopt what it serves first',
  },
  'policy-not-met': { status: 422, retryable: false, title: 'The procedure does not meet the policy' },
  'limit-exceeded': { status: 422, retryable: false, title: 'The plan exceeds a limit' },
  'plan-too-large': { status: 422, retryable: false, title: 'The plan is too large' },
  'other-target': { status: 422, retryable: false, title: 'The deployment belongs to another target' },
  'idempotency-key-reused': { status: 422, retryable: false, title: 'This Idempotency-Key was used for another body' },
  'not-available-yet': { status: 422, retryable: false, title: 'This is described but not available yet' },
  'secret-missing': { status: 422, retryable: false, title: 'A secret is missing or too short' },
  'address-refused': { status: 422, retryable: false, title: 'This address is refused' },
  'commands-not-isolated': {
    status: 409,
    retryable: false,
    title: 'Commands would run as the worker itself, which policy does not take',
  },
  'files-changed': { status: 409, retryable: false, title: 'A file of the procedure is not the one that was planned' },
  'approval-lost': { status: 409, retryable: false, title: 'A person who approved is no longer entitled to' },
  // 429, 503
  'queue-full': { status: 429, retryable: true, title: 'The target has 100 open deployments' },
  'too-many-messages': { status: 429, retryable: false, title: 'The deployment takes no more of these' },
  'too-many-requests': { status: 429, retryable: true, title: 'This caller asks too much at once' },
  'too-many-waiting': { status: 429, retryable: true, title: 'Too many requests wait at once' },
  'engine-unavailable': { status: 503, retryable: true, title: 'Temporal does not answer' },
  'store-unavailable': { status: 503, retryable: true, title: 'The store does not answer' },
  'documents-unwritten': { status: 503, retryable: true, title: 'A repository of documents does not take them now' },
  'disk-full': { status: 503, retryable: true, title: 'No room is left where the state is kept' },
  'journal-gap': {
    status: 503,
    retryable: true,
    title: 'The store lacks entries of the journal, and nobody tells them now',
  },
  'no-signing-key': { status: 503, retryable: true, title: 'The API has no key to sign with, and policy asks for one' },
  'identity-unavailable': { status: 503, retryable: true, title: 'The identity provider does not answer' },
  'not-ready': { status: 503, retryable: true, title: 'Not ready' },
  'schema-too-new': { status: 503, retryable: true, title: 'The store has a newer schema than this build works with' },
  'in-recovery': { status: 503, retryable: true, title: 'The store was restored, and nobody has ended the recovery' },
  'store-locked': { status: 503, retryable: true, title: 'Another process uses this store' },
  // failures of the program itself
  'invalid-config': { status: 500, retryable: false, title: 'The configuration breaks a rule' },
  'temporal-not-found': { status: 500, retryable: false, title: 'No Temporal server and no way to start one' },
  'needs-intervention': { status: 500, retryable: false, title: 'A person must look at the target' },
  unwatched: { status: 500, retryable: false, title: 'No worker took the health monitor in time' },
  'not-delivered': { status: 503, retryable: true, title: 'A notification has not arrived yet' },
  'lost-attempt': { status: 500, retryable: true, title: 'The worker was lost in the middle of an attempt' },
  internal: { status: 500, retryable: true, title: 'A fault in Gantry' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorTable;

export interface GantryErrorOptions {
  /** JSON pointer (RFC 6901) to the offending input, `''` for the whole. */
  readonly pointer?: string;
  readonly cause?: unknown;
  /** More findings of the same kind, when several were made at once. */
  readonly issues?: readonly ErrorIssue[];
}

export interface ErrorIssue {
  readonly pointer: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** An error with a code of the table, a sentence for people (`message`) and, for input, the place. */
export class GantryError extends Error {
  override readonly name = 'GantryError';
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  readonly issues: readonly ErrorIssue[];

  constructor(code: ErrorCode, detail: string, options: GantryErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.pointer = options.pointer;
    this.issues = options.issues ?? [];
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

/** Whether something that was thrown is an error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is GantryError {
  return error instanceof GantryError && codes.includes(error.code);
}

/** Whether a string is a code of the table (a code may arrive as the `type` of a Temporal failure). */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code);
}

/**
 * Every way Gantry refuses or fails, in one table: the code drives the HTTP status, whether a repeat can help, and the
 * page `docs/reference/errors.md`, which is written from it and `remedies.ts`.
 */
interface ErrorKind {
  readonly status: number;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
  readonly title: string;
}

const refused = (status: number, title: string): ErrorKind => ({ status, retryable: false, title });
const temporary = (status: number, title: string): ErrorKind => ({ status, retryable: true, title });

export const errorTable = {
  // 400: the input is malformed
  malformed: refused(400, 'The request is malformed'),
  'malformed-json': refused(400, 'The body is not JSON'),
  'malformed-yaml': refused(400, 'The document is not plain YAML 1.2'),
  'idempotency-key-missing': refused(400, 'An Idempotency-Key header is needed'),
  // 401, 403: who
  unauthenticated: refused(401, 'A key or token that counts is needed'),
  'login-failed': refused(401, 'The login did not succeed'),
  forbidden: refused(403, 'This person may not do that'),
  'scope-missing': refused(403, 'The key is limited to something else'),
  'cross-site': refused(403, 'The request came from another site'),
  'self-approval': refused(403, 'Nobody approves or reviews a change of their own'),
  'unproven-message': refused(403, 'Nobody vouches for this message'),
  'unsealed-plan': refused(403, 'This is not what the API has sealed'),
  'role-missing': refused(403, 'A role is missing'),
  'already-approved': refused(403, 'One person fills one rule'),
  // 404
  'not-found': refused(404, 'There is no such thing'),
  // 405, 406: how it is asked for
  'method-not-allowed': refused(405, 'This path does not take that method'),
  'not-acceptable': refused(406, 'It is not there in a form that the client takes'),
  // 409: the state does not allow it
  'plan-changed': refused(409, 'The plan is another one than the one that was named'),
  ended: refused(409, 'The deployment has ended'),
  'too-late': refused(409, 'Too late: the deployment is confirmed'),
  'too-early': refused(409, 'The deployment has not come to this point'),
  'wrong-phase': refused(409, 'This phase does not take that message'),
  'not-waiting': refused(409, 'Nothing waits for this message'),
  'target-busy': temporary(409, 'The target is in use'),
  'review-overdue': refused(409, 'The review of an emergency is overdue on this target'),
  'nothing-to-resolve': refused(409, 'The target has nothing to resolve'),
  'stale-fence': refused(409, 'A newer deployment holds the target'),
  'run-was-reset': refused(409, 'This run was reset and may not act'),
  'journal-conflict': refused(409, 'The journal in the store says something else under this number'),
  'key-in-use': refused(409, 'The signing key is still needed'),
  'store-not-empty': refused(409, 'The store holds something already'),
  'evidence-full': refused(409, 'There is as much evidence of this artifact and stage as is kept'),
  'idempotency-in-progress': temporary(409, 'The same request is being worked on'),
  // 413
  'too-large': refused(413, 'The input is too large'),
  'evidence-too-large': refused(413, 'The evidence is too large'),
  // 415
  'unsupported-media-type': refused(415, 'The body must be application/json'),
  // 422: well-formed but refused
  'invalid-procedure': refused(422, 'The procedure breaks a rule'),
  'invalid-backup': refused(422, 'This is no whole backup that this build can restore'),
  'invalid-policy': refused(422, 'The policy breaks a rule'),
  'invalid-evidence': refused(422, 'The evidence breaks a rule'),
  'unsupported-evidence': refused(422, 'Evidence in this form is not taken; the answer says what to send'),
  'unknown-signer': refused(422, 'Nobody whom the policy names has signed this evidence'),
  'signer-not-allowed': refused(422, 'This signature does not count for this stage'),
  'signature-invalid': refused(422, 'The signature does not fit what is signed'),
  'certificate-expired': refused(422, 'The certificate was not valid when this was signed'),
  'not-logged': refused(422, 'No transparency log that is trusted has this signature'),
  'duplicate-signature': refused(422, 'One key has signed twice'),
  'unknown-predicate': refused(422, 'The statement is not about a test result'),
  'other-artifact': refused(422, 'The evidence is about another artifact'),
  'invalid-parameter': refused(422, 'A parameter breaks its rule'),
  'unknown-reference': refused(422, 'A reference names nothing'),
  'unknown-procedure': refused(422, 'There is no such procedure'),
  'unknown-service': refused(422, 'The policy names no such service, and nobody adopted it'),
  'unknown-environment': refused(422, 'The policy, or the procedure, names no such environment'),
  'shared-address': refused(422, 'Two environments of the procedure are not apart'),
  'inline-procedure-refused': refused(422, 'The policy allows no inline procedures'),
  'artifact-unbound': refused(422, 'The procedure does not bind the artifact digest'),
  'no-live-release': refused(422, 'Nothing is known to be live on this target; adopt what it serves first'),
  'policy-not-met': refused(422, 'The procedure does not meet the policy'),
  'limit-exceeded': refused(422, 'The plan exceeds a limit'),
  'plan-too-large': refused(422, 'The plan is too large'),
  'other-target': refused(422, 'The deployment belongs to another target'),
  'idempotency-key-reused': refused(422, 'This Idempotency-Key was used for another body'),
  'not-available-yet': refused(422, 'This is described but not available yet'),
  'secret-missing': refused(422, 'A secret is missing or too short'),
  'address-refused': refused(422, 'This address is refused'),
  'commands-not-isolated': refused(409, 'Commands would run as the worker itself, which policy does not take'),
  'files-changed': refused(409, 'A file of the procedure is not the one that was planned'),
  'approval-lost': refused(409, 'A person who approved is no longer entitled to'),
  // 429, 503
  'queue-full': temporary(429, 'The target has 100 open deployments'),
  'too-many-messages': refused(429, 'The deployment takes no more of these'),
  'too-many-requests': temporary(429, 'This caller asks too much at once'),
  'too-many-waiting': temporary(429, 'Too many requests wait at once'),
  'engine-unavailable': temporary(503, 'Temporal does not answer'),
  'store-unavailable': temporary(503, 'The store does not answer'),
  'documents-unwritten': temporary(503, 'A repository of documents does not take them now'),
  'disk-full': temporary(503, 'No room is left where the state is kept'),
  'journal-gap': temporary(503, 'The store lacks entries of the journal, and nobody tells them now'),
  'no-signing-key': temporary(503, 'The API has no key to sign with, and policy asks for one'),
  'identity-unavailable': temporary(503, 'The identity provider does not answer'),
  'not-ready': temporary(503, 'Not ready'),
  'schema-too-new': temporary(503, 'The store has a newer schema than this build works with'),
  'in-recovery': temporary(503, 'The store was restored, and nobody has ended the recovery'),
  'store-locked': temporary(503, 'Another process uses this store'),
  // failures of the program itself
  'invalid-config': refused(500, 'The configuration breaks a rule'),
  'temporal-not-found': refused(500, 'No Temporal server and no way to start one'),
  'needs-intervention': refused(500, 'A person must look at the target'),
  unwatched: refused(500, 'No worker took the health monitor in time'),
  'not-delivered': temporary(503, 'A notification has not arrived yet'),
  'lost-attempt': temporary(500, 'The worker was lost in the middle of an attempt'),
  internal: temporary(500, 'A fault in Gantry'),
} satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorTable;

/** Whether a string is a code of the table (a code may arrive as the `type` of a Temporal failure). */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code);
}

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { GantryError } from '../../domain/errors.ts';
import { type Envelope, evidenceLimitBytes, seal } from '../../domain/evidence/envelope.ts';
import { type Statement, statementSchema, testResultPredicate } from '../../domain/evidence/evidence.ts';
import { parseWith } from '../../domain/issues.ts';
import { readJunit } from './junit.ts';

export interface SignOptions {
  readonly stage: string;
  /** A JUnit report in XML. */
  readonly junit: string;
  /** `sha256:…` of the artifact. */
  readonly artifact: string;
  /** Private key in PEM: ed25519 or ECDSA P-256. */
  readonly key: string;
  /** ISO 8601; what the report says when absent. */
  readonly started?: string | undefined;
  readonly finished?: string | undefined;
  /** Where people see the run. */
  readonly url?: string | undefined;
}

/**
 * What a JUnit report says of an artifact, as a signed in-toto statement. Throws `invalid-evidence` for a report that
 * proves nothing or options that break a rule, `invalid-config` for a key that cannot sign.
 */
export function signEvidence(options: SignOptions): Envelope {
  const key = signingKeyOf(options.key);
  const payload = Buffer.from(JSON.stringify(statementOf(options)));
  const keyId = `sha256:${createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return seal(payload, keyId, (bytes) => sign(digest, bytes, key));
}

function statementOf({ stage, junit, artifact, started, finished, url }: SignOptions): Statement {
  const report = readJunit(junit);
  const startedOn = started ?? report.startedOn;
  const finishedOn = finished ?? report.finishedOn;
  if (startedOn === null || finishedOn === null)
    throw new GantryError(
      'invalid-evidence',
      'The report does not say when it began and ended: give --started and --finished.',
    );
  const document = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: artifact.replace(/^sha256:/, '') } }],
    predicateType: testResultPredicate,
    predicate: {
      result: report.failed.length === 0 ? 'PASSED' : 'FAILED',
      configuration: [],
      ...(url === undefined ? {} : { url }),
      stage,
      startedOn,
      finishedOn,
      failedTests: shortened(report.failed),
      passedTests: shortened(report.passed),
    },
  };
  return parseWith(statementSchema, document, 'invalid-evidence');
}

/** Names of tests are for people: so many, so long, and never so large that the evidence would be refused. */
function shortened(names: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const name of names.slice(0, 500)) {
    const short = name.replaceAll('\0', '').slice(0, 150).toWellFormed();
    bytes += Buffer.byteLength(JSON.stringify(short)) + 1;
    if (bytes > evidenceLimitBytes / 3) break;
    kept.push(short);
  }
  return kept;
}

function signingKeyOf(pem: string): KeyObject {
  const refuse = (why: string, cause?: unknown) =>
    new GantryError('invalid-config', `The key cannot sign: ${why}.`, { cause });
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw refuse('it is no private key in PEM, or a pass phrase locks it', cause);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw refuse(`it is of type ${type}; use ed25519 or ECDSA P-256`);
}

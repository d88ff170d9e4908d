import { formatDuration } from '../base/duration.ts';
import { isFromTheFuture, isTooOld } from '../evidence/age.ts';
import type { RehearsalProof } from '../journal/gate-proof.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import type { VerifySignature } from '../trust/envelope.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { type RehearsalRow, type Vouched, vouchedFor } from './statement.ts';

/** Whether a plan's way back has been rehearsed as its policy asks. */
export interface RehearsalFinding {
  /** `waived`: too old, which an emergency of this policy may be. */
  readonly verdict: 'passed' | 'failed' | 'waived' | 'not-required';
  readonly required: string;
  readonly found: string;
  readonly fault: 'missing' | 'too-old' | 'from-the-future' | 'signature-invalid' | null;
  /** Of the statement that was evaluated. */
  readonly digest: string | null;
  /** Null: there is none that could be evaluated. */
  readonly proof: RehearsalProof | null;
}

/**
 * Evaluates the rehearsals in the store (`rows`) by the plan's policy; `now` in milliseconds, `known`: the keys by which
 * signatures can be verified here. A rehearsal counts for the same service and procedure digest, in the environment that
 * policy names, at most `maxAge` after its rollback was verified, if the procedure names environments and no signature by
 * a known key is false. The finding names the newest that counts, else the newest one and its fault.
 */
export function evaluateRehearsal(
  plan: Pick<Plan, 'service' | 'procedure' | 'policy' | 'change' | 'repair' | 'env'>,
  rows: readonly RehearsalRow[],
  now: number,
  known: readonly PublicKey[],
  verify?: VerifySignature,
): RehearsalFinding {
  const { service, procedure, policy } = plan;
  const none = { fault: null, digest: null, proof: null };
  if (!policy.rehearsal) return { ...none, verdict: 'not-required', required: 'nothing', found: 'not asked for' };
  const { maxAgeMs, environment } = policy.rehearsal;
  const required = `this procedure rolled back and verified in ${environment}, ≤ ${formatDuration(maxAgeMs)}`;
  const missing = (found: string): RehearsalFinding => ({
    ...none,
    verdict: 'failed',
    required,
    found,
    fault: 'missing',
  });
  const own = rows
    .filter((row) => row.service === service && row.environment === environment)
    .filter((row) => row.procedureDigest === procedure.digest)
    .sort((a, b) => Date.parse(b.verifiedAt) - Date.parse(a.verifiedAt));
  const faultOf = (row: RehearsalRow): RehearsalFinding['fault'] => {
    if (vouchedFor(row, known, verify).kind === 'false') return 'signature-invalid';
    if (isFromTheFuture(row.verifiedAt, now)) return 'from-the-future';
    return isTooOld(row.verifiedAt, now, maxAgeMs) ? 'too-old' : null;
  };
  if (plan.env === undefined)
    return missing(
      `procedure ${procedure.name} names no environments, so what was moved in a rehearsal may have been this one’s: name in it what is whose`,
    );
  const row = own.find((one) => faultOf(one) === null) ?? own.find((one) => faultOf(one) === 'too-old') ?? own[0];
  if (!row)
    return missing(
      `no verified rollback of ${service} by procedure ${procedure.digest} in ${environment}: rehearse it there`,
    );
  const fault = faultOf(row);
  const found = `${describe(row)}, ${worthOf(vouchedFor(row, known, verify))}${fault === null ? '' : why[fault]}`;
  const isAgeWaived = fault === 'too-old' && isWaived(plan, 'rehearsal-age');
  const verdict = fault === null ? 'passed' : isAgeWaived ? 'waived' : 'failed';
  const proof = { kind: 'rehearsal', deployment: row.deployment, environment, verifiedAt: row.verifiedAt } as const;
  return { verdict, required, found, fault, digest: row.digest, proof };
}

const why = {
  missing: '',
  'too-old': ': too long ago',
  'from-the-future': ': ahead of now',
  'signature-invalid': '',
} as const;

function describe({ deployment, kind, stepsUndone, verifiedAt }: RehearsalRow): string {
  const what = kind === 'rehearsal' ? 'rehearsal' : 'deployment that was rolled back';
  return `${deployment} (${what}), ${stepsUndone} undone, verified ${verifiedAt}`;
}

/** What the signature of a row is worth here, in words. */
function worthOf(vouched: Vouched): string {
  switch (vouched.kind) {
    case 'unsigned':
      return 'unsigned';
    case 'verified':
      return `signed by key ${vouched.keys.join(', ')}`;
    case 'unknown-key':
      return `signed by key ${vouched.keys.join(', ')}, which could not be verified here`;
    case 'false':
      return 'not what the key has signed that it names';
  }
}

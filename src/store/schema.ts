import type { ColumnType, Generated } from 'kysely';
import type { EvidenceRow, RefusedEvidence, Submission } from '../domain/evidence/evidence.ts';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import type { CountedRefusal } from '../domain/messages/refused.ts';
import type { Freeze, FreezeScope } from '../domain/policy/freezes-by-people.ts';
import type { Rehearsal } from '../domain/rehearsal/proven-by-rollback.ts';
import type { Recovery } from '../domain/target/recovery.ts';
import type { StoredKey } from '../domain/trust/api-keys.ts';
import type { SecurityAlert, StoredRecord } from './stored.ts';

/** A bigint, which both engines answer as text. */
type Fence = ColumnType<string, number, number>;

/**
 * The tables as Kysely sees them; in the database names are in snake_case. JSON is kept as text: `jsonb` would reorder
 * keys and refuse what a document may hold. Times of Gantry are its own ISO texts, times of the database `timestamptz`.
 */
export interface Tables {
  evidence: Required<Omit<EvidenceRow, 'alsoBy' | 'statement'>> & { arrived: Generated<string>; statement: string };
  /** Who submitted which evidence for which artifact. Builds of before wrote the first of them beside the evidence alone. */
  evidenceSubmissions: Submission & { digest: string; artifactDigest: string; arrived: Generated<string> };
  refusedEvidence: RefusedEvidence & { arrived: Generated<string> };
  refusedMessages: Omit<CountedRefusal, 'by'> & { subject: string };
  /** `savedAt`: when it was last asked for. `onBehalfOf`: the subject of the person for whom a robot requests it. */
  plans: {
    digest: string;
    document: string;
    seals: string | null;
    savedAt: Generated<Date>;
    onBehalfOf: string | null;
  };
  idempotency: {
    subject: string;
    key: string;
    bodyDigest: string;
    sentDigest: string | null;
    deployment: string | null;
    answer: string | null;
    holder: string | null;
    operation: string | null;
    claimedAt: Generated<Date>;
    madeAt: Generated<Date>;
  };
  deployments: DeploymentRow;
  journal: { deployment: string; seq: number; entry: string };
  targets: {
    service: string;
    environment: string;
    lastNumber: number;
    fence: Fence;
    live: string | null;
    slot: string | null;
    lock: string | null;
    reviews: string | null;
    version: number;
  };
  fences: { target: string; fence: Fence };
  records: StoredRecord;
  recordPaths: { deployment: string; path: string };
  rehearsals: Rehearsal & { digest: string; envelope: string | null };
  /** `deployment`: whose it alone is, as long as it is not known whether its journal names it. */
  outputs: { digest: string; content: Uint8Array; savedAt: Date | null; deployment: string | null };
  signingKeys: {
    id: string;
    publicKey: string;
    createdAt: Generated<Date>;
    retiredAt: Date | null;
    unconfirmedSince: string | null;
  };
  alerts: SecurityAlert & { number: Generated<string> };
  /** Scopes with spaces between them. */
  apiKeys: Omit<StoredKey, 'scopes'> & { scopes: string | null };
  recoveries: Omit<Recovery, 'kept'> & {
    kept: string;
    endedAt: string | null;
    endedBy: string | null;
    endedReason: string | null;
  };
  freezes: Omit<Freeze, 'scope' | 'from' | 'until' | 'lifted'> & {
    scope: FreezeScope['kind'];
    service: string | null;
    environment: string | null;
    fromAt: string;
    untilAt: string | null;
    liftedAt: string | null;
    liftedBy: string | null;
    liftedReason: string | null;
  };
}

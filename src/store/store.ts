import type { StoreSchema } from '../domain/base/store-schema.ts';
import type { EvidenceRow, RefusedEvidence, Statement } from '../domain/evidence/evidence.ts';
import type { FullStage } from '../domain/evidence/room.ts';
import type { DeploymentRow, JournalBatch } from '../domain/journal/batch.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { CountedRefusal, RefusedMessage } from '../domain/messages/refused.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Freeze } from '../domain/policy/freezes.ts';
import type { RehearsalRow } from '../domain/rehearsal/statement.ts';
import type { Recovery, RecoveryEnd } from '../domain/target/recovery.ts';
import type { Swept } from '../domain/target/retention.ts';
import type { SavedTarget } from '../domain/target/state.ts';
import type { StoredKey } from '../domain/trust/api-keys.ts';
import type { Seals } from '../domain/trust/seal.ts';
import type { BackupTail } from './backup-lines.ts';
import type { RoleToGrant } from './database-roles.ts';
import type { ProcessKind, RoleFinding } from './grants.ts';
import type { Page, PageRequest } from './pages.ts';
import type { RestoreOptions, SecurityAlert, StoredRecord } from './stored.ts';

/** Columns of deployments that a list can be filtered by. */
export const deploymentFilters = ['service', 'environment', 'phase', 'outcome', 'requester', 'release'] as const;
type Equal<Column extends string> = { readonly [column in Column]?: string | undefined };

/** Filters of a list of deployments; an absent one does not filter. */
export interface DeploymentFilter extends PageRequest, Equal<(typeof deploymentFilters)[number]> {
  /** Only those that have not ended. */
  readonly isOpen?: boolean | undefined;
  /** Of one target: those before this number. */
  readonly numberBelow?: number | undefined;
  /** Only those that have ended and whose final record is missing. */
  readonly lacksRecord?: boolean | undefined;
}

/** By which the body of a repeated request is recognized. */
export interface BodyDigests {
  /** Of the body as sent, and of its route: the same bytes are the same request, whichever build reads them. */
  readonly sent: string;
  /** Of the body as this build has read it: the build before this one, and targets, compare this. */
  readonly read: string;
}

/** A claim and its holder, who can change nothing any more once another has taken it over, or it was answered. */
export interface HeldClaim {
  readonly subject: string;
  readonly key: string;
  readonly holder: string;
}

/** What a request was answered with, so that its repeat is answered alike. */
export type RememberedAnswer =
  /** The status of a deployment, as it is by then. */
  | { readonly kind: 'deployment'; readonly deployment: string }
  /** The same of a deployment that took a message, with what that led to, up to entry `seq`. */
  | { readonly kind: 'message'; readonly deployment: string; readonly seq: number }
  /** The very same again. */
  | {
      readonly kind: 'given';
      readonly status: 200 | 201 | 202;
      readonly location: string | null;
      readonly body: object;
    };

/** What a claim of (subject, Idempotency-Key) found. */
export type Claim =
  | {
      readonly kind: 'claimed';
      readonly held: HeldClaim;
      /** The key was never claimed before, so nothing can have been requested under it. */
      readonly isFirst: boolean;
      /** A UUID that stays the same when the claim is taken over: what the request creates can be named by it. */
      readonly operation: string;
      /** Of the body as the first holder has read it. */
      readonly bodyDigest: string;
    }
  | { readonly kind: 'completed'; readonly answer: RememberedAnswer }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'other-body' };

/** Is notified of journal entries as any process writes them. */
export interface JournalListener {
  /** Entries up to `seq` were written; earlier ones may be new, too. */
  readonly written: (entries: { readonly deployment: string; readonly seq: number }) => void;
  /** Called when it begins to listen, for the first time or again: what was written before has to be read. */
  readonly listening: () => void;
}

/**
 * What must outlive Temporal's retention or be searched. One set of queries on PostgreSQL and on PGlite.
 * Every method throws `store-unavailable` when the database does not answer.
 */
export interface Store {
  /**
   * Applies what is missing and answers the names of it; nothing where a newer build has migrated the store and carries
   * this one. Safe to run from several processes at once. Throws `schema-too-new` where this build has been left behind.
   */
  migrate(): Promise<readonly string[]>;
  /**
   * Makes the roles of processes that are missing, and gives each what it needs and no more. Answers which were made. Throws
   * `invalid-config`.
   */
  grantRoles(roles: readonly RoleToGrant[]): Promise<readonly string[]>;
  /** Compares the rights of the role that opened the store with what such a process needs. */
  roleFinding(kind: ProcessKind): Promise<RoleFinding>;
  /** The schema that the store has. Throws `schema-too-new` or `not-ready` where this build does not work with it. */
  checkSchema(): Promise<StoreSchema>;
  /**
   * Removes what is past its time and named by nothing, and answers how many of each. Null where that was done within
   * the last hour, or where a newer build has to do it.
   */
  sweep(): Promise<Swept | null>;
  ping(): Promise<void>;
  /** The time by the clock of the database, in milliseconds since the epoch. */
  now(): Promise<number>;
  close(): Promise<void>;

  /**
   * Writes a backup, everything as it is at one instant, line by line, with the time that it is said to be taken at. What it
   * ends with is answered. Throws `not-ready` where there are no tables yet, `schema-too-new` where there may be more of
   * them than this build knows.
   */
  backUp(write: (text: string) => Promise<void>, takenAt: string): Promise<BackupTail>;
  /**
   * Writes a backup into the store, line by line, all or nothing, and the mark that it was restored, and brings its schema
   * to that of this build. What is written was checked before. Throws `store-not-empty`, `invalid-backup`.
   */
  restore(lines: AsyncIterable<string>, options: RestoreOptions): Promise<Recovery>;
  /** The recovery of a store that was restored; null: there is none, or it was ended. */
  recovery(): Promise<Recovery | null>;
  /** Begins a recovery: keys are out of force until they are confirmed, sessions end, and a freeze covers everything. */
  beginRecovery(recovery: Recovery): Promise<void>;
  /** Ends the recovery and lifts its freeze. Keys that are not confirmed stay out of force. */
  endRecovery(end: RecoveryEnd): Promise<void>;
  /** Puts keys in force again, by id or subject, those of the API and those that it signs with. Answers the ids. */
  confirmKeys(named: readonly string[]): Promise<readonly string[]>;
  /** Ids of the API's trusted signing keys that are not confirmed since the store was restored. */
  unconfirmedSigningKeys(): Promise<readonly string[]>;

  /**
   * All of them or none: answers what has no room (`evidence/room.ts`). A statement that is there already (same digest)
   * stays as it is and needs none; who else submitted it is kept beside it.
   */
  addEvidence(
    rows: readonly { readonly row: EvidenceRow; readonly statement: Statement }[],
  ): Promise<readonly FullStage[]>;
  evidenceOf(artifactDigest: string): Promise<readonly EvidenceRow[]>;
  /** Keeps what was refused, the very same once; of each artifact only the newest 20. */
  refuseEvidence(refused: readonly RefusedEvidence[]): Promise<void>;
  /** The newest first. */
  refusedEvidenceOf(artifactDigest: string): Promise<readonly RefusedEvidence[]>;

  /**
   * Keeps what was refused of deployments that the store knows, as far as there is room (`messages/refused.ts`). A count
   * never falls, so that a late write changes nothing.
   */
  countRefusedMessages(counted: readonly CountedRefusal[]): Promise<void>;
  /** The first refused first, whichever process counted it. */
  refusedMessagesOf(deployment: string): Promise<readonly RefusedMessage[]>;

  /** A plan that is there already stays as it is; it gets the seals it had none of, and more time. */
  savePlan(planDigest: string, plan: Plan, seals: Seals | null): Promise<void>;
  plan(planDigest: string): Promise<Plan | null>;
  /** The API's signatures under a plan; null where it has none. */
  sealsOf(planDigest: string): Promise<Seals | null>;

  /** Trusts a public key (ed25519, hex) of the API from now on. Answers false for one that was retired: it stays so. */
  trustKey(id: string, publicKey: string): Promise<boolean>;
  /** The one that was registered last is the last. */
  trustedKeys(): Promise<readonly { readonly id: string; readonly publicKey: string }[]>;
  /** Answers whether there was such a key, still trusted. */
  retireKey(id: string): Promise<boolean>;
  /**
   * Ids of the deployments that still need what a key has sealed: those that have not ended, and those that hold their
   * target's lock, however they ended, since their compensations are outstanding. Those come first.
   */
  bearersOfKey(id: string): Promise<readonly string[]>;
  /** The very same is kept once. */
  addAlert(alert: SecurityAlert): Promise<void>;
  /** Newest first. */
  alerts(limit: number): Promise<readonly SecurityAlert[]>;

  /**
   * Of many claims at once for one key, one gets `claimed`. One that was given back, or is older than 30 s and was never
   * completed, is taken over by the same body.
   */
  claim(subject: string, key: string, digests: BodyDigests): Promise<Claim>;
  complete(held: HeldClaim, answer: RememberedAnswer): Promise<void>;
  /** The same body may claim the key at once, and no other may: what it led to is not known. */
  giveBack(held: HeldClaim): Promise<void>;
  /** Forgets a claim that led to nothing, so that the key may be used again with any body. */
  release(held: HeldClaim): Promise<void>;

  /**
   * Writes entries under (deployment, seq), each once, and the deployment's row unless a newer one is there. Throws
   * `journal-conflict` where another entry has one of these numbers; those that have a free one are written all the same.
   */
  appendJournal(batch: JournalBatch): Promise<void>;
  journal(deployment: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
  /** Number of the last entry up to which none is missing; 0 where the first one is. */
  wholeUpTo(deployment: string): Promise<number>;
  /** Notifies of entries as they are written, until the returned function is called; broken connections are replaced. */
  followJournal(listener: JournalListener): () => Promise<void>;
  deployment(id: string): Promise<DeploymentRow | null>;
  /** Newest first. */
  deployments(filter: DeploymentFilter): Promise<Page<DeploymentRow>>;

  targets(): Promise<readonly SavedTarget[]>;
  /** The same in pages, by their names. */
  targetsBy(filter: PageRequest & Equal<'service' | 'environment'>): Promise<Page<SavedTarget>>;
  target(service: string, environment: string): Promise<SavedTarget | null>;
  /**
   * Keeps the state unless one with this version or a greater one is there, or a greater number or fence. Answers the
   * version that is there then. Throws as `raiseFence` does.
   */
  saveTarget(state: SavedTarget): Promise<number>;
  /**
   * Notes that a fence was seen and answers the highest one known of that target (`service/environment`). Throws
   * `malformed` for what is no fence, `stale-fence` for one that is higher than it can be.
   */
  raiseFence(target: string, fence: number): Promise<number>;

  /** The file name of a deployment's record: `preferred`, or `fallback` where that belongs to another. Chosen once. */
  claimRecordPath(deployment: string, preferred: string, fallback: string): Promise<string>;
  /**
   * Keeps the newest: a final one is never replaced by a draft, and of two that cover the same the first one
   * stays. Answers the one that is kept.
   */
  saveRecord(record: StoredRecord): Promise<StoredRecord>;
  record(deployment: string): Promise<StoredRecord | null>;

  /** One for each deployment; what is there already stays as it is. */
  addRehearsal(row: RehearsalRow): Promise<void>;
  /** Of one procedure (its digest) on one target, the newest 50 first. */
  rehearsalsOf(of: Pick<RehearsalRow, 'service' | 'environment' | 'procedureDigest'>): Promise<readonly RehearsalRow[]>;

  /** What a command of a deployment printed. It stays as long as that runs, and for good where its journal names it. */
  saveOutput(digest: string, text: string, deployment: string): Promise<void>;
  output(digest: string): Promise<string | null>;

  /** One that is there already (same id, hash and subject) stays as it is, revoked or not. */
  addKey(key: StoredKey): Promise<void>;
  /** Also one that was revoked or has expired. */
  key(id: string): Promise<StoredKey | null>;
  /** The oldest first; of everybody where `subjects` is null. */
  keys(subjects: readonly string[] | null): Promise<readonly StoredKey[]>;
  /** Ends one key or all of some subjects, for good, and answers how many still counted. `at`: ISO 8601. */
  revokeKeys(which: { readonly id: string } | { readonly subjects: readonly string[] }, at: string): Promise<number>;

  /** One that is there already (same id) stays as it is. Answers the one that is kept. */
  addFreeze(freeze: Freeze): Promise<Freeze>;
  freeze(id: string): Promise<Freeze | null>;
  /** Newest first. `which`: those that are lifted or over at a time (ISO 8601 UTC), or those that are not; absent: all. */
  freezes(
    filter: PageRequest & { readonly which?: { readonly isActive: boolean; readonly at: string } | undefined },
  ): Promise<Page<Freeze>>;
  /** Those that cover a target, are not lifted and not over at a time (ISO 8601 UTC), whether they hold already or not. */
  freezesOf(service: string, environment: string, at: string): Promise<readonly Freeze[]>;
  /** Lifts it; one that is lifted already stays as it is. Null where there is no such freeze. */
  liftFreeze(id: string, lifted: NonNullable<Freeze['lifted']>): Promise<Freeze | null>;
}

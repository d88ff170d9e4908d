import type { EvidenceRow, Statement } from '../domain/evidence.ts';
import type { JournalEntry } from '../domain/journal.ts';
import type { Plan } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import type { DeploymentRow, TargetState } from '../domain/ports.ts';
import type { ProcedureDocument } from '../domain/procedure.ts';

export interface DeploymentFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly phase?: string | undefined;
  readonly outcome?: string | undefined;
  readonly requester?: string | undefined;
  readonly release?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What a claim of (subject, Idempotency-Key) found. */
export type Claim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'completed'; readonly deployment: string }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'other-body' };

/** What the API needs of the store. Each throws `store-unavailable` when the store does not answer. */
export interface ApiStore {
  /** The subject of a token by the SHA-256 (hex) of it; null when it is unknown or revoked. */
  subjectOfToken(hash: string): Promise<string | null>;
  evidenceOf(artifactDigest: string): Promise<readonly EvidenceRow[]>;
  addEvidence(rows: readonly { readonly row: EvidenceRow; readonly statement: Statement }[]): Promise<void>;
  savePlan(planDigest: string, plan: Plan): Promise<void>;
  plan(planDigest: string): Promise<Plan | null>;
  deployment(id: string): Promise<DeploymentRow | null>;
  /** Newest first. */
  deployments(
    filter: DeploymentFilter,
  ): Promise<{ readonly items: readonly DeploymentRow[]; readonly next: string | null }>;
  journal(id: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
  targets(): Promise<readonly TargetState[]>;
  target(service: string, environment: string): Promise<TargetState | null>;
  claim(subject: string, key: string, bodyDigest: string): Promise<Claim>;
  complete(subject: string, key: string, deployment: string): Promise<void>;
  release(subject: string, key: string): Promise<void>;
  ping(): Promise<void>;
}

export interface PolicySource {
  read(): Promise<{ readonly policy: Policy; readonly digest: string }>;
}

export interface ProcedureSource {
  find(name: string): Promise<{
    readonly document: ProcedureDocument;
    readonly digest: string;
    readonly files: readonly { readonly path: string; readonly digest: string }[];
  }>;
}

import type { FastifyBaseLogger } from 'fastify';
import type { AdapterCatalog } from '../domain/adapters.ts';
import type { Plan, Subject } from '../domain/plan.ts';
import type { Gateway } from '../temporal/gateway.ts';
import type { AccessRule } from './access.ts';
import type { ApiStore, PolicySource, ProcedureSource } from './ports.ts';

/** Signs what the API vouches for; the public key is frozen into plans. */
export interface ProofKey {
  /** ed25519, hex. */
  readonly publicKey: string;
  /** Signature of a text's UTF-8 bytes, hex. */
  sign(text: string): string;
}

export interface ApiDeps {
  readonly store: ApiStore;
  readonly gateway: Gateway;
  readonly catalog: AdapterCatalog;
  readonly policy: PolicySource;
  readonly procedures: ProcedureSource;
  /** Null: nothing is vouched for, every message is only asserted. */
  readonly proofKey: ProofKey | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger?: FastifyBaseLogger | undefined;
}

export interface Frozen {
  readonly plan: Plan;
  readonly planDigest: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule;
  }
  interface FastifyRequest {
    caller: Subject;
  }
}

import type { Scope } from '../../domain/trust/api-keys.ts';

/** The subject of a request and how it is proven, before the policy is consulted. */
export interface Credential {
  readonly subject: string;
  readonly kind: 'key' | 'session' | 'token';
  /** What a key or a session is revoked by; null: a token. */
  readonly id: string | null;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  /** Null: everything that the subject may do. */
  readonly scopes: readonly Scope[] | null;
  /** When the store last confirmed it (ISO 8601), if it does not answer now; null: it does, or is not needed. */
  readonly verifiedAt: string | null;
}

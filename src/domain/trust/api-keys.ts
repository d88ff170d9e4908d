/** What a key may be limited to; each route needs one of them. */
export const scopes = ['read', 'request', 'submit-evidence', 'messages', 'operate'] as const;
export type Scope = (typeof scopes)[number];

/** A key as the store has it; the key itself is kept nowhere. Times are ISO 8601. */
export interface StoredKey {
  /** Public: it stands in lists, and names the key when it is revoked. */
  readonly id: string;
  /** SHA-256 of the whole key, hex. */
  readonly hash: string;
  readonly subject: string;
  /** `session`: made by a login in a browser, counts only in its cookie. */
  readonly kind: 'key' | 'session';
  /** Null: everything that its subject may do. */
  readonly scopes: readonly Scope[] | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Out of force since the store was restored, until it is confirmed: it may have been revoked since the backup. */
  readonly unconfirmedSince: string | null;
}

/** `gtk_<id>_<secret>` → its id; undefined for whatever is no key. The secret is 256 bits in base64url. */
export function idOfKey(text: string): string | undefined {
  return /^gtk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1];
}

/** The id of a key as `gantry token list` shows it. */
export function isKeyId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

/** Why a key does not count at `now` (milliseconds since the epoch); null while it does. */
export function faultOfKey({ revokedAt, expiresAt, unconfirmedSince }: StoredKey, now: number): string | null {
  if (revokedAt !== null) return 'was revoked';
  // What is no time counts as past.
  if (expiresAt !== null && !(Date.parse(expiresAt) > now)) return 'has expired';
  return unconfirmedSince === null
    ? null
    : `is out of force since the store was restored (${unconfirmedSince}): gantry recovery confirm brings it back`;
}

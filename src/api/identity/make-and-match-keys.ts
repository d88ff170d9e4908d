import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { GantryError } from '../../domain/base/errors.ts';
import { faultOfKey, idOfKey, type StoredKey } from '../../domain/trust/api-keys.ts';

/** A new key: its text, to be shown once, and what the store keeps of it. `now` in milliseconds since the epoch. */
export function newKey(
  given: Pick<StoredKey, 'subject' | 'kind' | 'scopes' | 'expiresAt'>,
  now: number,
): { readonly text: string; readonly key: StoredKey } {
  const id = randomBytes(8).toString('hex');
  const text = `gtk_${id}_${randomBytes(32).toString('base64url')}`;
  const createdAt = new Date(now).toISOString();
  return { text, key: { ...given, id, hash: hashOf(text), createdAt, revokedAt: null, unconfirmedSince: null } };
}

/**
 * The stored key of this kind for a text, valid at `now` (milliseconds since the epoch). Throws `unauthenticated`, and as
 * `keys` do; a malformed text is refused before they are asked.
 */
export async function storedKey<Key extends StoredKey>(
  keys: { readonly key: (id: string) => Promise<Key | null> },
  text: string,
  kind: StoredKey['kind'],
  now: number,
): Promise<Key> {
  const id = idOfKey(text);
  const known = id === undefined ? null : await keys.key(id);
  // The same error for an unknown id and a wrong secret: ids cannot be probed.
  if (!known || known.kind !== kind || !isEqual(known.hash, hashOf(text)))
    throw new GantryError('unauthenticated', id === undefined ? noKey : unknownKey);
  const fault = faultOfKey(known, now);
  if (fault !== null) throw new GantryError('unauthenticated', `The key ${known.id} ${fault}.`);
  return known;
}

const noKey = 'This is no whole key: one is gtk_, 16 characters, _ and 43 more, as gantry token create printed it.';
const unknownKey =
  'This service knows no such key: it may be of another installation. gantry token create makes one, gantry token list shows those there are.';

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Takes the same time wherever the two differ. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

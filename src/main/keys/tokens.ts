import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { newKey, storedKey } from '../../api/identity/make-and-match-keys.ts';
import { parseDuration } from '../../domain/base/duration.ts';
import { GantryError, insteadOf } from '../../domain/base/errors.ts';
import { subjectSchema } from '../../domain/base/text-schemas.ts';
import { namesOf, type Policy } from '../../domain/policy/policy.ts';
import { isKeyId, type Scope, type StoredKey, scopes as scopeNames } from '../../domain/trust/api-keys.ts';
import { loadPolicy } from '../../files/policy.ts';
import type { Store } from '../../store/index.ts';
import { writeWhole } from '../../system/write-whole.ts';

interface Limits {
  /** None given: everything that the subject may do. */
  readonly scopes?: readonly string[] | undefined;
  /** How long it is valid, such as `90d`; absent: until it is revoked. */
  readonly expires?: string | undefined;
}

/**
 * A new key: `gtk_<id>_<secret>` with a secret of 256 bits. Only its hash is kept, so it is shown once. Throws `malformed`
 * for what is no subject, scope or duration.
 */
export async function createToken(
  store: Pick<Store, 'addKey'>,
  subject: string,
  { scopes = [], expires }: Limits = {},
  now = Date.now(),
): Promise<string> {
  checkSubject(subject);
  const wrong = scopes.find((scope) => !scopeNames.some((known) => known === scope));
  if (wrong !== undefined)
    throw new GantryError('malformed', `${shown(wrong)} is no scope: write ${scopeNames.join(', ')}.`);
  const lastsMs = expires === undefined ? null : parseDuration(expires);
  if (lastsMs === undefined)
    throw new GantryError('malformed', `${shown(expires ?? '')} is no time: write one such as 90d, the longest.`);
  const { text, key } = newKey(
    {
      subject,
      kind: 'key',
      scopes: scopes.length === 0 ? null : [...new Set(scopes as readonly Scope[])],
      expiresAt: lastsMs === null ? null : new Date(now + lastsMs).toISOString(),
    },
    now,
  );
  await store.addKey(key);
  return text;
}

/**
 * The names that keys of a person or robot are under: all of theirs, by the policy in a file. A policy that is missing or
 * broken prevents no revocation: then it is the one name, and `note` says why. Throws `malformed` for a name that is neither
 * known nor a subject.
 */
export async function tokenNames(subject: string, policyFile: string | null) {
  const only = (why: string) => {
    checkSubject(subject);
    return { names: [subject] as readonly string[], note: `This name only: ${why}.` };
  };
  if (policyFile === null) return only('GANTRY_POLICY is not set, so nobody knows what else they are called');
  const policy = await policyIn(policyFile);
  if (policy instanceof GantryError) return only(`the policy does not count (${policy.message})`);
  const names = namesOf(policy, subject);
  return names ? { names, note: null } : only(`the policy knows no ${subject}`);
}

/** Warns of a key for a subject that the policy does not name, which opens nothing; null where it names the subject. */
export async function strangerNote(subject: string, policyFile: string | null): Promise<string | null> {
  if (policyFile === null) return null;
  const policy = await policyIn(policyFile);
  if (policy instanceof GantryError || namesOf(policy, subject)) return null;
  const known = [...policy.people, ...policy.robots].map((one) => one.subject);
  const shownOf = known.slice(0, 20).join(', ');
  return `The policy names no ${subject}: until it does, this key is refused everywhere. It names ${shownOf}${known.length > 20 ? ' and others' : ''}.`;
}

/** The policy in a file, or what is wrong with it. */
async function policyIn(file: string): Promise<Policy | GantryError> {
  try {
    return (await loadPolicy(file)).policy;
  } catch (error) {
    if (error instanceof GantryError) return error;
    throw error;
  }
}

/**
 * Ends one key, by its id, or all of a person or robot. Answers what was done, in a line or two. Throws `malformed` for
 * anything else.
 */
export async function revokeTokens(
  store: Pick<Store, 'revokeKeys'>,
  which: string,
  policyFile: string | null,
): Promise<readonly string[]> {
  const at = new Date().toISOString();
  if (isKeyId(which)) return [`Revoked ${await store.revokeKeys({ id: which }, at)} of ${which}.`];
  const { names, note } = await tokenNames(which, policyFile);
  const done = `Revoked ${await store.revokeKeys({ subjects: names }, at)} of ${names.join(', ')}.`;
  return note === null ? [done] : [done, note];
}

/** One line for people: what a key is and whether it is valid. */
export function tokenLine(key: StoredKey): string {
  const { id, subject, kind, scopes, createdAt, expiresAt, revokedAt, unconfirmedSince } = key;
  const end = revokedAt !== null ? `revoked ${revokedAt}` : expiresAt === null ? 'no end' : `expires ${expiresAt}`;
  const line = [id, subject, kind, scopes?.join(',') ?? 'all', `since ${createdAt}`, end];
  return [...line, ...(unconfirmedSince === null ? [] : [`unconfirmed since ${unconfirmedSince}`])].join('  ');
}

/**
 * Every person and robot of the policy with a key of theirs, kept in a file that only its owner can read. Those whom
 * the policy no longer names lose theirs. For `gantry dev` only: elsewhere a key is shown once and kept nowhere.
 */
export async function ensureTokens(
  store: Pick<Store, 'addKey' | 'revokeKeys' | 'key'>,
  policy: Policy,
  file: string,
): Promise<Readonly<Record<string, string>>> {
  const before = await readTokens(file);
  const subjects = [...policy.people, ...policy.robots].map(({ subject }) => subject);
  const tokens: Record<string, string> = {};
  for (const subject of subjects) {
    tokens[subject] = (await kept(store, before[subject], subject)) ?? (await createToken(store, subject));
  }
  const at = new Date().toISOString();
  for (const subject of Object.keys(before))
    if (!subjects.includes(subject)) await store.revokeKeys({ subjects: [subject] }, at);
  await writeWhole(file, `${JSON.stringify(tokens, null, 2)}\n`, { replace: true });
  return tokens;
}

/** The key that was kept, if it is still valid; null for any other text, such as a key of an earlier form. */
async function kept(store: Pick<Store, 'key'>, text: unknown, subject: string): Promise<string | null> {
  if (typeof text !== 'string') return null;
  const key = await storedKey(store, text, 'key', Date.now()).catch(insteadOf('unauthenticated', null));
  return key?.subject === subject ? text : null;
}

async function readTokens(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new GantryError('invalid-config', `${file} does not hold tokens by subject; remove it to get new ones.`, {
      cause,
    });
  }
}

function checkSubject(subject: string): void {
  const asked = subjectSchema.safeParse(subject);
  if (!asked.success)
    throw new GantryError(
      'malformed',
      `${shown(subject)} is no subject: ${asked.error.issues[0]?.message ?? ''}, as in the policy.`,
    );
}

const shown = (text: string) => JSON.stringify(text.slice(0, 80));

import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { GantryError } from '../domain/errors.ts';
import { subjectSchema } from '../domain/names.ts';
import type { Policy } from '../domain/policy.ts';
import type { Store } from '../store/index.ts';

/** A new token: `gtk_` and 256 bits. Only its hash is kept, so it is shown once. Throws `malformed` for what is no subject. */
export async function createToken(store: Pick<Store, 'addToken'>, subject: string): Promise<string> {
  const asked = subjectSchema.safeParse(subject);
  if (!asked.success)
    throw new GantryError(
      'malformed',
      `${JSON.stringify(subject.slice(0, 80))} is no subject: ${asked.error.issues[0]?.message ?? ''}, as in the policy.`,
    );
  const token = `gtk_${randomBytes(32).toString('base64url')}`;
  await store.addToken(subject, hashOfToken(token));
  return token;
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

const tokensSchema = z.record(z.string(), z.string().regex(/^gtk_[A-Za-z0-9_-]{43}$/));

/**
 * Every person and robot of the policy with a token of theirs, kept in a file that only its owner can read. Those whom
 * the policy no longer names lose theirs. For `gantry dev` only: elsewhere a token is shown once and kept nowhere.
 */
export async function ensureTokens(
  store: Pick<Store, 'addToken' | 'revokeTokens' | 'subjectOfToken'>,
  policy: Policy,
  file: string,
): Promise<Readonly<Record<string, string>>> {
  const before = await readTokens(file);
  const subjects = [...policy.people, ...policy.robots].map(({ subject }) => subject);
  const tokens: Record<string, string> = {};
  for (const subject of subjects) {
    const known = before[subject];
    const isKept = known !== undefined && (await store.subjectOfToken(hashOfToken(known))) === subject;
    tokens[subject] = isKept ? known : await createToken(store, subject);
  }
  for (const subject of Object.keys(before)) if (!subjects.includes(subject)) await store.revokeTokens(subject);
  await writeFile(`${file}.new`, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return tokens;
}

async function readTokens(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return tokensSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new GantryError('invalid-config', `${file} does not hold tokens by subject; remove it to get new ones.`, {
      cause,
    });
  }
}

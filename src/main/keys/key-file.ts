import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hexToBytes } from '@noble/hashes/utils.js';
import { GantryError } from '../../domain/base/errors.ts';
import { writeWhole } from '../../system/write-whole.ts';

/** What a file in a folder of secrets holds; null where there is no such file, or no folder. Throws `invalid-config`. */
export async function readIn(folder: string | null, name: string): Promise<string | null> {
  if (folder === null) return null;
  const file = join(folder, name);
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new GantryError('invalid-config', `${file} cannot be read: ${error.message}`);
  });
}

/** Writes a file into a folder of secrets, as `writeWhole` does. Throws `invalid-config`. */
export async function writeIn(folder: string, name: string, text: string, how?: { replace: boolean }): Promise<void> {
  const file = join(folder, name);
  await writeWhole(file, text, how).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? `make the folder ${folder} first, for its owner alone.` : error.message;
    throw new GantryError('invalid-config', `${file} cannot be written: ${why}`, { cause: error });
  });
}

/** One private key of 32 bytes, as keys stand in files: lower-case hexadecimal digits. */
export const keyPattern = /^[0-9a-f]{64}$/;

/** The key in a file; null where there is no such file, or no folder. Throws `invalid-config`. */
export async function readKeyFile(folder: string | null, name: string): Promise<Uint8Array | null> {
  const secret = (await readIn(folder, name))?.trim();
  if (secret === undefined) return null;
  if (!keyPattern.test(secret))
    throw new GantryError('invalid-config', `${join(folder ?? '', name)} does not hold 64 lower-case hex digits.`);
  return hexToBytes(secret);
}

/** As `readKeyFile`, but makes a key where there is none. */
export async function ensureKeyFile(folder: string, name: string): Promise<Uint8Array> {
  const known = await readKeyFile(folder, name);
  if (known) return known;
  const secret = randomBytes(32).toString('hex');
  await writeIn(folder, name, `${secret}\n`);
  return hexToBytes(secret);
}

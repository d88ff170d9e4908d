import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hexToBytes } from '@noble/hashes/utils.js';
import { GantryError } from '../../domain/base/errors.ts';
import { writeWhole } from '../../system/write-whole.ts';

/** A private key of 32 bytes in a file of 64 hex digits; null where there is no such file. Throws `invalid-config`. */
export async function readKeyFile(folder: string, name: string): Promise<Uint8Array | null> {
  const file = join(folder, name);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new GantryError('invalid-config', `${file} cannot be read: ${error.message}`);
  });
  return text === null ? null : keyOf(text.trim(), file);
}

/** As `readKeyFile`, but makes a key where there is none. */
export async function ensureKeyFile(folder: string, name: string): Promise<Uint8Array> {
  const known = await readKeyFile(folder, name);
  if (known) return known;
  const secret = randomBytes(32).toString('hex');
  await writeWhole(join(folder, name), `${secret}\n`);
  return hexToBytes(secret);
}

function keyOf(secret: string, where: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(secret))
    throw new GantryError('invalid-config', `${where} does not hold 64 lower-case hex digits.`);
  return hexToBytes(secret);
}

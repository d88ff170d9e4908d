import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { messageKeyFile } from '../adapters/index.ts';
import type { ProofKey } from '../api/deps.ts';
import { GantryError } from '../domain/errors.ts';

/** From a file of 64 hex digits, in the folder of secrets or of `gantry dev`: the key with which the API vouches for who sent a message. Null without one: messages are then only asserted. */
export async function readMessageKey(folder: string | null): Promise<ProofKey | null> {
  if (folder === null) return null;
  const text = await readFile(join(folder, messageKeyFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new GantryError('invalid-config', `${join(folder, messageKeyFile)} cannot be read: ${error.message}`);
  });
  return text === null ? null : proofKeyOf(text.trim(), join(folder, messageKeyFile));
}

/** As `readMessageKey`, but makes a key where there is none. */
export async function ensureMessageKey(folder: string): Promise<ProofKey> {
  const known = await readMessageKey(folder);
  if (known) return known;
  const secret = randomBytes(32).toString('hex');
  await writeFile(join(folder, messageKeyFile), `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return proofKeyOf(secret, messageKeyFile);
}

function proofKeyOf(secret: string, where: string): ProofKey {
  if (!/^[0-9a-f]{64}$/.test(secret))
    throw new GantryError('invalid-config', `${where} does not hold 64 lower-case hex digits.`);
  const key = hexToBytes(secret);
  return {
    publicKey: bytesToHex(ed25519.getPublicKey(key)),
    sign: (text) => bytesToHex(ed25519.sign(utf8ToBytes(text), key)),
  };
}

import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { GantryError } from '../../domain/errors.ts';

/**
 * Makes a key pair (ed25519, PEM): `<out>.key`, for its owner only, and `<out>.pub`. Throws `invalid-config` rather than
 * replace a file.
 */
export async function generateKeys(out: string): Promise<readonly [secret: string, open: string]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const files = [`${out}.key`, `${out}.pub`] as const;
  try {
    await writeFile(files[0], privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
    await writeFile(files[1], publicKey.export({ type: 'spki', format: 'pem' }), { flag: 'wx' });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GantryError('invalid-config', `No key was made, or only half of a pair: ${why}.`, { cause });
  }
  return files;
}

import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import { writeWhole } from '../../system/write-whole.ts';

/**
 * Makes a key pair (ed25519, PEM): `<out>.key`, for its owner only, and `<out>.pub`. Throws `invalid-config` rather than
 * replace a file.
 */
export async function generateKeys(out: string): Promise<readonly [secret: string, open: string]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const files = [`${out}.key`, `${out}.pub`] as const;
  try {
    await writeWhole(files[0], privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    try {
      await writeWhole(files[1], publicKey.export({ type: 'spki', format: 'pem' }).toString(), { mode: 0o644 });
    } catch (error) {
      await rm(files[0], { force: true });
      throw error;
    }
  } catch (cause) {
    const why = messageOf(cause);
    throw new GantryError('invalid-config', `No key was made: ${why}.`, { cause });
  }
  return files;
}

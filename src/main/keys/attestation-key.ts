import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { attestationKeyFile } from '../../adapters/index.ts';
import type { AttestationKey } from '../../domain/trust/attestation-key.ts';
import { publicKey } from '../../domain/trust/public-key.ts';
import { ensureKeyFile, readKeyFile } from './key-file.ts';

/**
 * The key with which a worker signs what a record certifies, from the folder of secrets or of `gantry dev`. Null without one:
 * records say that they are not signed.
 */
export async function readAttestationKey(folder: string | null): Promise<AttestationKey | null> {
  const key = await readKeyFile(folder, attestationKeyFile);
  return key && attestationKeyOf(key);
}

/** As `readAttestationKey`, but makes a key where there is none. */
export async function ensureAttestationKey(folder: string): Promise<AttestationKey> {
  return attestationKeyOf(await ensureKeyFile(folder, attestationKeyFile));
}

/** An ed25519 key of 32 bytes as what signs records. */
export function attestationKeyOf(key: Uint8Array): AttestationKey {
  return {
    ...publicKey('ed25519', bytesToHex(ed25519.getPublicKey(key))),
    sign: (bytes) => ed25519.sign(bytes, key),
  };
}

import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import { messageKeyFile } from '../../adapters/index.ts';
import type { SigningKeys } from '../../api/deps.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { keyIdOf, maxSignatures } from '../../domain/trust/seal.ts';
import { keyPattern, readIn, writeIn } from './key-file.ts';

export interface MessageKeys extends SigningKeys {
  /** Where they were read. */
  readonly file: string;
}

/**
 * The keys with which the API vouches for messages and seals plans, out of a file in the folder of secrets or of
 * `gantry dev`: 64 hex digits a line, the newest first. It seals with the first; it signs messages with all, for the
 * deployments that were frozen under an older one. Null without the file: messages are then only asserted. Throws
 * `invalid-config`.
 */
export async function readMessageKeys(folder: string | null): Promise<MessageKeys | null> {
  const seeds = await readSeeds(folder);
  return seeds && { ...signingKeysOf(seeds), file: join(folder ?? '', messageKeyFile) };
}

/** As `readMessageKeys`, but makes a key where there is none. */
export async function ensureMessageKeys(folder: string): Promise<MessageKeys> {
  const known = await readMessageKeys(folder);
  if (known) return known;
  const seed = newSeed();
  await writeIn(folder, messageKeyFile, `${seed}\n`);
  return { ...signingKeysOf([seed]), file: join(folder, messageKeyFile) };
}

/**
 * Puts a new key before the ones there are and answers its id. The API signs with it once it has been started again.
 * Throws `key-in-use` where the file is full: people decide which key is needed no more.
 */
export async function rotateMessageKey(folder: string): Promise<string> {
  const file = join(folder, messageKeyFile);
  const known = (await readSeeds(folder)) ?? [];
  if (known.length >= maxSignatures)
    throw new GantryError(
      'key-in-use',
      `${file} has ${maxSignatures} keys, the most there may be: retire one and take its line out.`,
    );
  const seeds = [newSeed(), ...known];
  await writeIn(folder, messageKeyFile, `${seeds.join('\n')}\n`, { replace: true });
  return keyIdOf(signingKeysOf(seeds).publicKeys[0] ?? '');
}

const newSeed = () => randomBytes(32).toString('hex');

async function readSeeds(folder: string | null): Promise<readonly string[] | null> {
  const text = await readIn(folder, messageKeyFile);
  if (text === null) return null;
  const seeds = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (seeds.length === 0 || seeds.length > maxSignatures || !seeds.every((seed) => keyPattern.test(seed)))
    throw new GantryError(
      'invalid-config',
      `${join(folder ?? '', messageKeyFile)} does not hold one to ${maxSignatures} keys, each 64 lower-case hex digits on a line of its own.`,
    );
  return seeds;
}

/** Node takes a raw ed25519 seed behind the fixed head of its DER form. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

function signingKeysOf(seeds: readonly string[]): SigningKeys {
  const keys = seeds.map((seed) => {
    const secret = createPrivateKey({
      key: Buffer.concat([pkcs8Head, Buffer.from(seed, 'hex')]),
      format: 'der',
      type: 'pkcs8',
    });
    const publicKey = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    return {
      publicKey,
      sign: (text: string) => ({
        key: keyIdOf(publicKey),
        signature: sign(null, Buffer.from(text), secret).toString('hex'),
      }),
    };
  });
  const [newest] = keys;
  if (!newest) throw new GantryError('internal', 'There is no key to sign with.');
  return {
    publicKeys: keys.map(({ publicKey }) => publicKey),
    seal: newest.sign,
    vouch: (text) => keys.map((key) => key.sign(text)),
  };
}

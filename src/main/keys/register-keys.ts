import { dirname } from 'node:path';
import type { SigningKeys } from '../../api/deps.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { keyIdOf } from '../../domain/trust/seal.ts';
import type { Store } from '../../store/index.ts';
import type { MessageKeys } from './message-key.ts';

/**
 * Has workers trust the API's keys and answers those that it signs with: all but the older ones that were retired.
 * Throws `invalid-config` when the newest was, since workers would refuse whatever it seals.
 */
export async function registerKeys(
  store: Pick<Store, 'trustKey'>,
  { publicKeys, seal, vouch, file }: MessageKeys,
  say: (line: string) => void,
): Promise<SigningKeys> {
  const ids = publicKeys.map(keyIdOf);
  const retired = new Set<string>();
  // The store takes the one that came last for the newest.
  for (const publicKey of publicKeys.toReversed())
    if (!(await store.trustKey(keyIdOf(publicKey), publicKey))) retired.add(keyIdOf(publicKey));

  for (const [i, id] of ids.entries()) {
    if (!retired.has(id)) continue;
    if (i === 0)
      throw new GantryError(
        'invalid-config',
        `The key ${id}, the first in ${file}, was retired: workers refuse whatever it seals. Make a new one with gantry key rotate --data ${dirname(file)}`,
      );
    say(`The key ${id}, number ${i + 1} in ${file}, was retired: nothing is signed with it. Take it out.`);
  }
  return {
    publicKeys: publicKeys.filter((_, i) => !retired.has(ids[i] ?? '')),
    seal,
    vouch: (text) => vouch(text).filter(({ key }) => !retired.has(key)),
  };
}

import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { retirementFault } from '../../domain/trust/retirement.ts';
import { keyIdOf } from '../../domain/trust/seal.ts';
import { ensureAttestationKey } from '../keys/attestation-key.ts';
import { ensureMessageKeys, rotateMessageKey } from '../keys/message-key.ts';
import { withStore } from './with-store.ts';

/** `gantry key …`: the API's signing keys. Workers trust those that an API has registered and that are not retired. */
export function add(key: Command, { say }: Pick<Terminal, 'say'>, inStore = withStore): void {
  key
    .command('create')
    .description('makes a key where there is none, and leaves the ones there are')
    .option('--data <folder>', 'the folder of gantry dev, in place of GANTRY_SECRETS')
    .option('--attestation', 'the key with which workers sign what a record certifies')
    .action(async ({ data, attestation }: { data?: string; attestation?: true }) => {
      if (attestation) {
        const { keyId } = await ensureAttestationKey(folderOf(data));
        return say(`Workers sign with ${keyId}.`);
      }
      const { publicKeys } = await ensureMessageKeys(folderOf(data));
      say(`The API signs with ${keyIdOf(publicKeys[0] ?? '')}.`);
    });
  key
    .command('rotate')
    .description('puts a new key before the ones in the folder of secrets; the API signs with it from its next start')
    .option('--data <folder>', 'the folder of gantry dev, in place of GANTRY_SECRETS')
    .action(async ({ data }: { data?: string }) => {
      const id = await rotateMessageKey(folderOf(data));
      say(`Made ${id}. Start the API again; retire the old key once what it sealed has ended.`);
    });
  key
    .command('list')
    .description('the keys that workers trust, the oldest first')
    .action(() =>
      inStore(async (store) => {
        for (const { id, publicKey } of await store.trustedKeys()) say(`${id} ${publicKey}`);
      }),
    );
  key
    .command('retire')
    .description('ends the trust in a key: what it sealed is refused within 5 s')
    .argument('<id>', 'as gantry key list shows it')
    .option('--force', 'also the newest one, and one whose seals are still needed: what bears them cannot be undone')
    .action((id: string, { force }: { force?: true }) =>
      inStore(async (store) => {
        const trusted = await store.trustedKeys();
        if (!trusted.some((one) => one.id === id)) throw new GantryError('not-found', `There is no trusted key ${id}.`);
        const bearers = await store.bearersOfKey(id);
        const fault = retirementFault(id, { newest: trusted.at(-1)?.id ?? null, bearers });
        if (fault !== null && !force)
          throw new GantryError(
            'key-in-use',
            `${id} is still needed: ${fault}. Say --force to retire it all the same.`,
          );
        await store.retireKey(id);
        say(fault === null ? `Retired ${id}.` : `Retired ${id}, although ${fault}.`);
      }),
    );
}

function folderOf(data: string | undefined): string {
  const folder = data ?? readConfig(process.env).secrets;
  if (folder === null) throw new GantryError('invalid-config', 'Set GANTRY_SECRETS, or name a folder with --data.');
  return folder;
}

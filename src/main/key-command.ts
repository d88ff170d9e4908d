import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { GantryError } from '../domain/errors.ts';
import { keyIdOf } from '../domain/trust/seal.ts';
import type { Store } from '../store/index.ts';
import { ensureAttestationKey } from './attestation-key.ts';
import { ensureMessageKeys, rotateMessageKey } from './message-key.ts';

/** `gantry key …`: the API's signing keys. Workers trust those that an API has registered and nobody has retired. */
export function addKeyCommand(
  program: Command,
  say: (line: string) => void,
  withStore: (work: (store: Store) => Promise<void>) => Promise<void>,
): void {
  const key = program.command('key').description('keys with which the API vouches for messages and seals plans');
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
      withStore(async (store) => {
        for (const { id, publicKey } of await store.trustedKeys()) say(`${id} ${publicKey}`);
      }),
    );
  key
    .command('retire')
    .description('ends the trust in a key: what it sealed is refused within 5 s')
    .argument('<id>', 'as gantry key list shows it')
    .action((id: string) =>
      withStore(async (store) => {
        if (!(await store.retireKey(id))) throw new GantryError('not-found', `There is no trusted key ${id}.`);
        say(`Retired ${id}.`);
      }),
    );
}

function folderOf(data: string | undefined): string {
  const folder = data ?? readConfig(process.env).secrets;
  if (folder === null) throw new GantryError('invalid-config', 'Set GANTRY_SECRETS, or name a folder with --data.');
  return folder;
}

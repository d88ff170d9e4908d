import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { roleIn } from '../database-roles.ts';
import { openStoreAt } from '../open-parts.ts';

export function add(command: Command, { say }: Terminal): void {
  command
    .option('--api-store <file>', 'holds the address that the API opens the store by: its role is made, and granted')
    .option('--worker-store <file>', 'the same for workers')
    .action(async ({ apiStore, workerStore }: { apiStore?: string; workerStore?: string }) => {
      const roles = [
        ...(apiStore === undefined ? [] : [roleIn('api', apiStore)]),
        ...(workerStore === undefined ? [] : [roleIn('worker', workerStore)]),
      ];
      const { store: address } = readConfig(process.env, ['store']);
      if (roles.length > 0 && address.kind !== 'postgres')
        throw new GantryError('invalid-config', 'Only PostgreSQL has roles: a store in a folder has none.');
      const store = await openStoreAt(address);
      try {
        const applied = await store.migrate();
        const { newest, isNewer } = await store.checkSchema();
        if (isNewer) say(`Nothing to do: a newer build has brought the store to ${newest}, which carries this one.`);
        else say(applied.length === 0 ? 'Nothing to do.' : `Applied ${applied.join(', ')}.`);
        if (roles.length === 0) return;
        const made = await store.grantRoles(roles);
        for (const { kind, name } of roles)
          say(
            `${made.includes(name) ? 'Made' : 'Granted'} ${name}, the role of ${kind === 'api' ? 'the API' : 'workers'}.`,
          );
      } finally {
        await store.close();
      }
    });
}

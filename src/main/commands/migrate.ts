import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config.ts';
import { openStoreAt } from '../open-parts.ts';

export function addMigrate(program: Command, { say }: Terminal): void {
  program
    .command('migrate')
    .description('brings the store to the schema of this version')
    .action(async () => {
      const { store: address } = readConfig(process.env, ['store']);
      const store = await openStoreAt(address);
      try {
        const applied = await store.migrate();
        const { newest, isNewer } = await store.checkSchema();
        if (isNewer) say(`Nothing to do: a newer build has brought the store to ${newest}, which carries this one.`);
        else say(applied.length === 0 ? 'Nothing to do.' : `Applied ${applied.join(', ')}.`);
      } finally {
        await store.close();
      }
    });
}

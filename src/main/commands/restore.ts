import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { restoreFrom } from '../backup-file.ts';
import { openStoreAt } from '../open-parts.ts';

export function addRestore(program: Command, { say }: Terminal): void {
  program
    .command('restore')
    .description('writes a backup into an empty store; nothing begins until gantry recovery end')
    .argument('<file>', 'that gantry backup has written')
    .option('--replace', 'also where the store holds something, which is gone then')
    .action(async (file: string, { replace }: { replace?: true }) => {
      // It may have no tables yet, or those of another build.
      const store = await openStoreAt(readConfig(process.env, ['store']).store);
      try {
        const { head, recovery } = await restoreFrom(store, file, { replace: replace === true });
        const count = Object.values(head.rows).reduce((sum, some) => sum + some, 0);
        say(`Restored ${count} rows of ${head.takenAt} (sha256:${head.sha256}).`);
        for (const { kind, id } of recovery.kept) say(`Kept from before: ${kind} ${id}`);
        say('Nothing begins, and no key counts, until somebody has looked: gantry recovery show.');
      } finally {
        await store.close();
      }
    });
}

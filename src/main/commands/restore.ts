import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { restoreFrom } from '../backup-file.ts';
import { openStoreAt } from '../open-parts.ts';
import { withStore } from './with-store.ts';

export function add(command: Command, { say }: Terminal): void {
  command
    .argument('<file>', 'that gantry backup has written')
    .option('--replace', 'also where the store holds something, which is gone then')
    // The store may have no tables yet, or those of another build.
    .action((file: string, { replace }: { replace?: true }) =>
      withStore(async (store) => {
        const { head, recovery } = await restoreFrom(store, file, { replace: replace === true });
        const count = Object.values(head.rows).reduce((sum, some) => sum + some, 0);
        say(`Restored ${count} rows of ${head.takenAt} (sha256:${head.sha256}).`);
        for (const { kind, id } of recovery.kept) say(`Kept from before: ${kind} ${id}`);
        say('Nothing begins, and no key counts, until somebody has looked: gantry recovery show.');
      }, openStoreAt),
    );
}

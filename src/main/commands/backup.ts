import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { backUpTo } from '../backup-file.ts';
import { withStore } from './with-store.ts';

export function add(command: Command, { say }: Terminal): void {
  command.argument('<file>', 'is made, for its owner only; never one that is there already').action((file: string) =>
    withStore(async (store) => {
      const { sha256, rows } = await backUpTo(store, file);
      const count = Object.values(rows).reduce((sum, some) => sum + some, 0);
      say(`Wrote ${count} rows of ${Object.keys(rows).length} tables to ${file}.`);
      say(`sha256:${sha256}`);
    }),
  );
}

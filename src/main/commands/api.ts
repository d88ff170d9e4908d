import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { serveApi } from '../serve-api.ts';

export function add(command: Command, { say }: Terminal): void {
  command
    .option('--listen <host:port>', 'where it listens; GANTRY_LISTEN, else 127.0.0.1:8080')
    .action(async ({ listen }: { listen?: string }) => {
      const environment = { ...process.env, ...(listen === undefined ? {} : { GANTRY_LISTEN: listen }) };
      await runUntilSignal(async () => {
        const running = await serveApi(readConfig(environment, ['policy', 'procedures', 'store']), say);
        say(`The API listens on ${running.url}`);
        return running;
      });
    });
}

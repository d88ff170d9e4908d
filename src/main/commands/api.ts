import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config.ts';
import { runUntilTold } from '../run-until-told.ts';
import { serveApi } from '../serve-api.ts';

export function addApi(program: Command, { say }: Terminal): void {
  program
    .command('api')
    .description('the HTTP API')
    .action(async () => {
      await runUntilTold(async () => {
        const running = await serveApi(readConfig(process.env, ['policy', 'procedures', 'store']), say);
        say(`The API listens on ${running.url}`);
        return running;
      });
    });
}

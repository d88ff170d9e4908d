import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config.ts';
import { runUntilTold } from '../run-until-told.ts';
import { serveApi, serveWorker } from '../serve.ts';
import { checkWorker } from '../worker-check.ts';
import { quietSdk } from './quiet-sdk.ts';

const needed = ['policy', 'procedures', 'store'] as const;

export function addApi(program: Command, { say }: Terminal): void {
  program
    .command('api')
    .description('the HTTP API')
    .action(async () => {
      quietSdk();
      await runUntilTold(async () => {
        const running = await serveApi(readConfig(process.env, needed), say);
        say(`The API listens on ${running.url}`);
        return running;
      });
    });
}

export function addWorker(program: Command, { say }: Terminal): void {
  program
    .command('worker')
    .description('carries out workflows and activities')
    .option('--check', 'only asks Temporal whether a worker of this machine is there, and fails if not')
    .action(async ({ check }: { check?: true }) => {
      if (check) return checkWorker(readConfig(process.env));
      quietSdk();
      await runUntilTold(async () => {
        const running = await serveWorker(readConfig(process.env, needed), say);
        say('The worker polls.');
        return running;
      });
    });
}

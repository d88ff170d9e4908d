import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { serveWorker } from '../serve-worker.ts';
import { quietSdk } from './quiet-sdk.ts';
import { buildOf, promote, versionLines } from './version-lines.ts';
import { checkWorker } from './worker-check.ts';

export function add(worker: Command, { say }: Terminal): void {
  worker
    .option('--check', 'only asks Temporal whether a worker of this machine is there, and fails if not')
    .option('--promote', 'makes its build the current one: new deployments go to it')
    .action(async ({ check, promote: promoted }: { check?: true; promote?: true }) => {
      if (check) return checkWorker(readConfig(process.env));
      quietSdk();
      await runUntilSignal(async () => {
        const running = await serveWorker(readConfig(process.env, ['policy', 'procedures', 'store']), say, {
          promoted: promoted === true,
        });
        say('The worker polls.');
        return running;
      });
    });
  worker
    .command('versions')
    .description('the builds of workers that Temporal knows, and which of them may go')
    .action(async () => {
      for (const line of await versionLines(readConfig(process.env))) say(line);
    });
  worker
    .command('promote')
    .description('new deployments go to this build from now on; those that run end on theirs')
    .argument('[build]', 'as gantry worker versions shows it; else that of this installation')
    .action(async (named?: string) => {
      const config = readConfig(process.env);
      const build = named ?? (await buildOf(config));
      if (build === null) throw new GantryError('invalid-config', 'GANTRY_BUILD is unversioned: name the build.');
      say(`New deployments go to ${await promote(config, build)}.`);
    });
}

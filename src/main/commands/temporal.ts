import type { Command } from 'commander';
import { runTemporal } from '../run-temporal.ts';

export function addTemporal(program: Command): void {
  program
    .command('temporal')
    .description('runs the Temporal CLI against the server of gantry dev')
    .argument('[args...]')
    .option('--data <folder>', 'the folder of gantry dev', '.gantry')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[], { data }: { data: string }) => {
      process.exitCode = await runTemporal(args, data, process.env);
    });
}

import type { Command } from 'commander';
import { execa } from 'execa';
import { findTemporalCli } from '../../temporal/dev-server/find-cli.ts';
import { readEndpoints } from '../endpoints.ts';

/**
 * `gantry temporal …`: the Temporal CLI that was found, against the server that the `gantry dev` of this folder uses; where
 * none ever ran, against `TEMPORAL_ADDRESS`.
 */
export function add(command: Command): void {
  command
    .argument('[args...]', 'what the Temporal CLI takes')
    .option('--data <folder>', 'the folder of gantry dev', '.gantry')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[], { data }: { data: string }) => {
      const progress = (line: string) => process.stderr.write(`${line}\n`);
      const cli = await findTemporalCli({ env: process.env, progress });
      const address = (await readEndpoints(data))?.temporal;
      const env = address === undefined ? {} : { TEMPORAL_ADDRESS: address };
      const { exitCode } = await execa(cli, args, { stdio: 'inherit', reject: false, env });
      process.exitCode = exitCode ?? 1;
    });
}

import { execa } from 'execa';
import { findTemporalCli } from '../temporal/dev-server/find-cli.ts';
import { readEndpoints } from './endpoints.ts';

/**
 * `gantry temporal …`: the Temporal CLI that was found, against the server that the `gantry dev` of this folder uses;
 * where none ever ran, against `TEMPORAL_ADDRESS`. Answers its exit code.
 */
export async function runTemporal(
  args: readonly string[],
  data: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const cli = await findTemporalCli({ env: environment, progress: (line) => process.stderr.write(`${line}\n`) });
  const address = (await readEndpoints(data))?.temporal;
  const { exitCode } = await execa(cli, args, {
    stdio: 'inherit',
    reject: false,
    env: address === undefined ? {} : { TEMPORAL_ADDRESS: address },
  });
  return exitCode ?? 1;
}

import { findTemporalCli } from '../../src/temporal/dev-server/find-cli.ts';
import { type Line, releaseOf } from './temporal-releases.ts';

/** The Temporal CLI that a suite uses: that of its vitest project, else the release that Gantry wants. */
export async function cliForTests(): Promise<string> {
  return process.env['GANTRY_TEST_CLI'] ?? cliOf('1.32');
}

/** The Temporal CLI with this server; getting it the first time tells how far it is. */
export function cliOf(line: Line): Promise<string> {
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  return findTemporalCli({ env: process.env, progress, only: releaseOf[line] });
}

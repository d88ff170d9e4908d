import { Command } from 'commander';
import { exitCodes } from '../cli/exit-codes.ts';
import type { Terminal } from '../cli/terminal.ts';
import { clientVerbs } from '../cli/verbs/index.ts';
import { version } from '../system/own-files.ts';

/** Whether `args` need a verb of this name with all its options. What completes a line knows each. */
export function isCalled(name: string, args: readonly string[]): boolean {
  const called = args[0] === 'help' ? args[1] : args.find((arg) => !arg.startsWith('-'));
  return name === called || called === 'completion';
}

/** The command with the verbs that speak to the API, of which only the one that `args` call is loaded: all of them take seconds. */
export async function clientCommand(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('gantry')
    .description('Takes releases to production as durable Temporal workflows.')
    .version(await version(), '-V, --version', 'prints the version')
    .enablePositionalOptions()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage));
  for (const [name, [description, load]] of Object.entries(clientVerbs)) {
    const command = program.command(name).description(description).helpGroup('Deployments:');
    if (isCalled(name, args)) (await load())(command, (await import('./surroundings.ts')).surroundings(terminal));
  }
  return program;
}

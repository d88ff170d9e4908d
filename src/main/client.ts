import { clientCommand } from './client-command.ts';
import { runCommand } from './run-command.ts';

// The command line as a package of its own (`scripts/pack-cli.mjs`): the verbs that speak to the API, and nothing that runs it.
await runCommand(
  async (args, terminal) => {
    const program = await clientCommand(args, terminal);
    const nouns = program.commands.filter(({ commands }) => commands.length > 0);
    for (const one of [program, ...nouns])
      one.showHelpAfterError(
        'What runs Gantry itself (gantry dev, api, worker and others), or looks at its files, is not in this package.',
      );
    return program;
  },
  () => false,
);

import type { ActionAdapter } from '../../domain/adapters.ts';
import { type CommandSettings, type CommandSpec, commandSpecSchema, runCommand } from '../process/run-command.ts';

/**
 * Runs a program. Exit 0 completed it, another exit is its own word that it failed; killed, nobody can say; one that
 * could not be started has done nothing.
 */
export function commandAction(settings: CommandSettings): ActionAdapter<CommandSpec> {
  return {
    kind: 'command',
    schema: commandSpecSchema,
    async run(spec, context) {
      const { kind, exitCode, ms, ...seen } = await runCommand(spec, context, settings);
      const exited = exitCode === 0 ? 'completed' : 'failed';
      const outcome = kind === 'killed' ? 'unknown' : kind === 'not-started' ? 'not-started' : exited;
      return { ...seen, kind: outcome, observed: { exitCode, ms, ranAs: settings.user?.name ?? null }, tookMs: ms };
    },
  };
}

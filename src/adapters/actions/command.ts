import type { ActionAdapter } from '../../domain/kinds/adapter.ts';
import type { CommandSettings } from '../process/command-environment.ts';
import { alsoLeft } from '../process/report-left-behind.ts';
import { type CommandSpec, commandSpecSchema, runCommand } from '../process/run-command.ts';

/**
 * Runs a program. Exit 0 is `completed`, another exit `failed`; one that was killed is `unknown`, and one that could not
 * be started has done nothing.
 */
export function commandAction(settings: CommandSettings): ActionAdapter<CommandSpec> {
  return {
    kind: 'command',
    schema: commandSpecSchema,
    traits: ['runs-files'],
    async run(spec, context) {
      const { kind, exitCode, ms, leftBehind, summary, ...seen } = await runCommand(spec, context, settings);
      const exited = exitCode === 0 ? 'completed' : 'failed';
      const outcome = kind === 'killed' ? 'unknown' : kind === 'not-started' ? 'not-started' : exited;
      const observed = { exitCode, ms, ranAs: settings.user?.name ?? null };
      return { ...seen, summary: alsoLeft(summary, leftBehind), kind: outcome, observed, tookMs: ms };
    },
  };
}

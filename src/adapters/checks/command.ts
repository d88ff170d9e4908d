import type { CheckAdapter } from '../../domain/adapters.ts';
import { type CommandSettings, type CommandSpec, commandSpecSchema, runCommand } from '../process/run-command.ts';

/** Runs a program that looks. Exit 0 is `passed`, another exit `failed`; not started, killed or out of time is `error`. */
export function commandCheck(settings: CommandSettings): CheckAdapter<CommandSpec> {
  return {
    kind: 'command',
    schema: commandSpecSchema,
    async measure(spec, context) {
      const { kind, exitCode, ms, ...seen } = await runCommand(spec, context, settings);
      const verdict = kind === 'exited' ? (exitCode === 0 ? 'passed' : 'failed') : 'error';
      const summary = kind === 'exited' ? `${seen.summary} in ${ms} ms` : seen.summary;
      return { ...seen, summary, verdict, observed: { exitCode, ms }, tookMs: ms };
    },
  };
}

import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import type { CheckAdapter } from '../../domain/kinds/adapter.ts';
import type { CommandSettings } from '../process/command-environment.ts';
import { alsoLeft } from '../process/report-left-behind.ts';
import { commandSpecSchema, runCommand } from '../process/run-command.ts';

const exit = z.int().min(1).max(255);
const schema = commandSpecSchema.extend({
  absent: z
    .union([exit, z.array(exit).min(1).max(20)], 'write an exit from 1 to 255 or a list of them')
    .optional()
    .meta(means('In `done`: exits by which it says that the effect is not there; a crash has exits of its own', 3)),
});
type Spec = z.infer<typeof schema>;

/** Runs a program that looks. Exit 0 is `passed`, another exit `failed`; not started, killed or out of time is `error`. */
export function commandCheck(settings: CommandSettings): CheckAdapter<Spec> {
  return {
    kind: 'command',
    schema,
    traits: ['runs-files'],
    expects: () => ({ answer: ['exit 0'], numbers: [] }),
    async measure({ absent, ...spec }, context) {
      const { kind, exitCode, ms, leftBehind, ...seen } = await runCommand(spec, context, settings);
      const verdict = kind === 'exited' ? (exitCode === 0 ? 'passed' : 'failed') : 'error';
      const summary = kind === 'exited' ? `${seen.summary} in ${ms} ms` : seen.summary;
      const isAbsent = exitCode !== null && absent !== undefined && [absent].flat().includes(exitCode);
      const readBack = isAbsent ? { readBack: 'not-done' as const } : {};
      return {
        ...seen,
        summary: alsoLeft(summary, leftBehind),
        verdict,
        observed: { exitCode, ms, ranAs: settings.user?.name ?? null },
        tookMs: ms,
        ...readBack,
      };
    },
  };
}

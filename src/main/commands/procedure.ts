import type { Command } from 'commander';
import { readProject } from '../../cli/request/project-file.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { registerProcedure } from '../../cli/verbs/procedure.ts';
import { absoluteParts } from '../../config/config.ts';
import { checkProcedure } from '../../files/check-procedure.ts';

export function add(command: Command, terminal: Terminal): void {
  registerProcedure(command, terminal, async (folder, { policy, environment, service, project }) =>
    checkProcedure({
      folder,
      policy: policy ?? null,
      environment: environment ?? null,
      service: service ?? null,
      project: { file: project, says: await readProject(project) },
      path: absoluteParts(process.env['PATH'] ?? ''),
      now: Date.now(),
    }),
  );
}

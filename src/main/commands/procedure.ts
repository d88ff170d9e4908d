import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { registerProcedure } from '../../cli/verbs/procedure.ts';
import { absoluteParts } from '../../config/config.ts';
import { checkProcedure } from '../../files/check-procedure.ts';

export function add(command: Command, terminal: Terminal): void {
  registerProcedure(command, terminal, (folder, { policy, environment, service }) =>
    checkProcedure({
      folder,
      policy: policy ?? null,
      environment: environment ?? null,
      service: service ?? null,
      path: absoluteParts(process.env['PATH'] ?? ''),
      now: Date.now(),
    }),
  );
}

import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { evidenceCommands } from '../../cli/verbs/evidence.ts';
import { errorLines } from '../lines.ts';

export function add(command: Command, { say }: Terminal): void {
  evidenceCommands(command, { say, tell: (line) => errorLines.write(`${line}\n`), environment: process.env });
}

import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { registerPlan } from '../../cli/verbs/plan.ts';

export const add = (command: Command, terminal: Terminal) => registerPlan(command, terminal, process.env);

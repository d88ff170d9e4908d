import { runCommand } from './run-command.ts';
import { commandFor, isServerVerb } from './verbs.ts';

await runCommand(commandFor, isServerVerb);

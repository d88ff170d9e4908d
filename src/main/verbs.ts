import type { Command } from 'commander';
import type { Terminal } from '../cli/terminal.ts';
import { clientCommand, isCalled } from './client-command.ts';

/** A verb's description in the help, and what completes its command, which is loaded only where the verb is called. */
type Verb = readonly [description: string, load: () => Promise<{ readonly add: Add }>];
type Add = (command: Command, terminal: Terminal) => void;

export const verbs: Readonly<Record<string, Verb>> = {
  dev: ['everything in one process tree on embedded parts, on loopback only', () => import('./commands/dev.ts')],
  api: ['the HTTP API', () => import('./commands/api.ts')],
  worker: ['carries out workflows and activities', () => import('./commands/worker.ts')],
  migrate: [
    'brings the store to the schema of this version, and gives the roles of its processes what they need',
    () => import('./commands/migrate.ts'),
  ],
  backup: ['writes all that the store holds into a file', () => import('./commands/backup.ts')],
  restore: [
    'writes a backup into an empty store; nothing begins until gantry recovery end',
    () => import('./commands/restore.ts'),
  ],
  recovery: ['a store that was restored: what to look at, and its end', () => import('./commands/recovery.ts')],
  token: ['keys of the API, and who you are to it', () => import('./commands/token.ts')],
  key: ['keys with which the API vouches for messages and seals plans', () => import('./commands/key.ts')],
  procedure: [
    'procedures, as a request would plan them, and those of the server',
    () => import('./commands/procedure.ts'),
  ],
  policy: ['explains a policy, the one in force too, and tries one on the past', () => import('./commands/policy.ts')],
  doctor: [
    'looks at everything that Gantry needs, and says what to do about what it finds; fails when something would hurt',
    () => import('./commands/doctor.ts'),
  ],
  temporal: ['runs the Temporal CLI against the server of gantry dev', () => import('./commands/temporal.ts')],
};

/** Of nouns that have verbs of both kinds: those that speak to the API. */
const onApi = new Set(['policy show', 'procedure list', 'procedure show', 'token show', 'key show']);

/** The command with all its verbs, of which only the one that `args` call is loaded. */
export async function commandFor(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = await clientCommand(args, terminal);
  for (const [name, [description, load]] of Object.entries(verbs)) {
    // A noun may also have verbs that speak to the API.
    const known = program.commands.find((one) => one.name() === name);
    const command = (known ?? program.command(name)).description(description).helpGroup('Running Gantry:');
    if (isCalled(name, args)) (await load()).add(command, terminal);
  }
  return program;
}

/** Whether it runs a part of Gantry, and ends with 1 whatever fails. The others speak to the API, or are no verbs. */
export const isServerVerb = ([name = '', verb = '']: readonly string[]) =>
  Object.hasOwn(verbs, name) && !onApi.has(`${name} ${verb}`);

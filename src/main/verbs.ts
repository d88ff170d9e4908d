import { Command } from 'commander';
import type { Terminal } from '../cli/terminal.ts';
import { version } from './build.ts';

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
  token: ['keys of the API', () => import('./commands/token.ts')],
  key: ['keys with which the API vouches for messages and seals plans', () => import('./commands/key.ts')],
  plan: [
    'previews a request: what would hold it, its steps and checks, every gate, what changed; fails (2) when a gate is blocked',
    () => import('./commands/plan.ts'),
  ],
  procedure: ['procedures, as a request would plan them', () => import('./commands/procedure.ts')],
  policy: ['explains a policy, and tries it on the past', () => import('./commands/policy.ts')],
  temporal: ['runs the Temporal CLI against the server of gantry dev', () => import('./commands/temporal.ts')],
  evidence: ['proof that pipeline stages passed, made, signed and sent', () => import('./commands/evidence.ts')],
};

/**
 * The command with all its verbs, of which only the one that `args` call is loaded: loading all of them takes seconds.
 */
export async function commandFor(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('gantry')
    .description('Takes releases to production as durable Temporal workflows.')
    .version(await version(), '-V, --version', 'prints the version')
    .enablePositionalOptions();
  const called = args[0] === 'help' ? args[1] : args.find((arg) => !arg.startsWith('-'));
  for (const [name, [description, load]] of Object.entries(verbs)) {
    const command = program.command(name).description(description);
    if (name === called) (await load()).add(command, terminal);
  }
  return program;
}

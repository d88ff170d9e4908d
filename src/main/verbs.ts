import { Command } from 'commander';
import type { Terminal } from '../cli/terminal.ts';
import { version } from './build.ts';
import { errorLines } from './lines.ts';

type Add = (program: Command, terminal: Terminal) => void;

/** A verb of `gantry`: what its help says, and where it is. Nothing of it is loaded before it is called. */
interface Verb {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Add>;
}

export const verbs: readonly Verb[] = [
  {
    name: 'dev',
    description: 'everything in one process tree on embedded parts, on loopback only',
    load: async () => (await import('./commands/dev.ts')).addDev,
  },
  {
    name: 'api',
    description: 'the HTTP API',
    load: async () => (await import('./commands/api.ts')).addApi,
  },
  {
    name: 'worker',
    description: 'carries out workflows and activities',
    load: async () => (await import('./commands/worker.ts')).addWorker,
  },
  {
    name: 'migrate',
    description: 'brings the store to the schema of this version, and gives the roles of its processes what they need',
    load: async () => (await import('./commands/migrate.ts')).addMigrate,
  },
  {
    name: 'backup',
    description: 'writes all that the store holds into a file',
    load: async () => (await import('./commands/backup.ts')).addBackup,
  },
  {
    name: 'restore',
    description: 'writes a backup into an empty store; nothing begins until gantry recovery end',
    load: async () => (await import('./commands/restore.ts')).addRestore,
  },
  {
    name: 'recovery',
    description: 'a store that was restored: what to look at, and its end',
    load: async () => (await import('./commands/recovery.ts')).addRecovery,
  },
  {
    name: 'token',
    description: 'keys of the API',
    load: async () => (await import('./commands/token.ts')).addToken,
  },
  {
    name: 'key',
    description: 'keys with which the API vouches for messages and seals plans',
    load: async () => {
      const [{ addKeyCommand }, { withStore }] = await Promise.all([
        import('./commands/key.ts'),
        import('./commands/with-store.ts'),
      ]);
      return (program, { say }) => addKeyCommand(program, say, withStore);
    },
  },
  {
    name: 'plan',
    description:
      'previews a request: what would hold it, its steps and checks, every gate, what changed; fails (2) when a gate is blocked',
    load: async () => {
      const { registerPlan } = await import('../cli/verbs/plan.ts');
      return (program, terminal) => registerPlan(program, terminal, process.env);
    },
  },
  {
    name: 'procedure',
    description: 'procedures, as a request would plan them',
    load: async () => (await import('./commands/procedure.ts')).addProcedure,
  },
  {
    name: 'policy',
    description: 'explains a policy, and tries it on the past',
    load: async () => (await import('./commands/policy.ts')).addPolicy,
  },
  {
    name: 'temporal',
    description: 'runs the Temporal CLI against the server of gantry dev',
    load: async () => (await import('./commands/temporal.ts')).addTemporal,
  },
  {
    name: 'evidence',
    description: 'proof that pipeline stages passed, made, signed and sent',
    load: async () => {
      const { evidenceCommands } = await import('../cli/verbs/evidence.ts');
      return (program, { say }) =>
        evidenceCommands(program, {
          say,
          tell: (line) => errorLines.write(`${line}\n`),
          environment: process.env,
        });
    },
  },
];

/**
 * The command with all its verbs, of which only the one that `args` call is loaded: loading all of them takes seconds.
 */
export async function commandFor(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('gantry')
    .description('Takes releases to production as durable Temporal workflows.')
    .version(await version(), '-V, --version', 'prints the version')
    .enablePositionalOptions();
  const called = args[0] === 'help' ? args[1] : args.find((arg) => !arg.startsWith('-'));
  for (const { name, description, load } of verbs) {
    if (name === called) (await load())(program, terminal);
    else program.command(name).description(description);
  }
  return program;
}

import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Command } from 'commander';
import pc from 'picocolors';
import { evidenceCommands } from '../cli/evidence/commands.ts';
import { registerPlan } from '../cli/plan.ts';
import { registerPolicy } from '../cli/policy.ts';
import { readConfig } from '../config.ts';
import { GantryError } from '../domain/errors.ts';
import { scopes } from '../domain/trust/api-keys.ts';
import { type RunningDev, startDev } from './dev.ts';
import { addKeyCommand } from './key-command.ts';
import { loadPolicy } from './load-policy.ts';
import { openMigratedStore, openStoreAt } from './open-parts.ts';
import { runUntilTold } from './run-until-told.ts';
import { serveApi, serveWorker } from './serve.ts';
import { runTemporal } from './temporal-command.ts';
import { createToken, revokeTokens, tokenLine, tokenNames } from './tokens.ts';
import { checkWorker } from './worker-check.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const needed = ['policy', 'procedures', 'store'] as const;
const shop = fileURLToPath(new URL('../../examples/shop/', import.meta.url));

const program = new Command('gantry')
  .description('Takes releases to production as durable Temporal workflows.')
  .enablePositionalOptions();

program
  .command('dev')
  .description('everything in one process tree on embedded parts, on loopback only')
  .option('--data <folder>', 'keeps everything over a restart', '.gantry')
  .option('--listen <host:port>', 'where the API listens; GANTRY_LISTEN, else 127.0.0.1:8080')
  .action(async ({ data, listen }: { data: string; listen?: string }) => {
    const config = readConfig({ ...process.env, ...(listen === undefined ? {} : { GANTRY_LISTEN: listen }) });
    quietSdk();
    const example = { policy: `${shop}policy.yaml`, procedures: `${shop}procedures` };
    await runUntilTold(async () => {
      say(`Starting (state in ${data}) …`);
      const running = await startDev({ config, data, environment: process.env, say, example });
      showDev(running, data);
      return running;
    });
  });

program
  .command('api')
  .description('the HTTP API')
  .action(async () => {
    quietSdk();
    await runUntilTold(async () => {
      const running = await serveApi(readConfig(process.env, needed), say);
      say(`The API listens on ${running.url}`);
      return running;
    });
  });

program
  .command('worker')
  .description('carries out workflows and activities')
  .option('--check', 'only asks Temporal whether a worker of this machine is there, and fails if not')
  .action(async ({ check }: { check?: true }) => {
    if (check) return checkWorker(readConfig(process.env));
    quietSdk();
    await runUntilTold(async () => {
      const running = await serveWorker(readConfig(process.env, needed), say);
      say('The worker polls.');
      return running;
    });
  });

program
  .command('migrate')
  .description('brings the store to the schema of this version')
  .action(async () => {
    const { store: address } = readConfig(process.env, ['store']);
    const store = await openStoreAt(address);
    try {
      const applied = await store.migrate();
      say(applied.length === 0 ? 'Nothing to do.' : `Applied ${applied.join(', ')}.`);
    } finally {
      await store.close();
    }
  });

const token = program.command('token').description('keys of the API');
const withStore = async <T>(work: (store: Awaited<ReturnType<typeof openMigratedStore>>) => Promise<T>) => {
  const store = await openMigratedStore(readConfig(process.env, ['store']).store);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};
token
  .command('create')
  .description('makes a key for a person or robot and prints it, once')
  .argument('<subject>', 'as the policy names them, such as key:alice')
  .option(
    '--scope <scope>',
    `may do only this, more than one by repeating it: ${scopes.join(', ')}`,
    (scope, before: string[]) => [...before, scope],
    [],
  )
  .option('--expires <time>', 'counts only so long, such as 90d')
  .action((subject: string, { scope, expires }: { scope: string[]; expires?: string }) =>
    withStore(async (store) => {
      say(await createToken(store, subject, { scopes: scope, expires }));
    }),
  );
token
  .command('list')
  .description('shows keys and sessions of browsers, never what is secret in them')
  .argument('[subject]', 'only those of this person or robot, under any of their names')
  .action((subject?: string) =>
    withStore(async (store) => {
      const named = subject === undefined ? null : await tokenNames(subject, readConfig(process.env).policy);
      for (const key of await store.keys(named?.names ?? null)) say(tokenLine(key));
      // Beside the list, which programs read.
      if (named?.note != null) process.stderr.write(`${named.note}\n`);
    }),
  );
token
  .command('revoke')
  .description('ends a key, or every key and session of a person or robot under any of their names, at once')
  .argument('<id or subject>', 'the id that gantry token list shows, or a subject such as key:alice')
  .action((which: string) =>
    withStore(async (store) => {
      for (const line of await revokeTokens(store, which, readConfig(process.env).policy)) say(line);
    }),
  );

addKeyCommand(program, say, withStore);
const terminal = { say, paint: pc.createColors(process.stdout.isTTY && pc.isColorSupported) };
registerPlan(program, terminal, process.env);
registerPolicy(program, {
  terminal,
  environment: process.env,
  load: loadPolicy,
  withStored: (work) => withStore((store) => work({ ...store, plan: ({ planDigest }) => store.plan(planDigest) })),
  now: Date.now,
});

program
  .command('temporal')
  .description('runs the Temporal CLI against the server of gantry dev')
  .argument('[args...]')
  .option('--data <folder>', 'the folder of gantry dev', '.gantry')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[], { data }: { data: string }) => {
    process.exitCode = await runTemporal(args, data, process.env);
  });

evidenceCommands(program, { say, environment: process.env });

/** Says what went wrong with its code, one line for each finding, and leaves stack traces to faults of our own. */
function explain(error: unknown): string {
  if (!(error instanceof GantryError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const findings = error.issues.filter(({ detail }) => !error.message.includes(detail));
  return [
    `${pc.red(error.code)}: ${error.message}`,
    ...findings.map(({ pointer, detail }) => `  ${pointer}: ${detail}`),
  ].join('\n');
}

function quietSdk(): void {
  // Three of our workers carry out activities only, which the SDK thinks worth a warning.
  const isExpected = ({ message }: { readonly message: string }) => message.startsWith('No workflows registered');
  const logger = new DefaultLogger('WARN', (entry) => {
    if (!isExpected(entry)) process.stderr.write(`${entry.level}: ${entry.message}\n`);
  });
  // Signals are ours to answer: one that comes during the start must not end the workers alone.
  Runtime.install({ logger, shutdownSignals: [] });
}

function showDev({ endpoints, tokens, policyFile }: RunningDev, data: string): void {
  const row = (name: string, value: string) => say(`  ${pc.dim(name.padEnd(12))} ${value}`);
  say(pc.bold('Gantry is ready.'));
  row('API', `${endpoints.api} (${endpoints.api}/docs)`);
  if (endpoints.temporalUi === null) row('Temporal', `${endpoints.temporal} (TEMPORAL_ADDRESS)`);
  else row('Temporal UI', endpoints.temporalUi);
  row('Policy', policyFile);
  row('Tokens', `${data}/tokens.json`);
  // Never into a pipe or a log.
  if (process.stdout.isTTY) for (const [subject, secret] of Object.entries(tokens)) row('', `${subject} ${secret}`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  // What was still being started ends with this process.
  process.exit(1);
}

import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { callerSchema } from '../../contract/service.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { answered, apiUrl, clientFor, readText } from '../api-client.ts';
import { checkToken } from '../connection/bearer.ts';
import { type Context, contextsFile, readContexts, writeContexts } from '../connection/contexts.ts';
import { plain, type Surroundings } from '../terminal.ts';

interface LoginOptions {
  readonly api?: string;
  readonly name?: string;
  readonly dev?: string | true;
  readonly as?: string;
  readonly use?: true;
}

/** `gantry login`: keeps where the API is and a key for it, for the verbs after it. */
export function registerLogin(command: Command, { terminal, environment, input }: Surroundings): void {
  command
    .argument('[name]', 'of this login, where you have several')
    .option('--api <url>', 'where the API is; else GANTRY_API')
    .option('--dev [folder]', 'as somebody whom gantry dev has made a key for, in its folder (.gantry)')
    .option('--as <subject>', 'with --dev: as whom, such as key:alice')
    .option('--use', 'goes back to a login that is kept')
    .action(async (name: string | undefined, options: LoginOptions) => {
      const file = contextsFile(environment);
      const kept = await readContexts(file);
      if (options.use) {
        if (name === undefined || !Object.hasOwn(kept.contexts, name))
          throw new GantryError(
            'malformed',
            `Name one of your logins: ${Object.keys(kept.contexts).join(', ') || 'there is none'}.`,
          );
        await writeContexts(file, { ...kept, current: name });
        return terminal.say(`${name} is used from now on.`);
      }
      const { api, key } =
        options.dev === undefined ? await typed(options, environment, input) : await fromDev(options);
      const caller = await answered(
        clientFor(apiUrl(api), async () => checkToken(key)).GET('/v1/caller'),
        callerSchema,
      );
      const context: Context = { api, subject: caller.subject, key: checkToken(key) };
      const used = name ?? `${caller.subject}@${new URL(api).host}`.replaceAll(/[^A-Za-z0-9._:@-]/g, '-');
      await writeContexts(file, { current: used, contexts: { ...kept.contexts, [used]: context } });
      terminal.say(plain(`Logged in to ${api} as ${caller.name} (${caller.subject}); kept as ${used} in ${file}.`));
    });
}

/** `gantry logout`: forgets a login. What the key may do it may do until it is revoked. */
export function registerLogout(command: Command, { terminal, environment }: Surroundings): void {
  command.argument('[name]', 'else the current one').action(async (name?: string) => {
    const file = contextsFile(environment);
    const { current, contexts } = await readContexts(file);
    const which = name ?? current;
    if (which === null || !Object.hasOwn(contexts, which))
      throw new GantryError('malformed', `There is no login ${which ?? ''} to forget.`);
    const { [which]: _, ...rest } = contexts;
    await writeContexts(file, { current: which === current ? null : current, contexts: rest });
    terminal.say(`${which} is forgotten.`);
  });
}

async function typed(
  { api }: LoginOptions,
  environment: Surroundings['environment'],
  input: Surroundings['input'],
): Promise<{ readonly api: string; readonly key: string }> {
  const where = api ?? environment['GANTRY_API'];
  if (where === undefined) throw new GantryError('malformed', 'Say where the API is: --api or GANTRY_API.');
  apiUrl(where);
  if (input.isTTY) throw new GantryError('malformed', 'Give the key on the input: gantry login --api URL < FILE.');
  return { api: where, key: await readAll(input) };
}

/** What `gantry dev` has written into its folder: where it listens, and a key for each person and robot. */
async function fromDev({ dev, as }: LoginOptions): Promise<{ readonly api: string; readonly key: string }> {
  const folder = dev === true || dev === undefined ? '.gantry' : dev;
  const [endpoints, tokens] = await Promise.all(
    ['endpoints.json', 'tokens.json'].map(async (file) => record(await readText(join(folder, file), 'malformed'))),
  );
  const api = endpoints?.['api'];
  const key = as === undefined ? undefined : tokens?.[as];
  if (api !== undefined && key !== undefined) return { api, key };
  throw new GantryError('malformed', `Say as whom: --as ${Object.keys(tokens ?? {}).join(', ')}.`);
}

function record(text: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(text);
  return Object(value) as Record<string, string>;
}

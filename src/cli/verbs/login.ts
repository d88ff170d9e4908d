import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { callerSchema, identityProviderSchema } from '../../contract/service.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { answered, apiUrl, clientFor, readText } from '../api-client.ts';
import { checkToken } from '../connection/bearer.ts';
import { type Context, contextsFile, readContexts, writeContexts } from '../connection/contexts.ts';
import { openBrowser } from '../connection/open-browser.ts';
import { otherVersion } from '../connection/other-version.ts';
import { variable } from '../environment.ts';
import { plain, type Surroundings } from '../terminal.ts';

type Login = Pick<Context, 'api' | 'key' | 'session'>;

interface LoginOptions {
  readonly api?: string;
  readonly dev?: string | true;
  readonly as?: string;
  readonly device?: true;
  readonly browser?: true;
  readonly use?: true;
}

/** `gantry login`: keeps where the API is and who speaks to it, for the verbs after it. */
export function registerLogin(command: Command, surroundings: Surroundings): void {
  const { terminal, environment } = surroundings;
  command
    .argument('[name]', 'of this login, where you have several')
    .option('--api <url>', 'where the API is; else GANTRY_API')
    .addOption(
      new Option(
        '--browser',
        'by the identity provider, in a browser on this machine; so it is where you type',
      ).conflicts(['device', 'dev', 'use']),
    )
    .addOption(
      new Option('--device', 'by the identity provider, in a browser anywhere: you confirm a code').conflicts([
        'dev',
        'use',
      ]),
    )
    .option('--dev [folder]', 'as somebody whom gantry dev has made a key for, in its folder (.gantry)')
    .option('--as <subject>', 'with --dev: as whom, such as key:alice')
    .option('--use', 'goes back to a login that is kept')
    .action(async (name: string | undefined, options: LoginOptions) => {
      const file = contextsFile(environment);
      if (options.use) return useAgain(name, file, terminal);
      const { api, ...who } = options.dev === undefined ? await proven(options, surroundings) : await fromDev(options);
      const bearer = who.key ?? who.session?.accessToken ?? '';
      const asked = clientFor(apiUrl(api), async () => bearer).GET('/v1/caller');
      const caller = await answered(asked, callerSchema);
      const used = name ?? `${caller.subject}@${new URL(api).host}`.replaceAll(/[^A-Za-z0-9._:@-]/g, '-').slice(0, 100);
      const context: Context = { api, subject: caller.subject, ...who };
      // Read only now: somebody may have taken minutes to log in.
      const { contexts } = await readContexts(file);
      await writeContexts(file, { current: used, contexts: { ...contexts, [used]: context } });
      terminal.say(plain(`Logged in to ${api} as ${caller.name} (${caller.subject}); kept as ${used} in ${file}.`));
      const other = await otherVersion((await asked).response.headers);
      if (other !== null) surroundings.tell(other);
    });
}

async function useAgain(name: string | undefined, file: string, { say }: Surroundings['terminal']): Promise<void> {
  const kept = await readContexts(file);
  if (name === undefined || !Object.hasOwn(kept.contexts, name))
    throw new GantryError(
      'malformed',
      `Name one of your logins: ${Object.keys(kept.contexts).join(', ') || 'there is none'}.`,
    );
  await writeContexts(file, { ...kept, current: name });
  say(`${name} is used from now on.`);
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

/** By a key on the input, or by the identity provider: where a person types, in a browser unless they say otherwise. */
async function proven(options: LoginOptions, surroundings: Surroundings): Promise<Login> {
  const { environment, input, tell } = surroundings;
  const api = options.api ?? variable(environment, 'GANTRY_API') ?? undefined;
  if (api === undefined)
    throw new GantryError(
      'malformed',
      'Say where the API is: --api or GANTRY_API, or --dev for the gantry dev of this folder.',
    );
  const base = apiUrl(api);
  if (!options.device && !options.browser && !input.isTTY) return { api, key: checkToken(await readAll(input)) };
  const { provider } = await answered<z.infer<typeof identityProviderSchema>>(
    clientFor(base, null).GET('/v1/identity-provider'),
    identityProviderSchema,
  );
  if (!provider)
    throw new GantryError(
      'login-failed',
      `${base.origin} has no login by an identity provider: give a key on the input, gantry login --api URL < FILE.`,
    );
  // The API names both: whoever logs in sees whom they trust with what.
  tell(plain(`You log in at ${provider.issuer}, for ${provider.audience}.`));
  if (options.device) {
    const { logInByDevice } = await import('../connection/device-login.ts');
    return { api, session: await logInByDevice(provider, tell) };
  }
  const { logInByBrowser } = await import('../connection/browser-login.ts');
  const show = (url: string) => {
    tell(plain(openBrowser(url, environment) ? `A browser opens, or open it at ${url}` : `Open ${url}`));
  };
  return { api, session: await logInByBrowser(provider, show) };
}

/** What `gantry dev` has written into its folder: where it listens, and a key for each person and robot. */
async function fromDev({ dev, as }: LoginOptions): Promise<Login> {
  const folder = dev === true || dev === undefined ? '.gantry' : dev;
  const [endpoints, tokens] = await Promise.all(
    ['endpoints.json', 'tokens.json'].map(async (file) => record(await readText(join(folder, file), 'malformed'))),
  );
  const api = endpoints?.['api'];
  const key = as === undefined ? undefined : tokens?.[as];
  if (api !== undefined && key !== undefined) return { api, key: checkToken(key) };
  throw new GantryError('malformed', `Say as whom: --as ${Object.keys(tokens ?? {}).join(', ')}.`);
}

function record(text: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(text);
  return Object(value) as Record<string, string>;
}

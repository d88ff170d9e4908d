import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import { type Environment, variable } from '../environment.ts';

/** A login by an identity provider: its access token, and what renews it. Times are ISO 8601. */
const sessionSchema = z.strictObject({
  issuer: z.string(),
  clientId: z.string(),
  audience: z.string(),
  accessToken: z.string(),
  expiresAt: z.string(),
  refreshToken: z.string().nullable(),
});

export type Session = z.infer<typeof sessionSchema>;

/** An API, and as whom it is spoken to: with a key of Gantry, or a login by an identity provider. */
const contextSchema = z.strictObject({
  api: z.string(),
  subject: z.string(),
  key: z.string().optional(),
  session: sessionSchema.optional(),
});
export type Context = z.infer<typeof contextSchema>;

const contextName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/);
const schema = z.strictObject({ current: contextName.nullable(), contexts: z.record(contextName, contextSchema) });
export type Contexts = z.infer<typeof schema>;

const none: Contexts = { current: null, contexts: {} };

/**
 * The one file of the command line: `GANTRY_CONFIG`, else `gantry/config.json` in the person's own configuration folder.
 * Throws `invalid-config` where the environment names neither that folder nor their home.
 */
export function contextsFile(environment: Environment): string {
  const file = variable(environment, 'GANTRY_CONFIG') ?? ownFile(environment);
  if (file !== null) return file;
  throw new GantryError('invalid-config', 'Nothing says where logins are kept: set HOME or GANTRY_CONFIG.');
}

function ownFile({ XDG_CONFIG_HOME, HOME }: Environment): string | null {
  const folder = XDG_CONFIG_HOME ?? (HOME === undefined ? null : join(HOME, '.config'));
  return folder === null ? null : join(folder, 'gantry', 'config.json');
}

/** What the file holds; nothing where there is none. Throws `invalid-config`, also where others may read it. */
export async function readContexts(file: string): Promise<Contexts> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0)
      throw new GantryError('invalid-config', `${file} holds keys and others may read it: chmod 600 ${file}`);
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return none;
    throw new GantryError('invalid-config', `${file} cannot be read: ${String(cause)}.`, { cause });
  }
  const read = schema.safeParse(parsed(text));
  if (read.success) return read.data;
  // What stands in it may be a key, so no value is quoted.
  const where = read.error.issues.map(({ path }) => `/${path.join('/')}`).join(', ');
  throw new GantryError(
    'invalid-config',
    `${file} is not what gantry login writes (${where}): delete it, and log in anew.`,
  );
}

/** Writes the file aside and puts it into place, readable by its owner alone (mode 0600, its folder 0700). */
export async function writeContexts(file: string, contexts: Contexts): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(aside, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    const written = await open(aside, 'r');
    try {
      await written.sync();
    } finally {
      await written.close();
    }
    await rename(aside, file);
  } catch (cause) {
    await rm(aside, { force: true });
    throw new GantryError('invalid-config', `${file} cannot be written: ${String(cause)}.`, { cause });
  }
}

/** A context as it is kept: under which name, in which file. */
export interface KeptContext {
  readonly context: Context;
  readonly name: string;
  readonly file: string;
}

/** The context that is meant: the named one, else that of `GANTRY_CONTEXT`, else the current one; null without any. */
export async function contextFor(named: string | undefined, environment: Environment): Promise<KeptContext | null> {
  const file = variable(environment, 'GANTRY_CONFIG') ?? ownFile(environment);
  const { current, contexts } = file === null ? none : await readContexts(file);
  const name = named ?? variable(environment, 'GANTRY_CONTEXT') ?? current;
  if (name === null || file === null) return null;
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context) return { context, name, file };
  const known = Object.keys(contexts).join(', ') || 'none';
  throw new GantryError(
    'invalid-config',
    `There is no context ${JSON.stringify(name)}: gantry login (there is: ${known}).`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

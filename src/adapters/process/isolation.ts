import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CommandUser, findCommandUser } from './command-user.ts';
import { brokenBounds } from './probe.ts';

/** Whom the commands of procedures run as, and whether they are kept from what is the worker's. */
export interface Isolation {
  /** Null: as the worker. */
  readonly user: CommandUser | null;
  readonly isIsolated: boolean;
  /** One sentence for people. */
  readonly detail: string;
}

export interface IsolationParts {
  /** By name or `uid:gid`; null: none was named. */
  readonly commandUser: string | null;
  /** Files and folders that are the worker's secrets, or null where there is none. */
  readonly secret: readonly (string | null)[];
  /** What the worker trusts, or consists of: a user who may write there controls the worker. */
  readonly trusted: readonly (string | null)[];
  /** Where the commands of procedures are. */
  readonly procedures: string;
}

/**
 * Finds out whom commands run as and what they can reach, once, as a worker starts. Throws `invalid-config` where the user
 * is not there, or the worker may not start commands as them although it is root.
 */
export async function isolationOf({ commandUser, secret, trusted, procedures }: IsolationParts): Promise<Isolation> {
  if (commandUser === null) return asWorker('GANTRY_COMMAND_USER names nobody else');
  if (process.getuid?.() !== 0) return asWorker(`it is not root, so it cannot run them as ${commandUser}`);
  const user = await findCommandUser(commandUser);
  const files = secret.filter((file) => file !== null);
  const broken = await brokenBounds(user, {
    unreadable: [`/proc/${process.pid}/environ`, ...files, ...(await Promise.all(files.map(inFolder))).flat()],
    unwritable: [...new Set(trusted.filter((file) => file !== null).flatMap((file) => [file, dirname(file)]))],
    readable: [procedures],
  });
  if (broken.length === 0) return { user, isIsolated: true, detail: `Commands run as ${user.name}.` };
  return {
    user,
    isIsolated: false,
    detail: `Commands run as ${user.name}, who is not kept apart from the worker: ${user.name} ${broken.slice(0, 10).join(', ')}.`,
  };
}

function asWorker(why: string): Isolation {
  return {
    user: null,
    isIsolated: false,
    detail: `Commands run as the worker itself (${why}): they can read whatever it can.`,
  };
}

/** The files of a folder that cannot be listed may still be readable by name. */
async function inFolder(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.map((name) => join(folder, name));
}

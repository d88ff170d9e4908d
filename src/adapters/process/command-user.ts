import { readFile } from 'node:fs/promises';
import { GantryError } from '../../domain/base/errors.ts';

/** Whom commands run as: a user who is not the worker. */
export interface CommandUser {
  /** As the configuration names them. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * A user of this machine, by name or as `uid:gid`. Throws `invalid-config` where there is none, and for root,
 * whom nothing keeps from the worker.
 */
export async function findCommandUser(name: string, file = '/etc/passwd'): Promise<CommandUser> {
  const users = (await readFile(file, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const [, uid = '', gid = ''] = /^(\d+):(\d+)$/.exec(name) ?? [];
  const listed = users.find((user) => (uid === '' ? user[0] === name : user[2] === uid));
  const found =
    uid === ''
      ? listed && { name, uid: Number(listed[2]), gid: Number(listed[3]), home: listed[5] || '/' }
      : { name, uid: Number(uid), gid: Number(gid), home: listed?.[5] || '/' };
  if (!found) throw refused(name, `there is no such user in ${file}`);
  if (![found.uid, found.gid].every((id) => Number.isInteger(id) && id > 0 && id < 2 ** 32 - 1))
    throw refused(name, 'it must be neither root nor of its group');
  return found;
}

function refused(name: string, why: string): GantryError {
  return new GantryError('invalid-config', `GANTRY_COMMAND_USER: ${name}: ${why}.`);
}

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import { grantTo, type ProcessKind, type ProcessRole } from './grants.ts';

/** The user of a process's store address, with the password there; empty: it has none. */
export interface RoleToGrant extends ProcessRole {
  readonly password: string;
}

/**
 * Makes the roles that are missing, and gives each what its process needs, all or nothing. Answers the names of those that
 * were made. Throws `invalid-config` where that would restrict nothing, or the migrating role may not do it.
 */
export async function grantRoles<Any>(db: Kysely<Any>, roles: readonly RoleToGrant[]): Promise<readonly string[]> {
  // Names of roles are as they are: nothing makes snake_case of them.
  return db
    .withoutPlugins()
    .transaction()
    .execute(async (all) => {
      const { rows } = await sql<{ me: string }>`select current_user as me`.execute(all);
      const names = roles.map(({ name }) => name);
      for (const { kind, name } of roles) {
        if (name === rows[0]?.me) throw refused(kind, name, 'is the role that migrates, and owns the tables');
        if (names.filter((one) => one === name).length > 1) throw refused(kind, name, 'is another process, too');
      }
      const made: string[] = [];
      for (const role of roles) if (await ensureRole(all, role)) made.push(role.name);
      await grantTo(all, roles);
      return made;
    });
}

async function ensureRole<Any>(db: Kysely<Any>, { kind, name, password }: RoleToGrant): Promise<boolean> {
  const { rows } = await sql<{ isSuper: boolean }>`
    select rolsuper as "isSuper" from pg_roles where rolname = ${name}`.execute(db);
  if (rows[0]?.isSuper) throw refused(kind, name, 'is a superuser, whom no grants hold back');
  if (rows[0]) return false;
  // The statement may come into the server's log: it holds no password.
  const secret = password === '' ? sql`` : sql` password ${sql.lit(verifierOf(password))}`;
  await sql`create role ${sql.id(name)} login${secret}`.execute(db).catch((cause: unknown) => {
    throw new GantryError(
      'invalid-config',
      `There is no role ${name}, and the role that migrates may create none: create role "${name}" login password '…'`,
      { cause },
    );
  });
  return true;
}

function refused(kind: ProcessKind, name: string, why: string): GantryError {
  return new GantryError(
    'invalid-config',
    `The role of ${kind === 'api' ? 'the API' : 'the worker'}, ${name}, ${why}.`,
  );
}

const iterations = 4_096;

/** A password as PostgreSQL keeps it (RFC 5803, SCRAM-SHA-256): nobody can log in with it. */
function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}

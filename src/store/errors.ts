import { GantryError } from '../domain/base/errors.ts';
import { codeOf } from '../system/error-code.ts';

/** SQLSTATE classes that mean "not now, not here": connection, credentials, database, conflicts, resources, shutdown, system. */
const unavailableClasses = ['08', '25', '28', '3D', '40', '53', '55', '57', '58', 'XX'];

/** `disk_full`: what was to be written is not there at all, and everything that only reads goes on. */
const diskFull = '53100';

/**
 * What an error of a database driver means to Gantry: `store-unavailable` when the database does not answer or cannot
 * serve now, `not-ready` when a table is missing or a role lacks a right, `malformed` for a value no column can hold (a NUL character, a
 * number out of range). A fault of ours, such as a broken constraint, stays as it is. The drivers' own messages stay
 * in the cause: callers must not see addresses and credentials.
 */
function storeError(error: unknown): unknown {
  if (error instanceof GantryError) return error;
  const code = codeOf(error);
  if (code === '42P01' || code === '42703')
    return new GantryError('not-ready', 'The store lacks a migration: run `gantry migrate`.', { cause: error });
  if (code === '42501')
    return new GantryError(
      'not-ready',
      'The role that opens the store may not do that: run `gantry migrate` with --api-store and --worker-store.',
      { cause: error },
    );
  if (isSqlState(code) && !unavailableClasses.includes(code.slice(0, 2))) {
    if (code.startsWith('22'))
      return new GantryError('malformed', `The store cannot keep this value (${code}).`, { cause: error });
    return error;
  }
  const what = code === diskFull ? 'has no room left on its disk' : 'does not answer';
  return new GantryError('store-unavailable', `The store ${what}${code ? ` (${code})` : ''}.`, {
    cause: error,
  });
}

/** Runs a call of a driver; what it throws becomes an error of Gantry. */
export async function answering<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeError(error);
  }
}

/** Node's own codes can have five letters too (EPIPE); no class of SQLSTATE begins with E. */
function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code);
}

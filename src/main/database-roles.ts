import type { StoreAddress } from '../config/config.ts';
import { GantryError } from '../domain/base/errors.ts';
import type { ProcessKind, RoleFinding, RoleToGrant, Store } from '../store/index.ts';
import { readSecretFile } from '../system/secret-files.ts';

/** The role that a process opens the store as: user and password of the address in a file. Throws `invalid-config`. */
export function roleIn(kind: ProcessKind, file: string): RoleToGrant {
  const option = `--${kind}-store`;
  const found = readSecretFile(file);
  if ('fault' in found) throw new GantryError('invalid-config', `${option}: ${found.fault}.`);
  if (!/^postgres(ql)?:\/\//.test(found.text) || !URL.canParse(found.text))
    throw new GantryError('invalid-config', `${option}: ${file} does not hold postgres://….`);
  const { username, password } = new URL(found.text);
  if (username === '') throw new GantryError('invalid-config', `${option}: the address in ${file} names no user.`);
  return { kind, name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** What is wrong with the role that a process has opened the store as, in one sentence; null: nothing. */
export function roleFault(kind: ProcessKind, { role, missing, excess }: RoleFinding): string | null {
  const run = 'gantry migrate --api-store and --worker-store give each process a role of its own';
  if (missing.length > 0)
    return `The role ${role}, as which this process opens the store, lacks ${missing.slice(0, 5).join(', ')}: ${run}.`;
  if (excess === null) return null;
  const who = kind === 'worker' ? 'whoever has its credentials can make keys and have others trusted' : 'it need not';
  return `The role ${role}, as which this process opens the store, ${excess}: ${who}. ${run}.`;
}

/** The same of a store that is open, logged; a store in a folder has no roles. Null also where the store gives no answer. */
export async function logRoleFault(
  store: Pick<Store, 'roleFinding'>,
  kind: ProcessKind,
  address: StoreAddress,
  log: (line: string) => void,
): Promise<string | null> {
  if (address.kind !== 'postgres') return null;
  const finding = await store.roleFinding(kind).catch(() => null);
  const fault = finding && roleFault(kind, finding);
  if (fault !== null) log(fault);
  return fault;
}

/** Logs which secrets are in the environment, where anybody who may inspect this process can read them. */
export function logExposed(exposed: readonly string[], log: (line: string) => void): void {
  for (const name of exposed)
    log(
      `${name} holds a secret, which stays in the environment of this process for whoever may read /proc: name a file in ${name}_FILE.`,
    );
}

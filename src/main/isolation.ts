import { type Isolation, isolationOf } from '../adapters/index.ts';
import type { Config } from '../config/config.ts';
import { builtBundle, own } from './build.ts';

/**
 * Whom the commands of procedures run as here, by the configuration, and whether they are kept from what is the worker's;
 * told once. Throws `invalid-config`.
 */
export async function isolationIn(
  { commandUser, credentials, secrets, policy, procedures, trustFile, temporal }: Config,
  log: (line: string) => void,
  /** More that is secret, and what procedures and policy are where the configuration names none. */
  more: { readonly secret?: readonly string[]; readonly policy?: string; readonly procedures?: string } = {},
): Promise<Isolation> {
  const isolation = await isolationOf({
    commandUser,
    secret: [...credentials.files, secrets, trustFile, temporal.tls?.clientKey ?? null, ...(more.secret ?? [])],
    trusted: [
      policy ?? more.policy ?? null,
      trustFile,
      procedures ?? more.procedures ?? null,
      own('package.json'),
      builtBundle,
    ],
    procedures: procedures ?? more.procedures ?? '/',
  });
  log(isolation.detail);
  return isolation;
}

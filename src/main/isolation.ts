import { type Isolation, isolationOf } from '../adapters/index.ts';
import type { ConfigWith } from '../config/config.ts';
import { own } from '../system/own-files.ts';
import { builtBundle } from './build.ts';

/**
 * Whom the commands of procedures run as here, by the configuration, and whether they are kept from what is the worker's;
 * logged once. `more`: what else is secret. Throws `invalid-config`.
 */
export async function isolationIn(
  { commandUser, credentials, secrets, policy, procedures, trustFile, temporal }: ConfigWith<'policy' | 'procedures'>,
  log: (line: string) => void,
  more: readonly string[] = [],
): Promise<Isolation> {
  const isolation = await isolationOf({
    commandUser,
    secret: [...credentials.files, secrets, trustFile, temporal.tls?.clientKey ?? null, ...more],
    trusted: [policy, trustFile, procedures, own('package.json'), builtBundle],
    procedures,
  });
  log(isolation.detail);
  return isolation;
}

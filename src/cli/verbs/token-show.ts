import type { Command } from 'commander';
import type { components } from '../../contract/paths.ts';
import { callerSchema } from '../../contract/service.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { short } from '../render/status.ts';
import { plain, type Surroundings } from '../terminal.ts';

interface Options extends ApiOptions {
  readonly json?: true;
}

/** `gantry token show`. */
export function registerTokenShow(token: Command, { terminal, environment }: Surroundings): void {
  withApiOptions(token.command('show'))
    .description('shows who you are to the API, by what, what that is limited to, and until when it counts')
    .option('--json', 'prints what the API answers, in one line')
    .action(async ({ json, ...where }: Options) => {
      const api = await openApi(where, environment);
      const caller = await patiently(() => answered(api.GET('/v1/caller'), callerSchema));
      if (json) return terminal.say(JSON.stringify(caller));
      for (const line of callerLines(caller, Date.now())) terminal.say(line);
    });
}

/** Who somebody is and by what, line by line. `now`: milliseconds since the epoch. */
export function callerLines(caller: components['schemas']['Caller'], now: number): readonly string[] {
  const { subject, name, kind, roles, may, services, credential } = caller;
  const { id, scopes, expiresAt } = credential;
  const rights = kind === 'person' ? roles : may;
  const end = expiresAt === null ? 'without an end' : `until ${expiresAt} (${short(Date.parse(expiresAt) - now)})`;
  return [
    `${name} (${subject}), a ${kind}`,
    `${kind === 'person' ? 'roles' : 'may'}: ${rights.length === 0 ? 'none' : rights.join(', ')}`,
    ...(services ? [`for: ${services.join(', ')}`] : []),
    `by a ${credential.kind}${id === null ? '' : ` ${id}`}, ${end}`,
    ...(scopes ? [`limited to: ${scopes.join(', ')}`] : []),
  ].map(plain);
}

import type { Command } from 'commander';
import { trustedKeysSchema } from '../../contract/key.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { plain, type Surroundings } from '../terminal.ts';

interface Options extends ApiOptions {
  readonly json?: true;
}

/** `gantry key show`. */
export function registerKeyShow(key: Command, { terminal, environment }: Surroundings): void {
  withApiOptions(key.command('show'))
    .description('shows the public keys under which the API seals plans and vouches for messages, the newest last')
    .option('--json', 'prints one key a line, as the API answers it')
    .action(async ({ json, ...where }: Options) => {
      const api = await openApi(where, environment);
      const { items } = await patiently(() => answered(api.GET('/v1/keys'), trustedKeysSchema));
      if (items.length === 0 && !json) terminal.say('It has none: messages are only asserted.');
      for (const one of items) terminal.say(json ? JSON.stringify(one) : plain(`${one.id} ${one.publicKey}`));
    });
}

import type { Command } from 'commander';
import { policyInForceSchema } from '../../contract/policy.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { parseTarget } from '../references.ts';
import { explainedLines } from '../render/policy.ts';
import { plain, type Surroundings } from '../terminal.ts';

interface Options extends ApiOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly json?: true;
}

/** `gantry policy show`. */
export function registerPolicyShow(policy: Command, { terminal, environment: variables }: Surroundings): void {
  withApiOptions(policy.command('show'))
    .description('shows the policy that is in force at the API, in words, and its digest')
    .argument('[target]', 'what holds for a service in an environment, such as shop/production; else all of it')
    .option('--service <name>', 'what holds for this service')
    .option('--environment <name>', 'what holds in this environment')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (target: string | undefined, { json, service, environment, ...where }: Options) => {
      const api = await openApi(where, variables);
      const query = {
        ...(service !== undefined && { service }),
        ...(environment !== undefined && { environment }),
        ...(target !== undefined && parseTarget(target)),
      };
      const found = await patiently(() => answered(api.GET('/v1/policy', { params: { query } }), policyInForceSchema));
      if (json) return terminal.say(JSON.stringify(found));
      terminal.say(`policy ${found.digest}`);
      if (found.fault)
        terminal.say(
          terminal.paint.red(
            plain(`The file does not count as it is since ${found.fault.since}: ${found.fault.message}`),
          ),
        );
      for (const line of explainedLines(found.explained, terminal.paint)) terminal.say(line);
    });
}

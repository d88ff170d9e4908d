import { spawn } from 'node:child_process';
import { type Command, Option } from 'commander';
import { statusSchema } from '../../contract/status.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { type ApiOptions, answered, openApiAt, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import type { Environment } from '../environment.ts';
import { deploymentOf, referenceHelp } from '../references.ts';
import { plain, type Surroundings } from '../terminal.ts';

/** What can be opened, by its name in the links of a status; the first that there is, unless one is named. */
const pages = ['temporal', 'self', 'record', 'journal', 'plan'] as const;

interface Options extends ApiOptions {
  readonly page?: (typeof pages)[number];
  readonly browser: boolean;
  readonly json?: true;
}

/** `gantry open`: where a deployment can be seen. On a terminal the address is opened, too. */
export function registerOpen(command: Command, { terminal, tell, environment, screen }: Surroundings): void {
  withApiOptions(command)
    .argument('[deployment]', referenceHelp, '@')
    .addOption(
      new Option(
        '--page <page>',
        'which of them: temporal is its page in Temporal, self its status; else the first that there is',
      ).choices(pages),
    )
    .option('--no-browser', 'only prints them, on a terminal too')
    .option('--json', 'prints the addresses by their names, in one line')
    .action(async (which: string, { page, browser, json, ...where }: Options) => {
      const { api, base } = await openApiAt(where, environment);
      const id = await deploymentOf(api, which);
      const at = { params: { path: { id } } };
      const status = await patiently(() => answered(api.GET('/v1/deployments/{id}', at), statusSchema));
      const links = addressesOf(status.links, base);
      if (json) return terminal.say(JSON.stringify({ id, links }));
      const chosen = page ?? pages.find((name) => Object.hasOwn(links, name)) ?? 'self';
      const address = links[chosen];
      if (address === undefined)
        throw new GantryError('not-found', `The API does not know the page ${chosen}: GANTRY_TEMPORAL_UI tells it.`);
      for (const [name, link] of Object.entries(page === undefined ? links : { [page]: address }))
        terminal.say(plain(`${name.padEnd(8)}  ${link}`));
      if (screen !== null && browser && !(await isOpened(address, environment)))
        tell('No browser could be started here: BROWSER names one.');
    });
}

/** Every link as an address of its own; anything but http and https is left out, since it would be opened. */
function addressesOf(links: Readonly<Record<string, string>>, base: URL): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(links).flatMap(([name, link]) => {
      if (!URL.canParse(link, base.href)) return [];
      const url = new URL(link, base);
      return /^https?:$/.test(url.protocol) ? [[name, url.href]] : [];
    }),
  );
}

/** Whether a browser could be started; it goes on when this process ends. */
function isOpened(address: string, environment: Environment): Promise<boolean> {
  const program = environment['BROWSER'] || (process.platform === 'darwin' ? 'open' : 'xdg-open');
  return new Promise((resolve) => {
    const child = spawn(program, [address], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

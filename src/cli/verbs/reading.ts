import type { Command } from 'commander';
import { deploymentPageSchema } from '../../contract/deployment.ts';
import { recordSchema } from '../../contract/record.ts';
import { statusSchema } from '../../contract/status.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { outcomes, phases } from '../../domain/base/phases.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { deploymentOf, referenceHelp } from '../references.ts';
import { paintOutcome, renderStatus } from '../render/status.ts';
import { plain, type Surroundings } from '../terminal.ts';
import { healthSoFar } from '../watch/health.ts';

interface Shown extends ApiOptions {
  readonly json?: true;
}

/** `gantry status`: where a deployment stands. */
export function registerStatus(command: Command, { terminal, environment }: Surroundings): void {
  withApiOptions(command)
    .argument('[deployment]', referenceHelp, '@')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (which: string, { json, ...where }: Shown) => {
      const api = await openApi(where, environment);
      const id = await deploymentOf(api, which);
      const status = await patiently(() =>
        answered(api.GET('/v1/deployments/{id}', { params: { path: { id } } }), statusSchema),
      );
      if (json) return terminal.say(JSON.stringify(status));
      const health = await healthSoFar(api, status);
      for (const line of renderStatus(status, terminal.paint, Date.now(), health)) terminal.say(line);
    });
}

interface ListOptions extends Shown {
  readonly service?: string;
  readonly environment?: string;
  readonly phase?: string;
  readonly outcome?: string;
  readonly requester?: string;
  readonly release?: string;
  readonly limit: string;
}

/** `gantry list`: deployments, the newest first. */
export function registerList(command: Command, { terminal, environment: variables }: Surroundings): void {
  withApiOptions(command)
    .option('--service <name>', 'those of this service')
    .option('--environment <name>', 'those in this environment')
    .option('--phase <phase>', phases.join(', '))
    .option('--outcome <outcome>', outcomes.join(', '))
    .option('--requester <subject>', 'those that they requested, or a robot on their behalf: key:alice')
    .option('--release <release>', 'those of this release')
    .option('--limit <n>', 'so many at most, up to 200', '20')
    .option('--json', 'prints one deployment a line, as the API answers it')
    .action(async ({ json, api: at, tokenFile, context, limit, ...filter }: ListOptions) => {
      const api = await openApi({ api: at, tokenFile, context }, variables);
      const query = { ...filter, limit: countOf(limit) } as { readonly limit: number };
      const { items } = await patiently(() =>
        answered(api.GET('/v1/deployments', { params: { query } }), deploymentPageSchema),
      );
      if (json) for (const one of items) terminal.say(JSON.stringify(one));
      else for (const line of table(items, terminal)) terminal.say(line);
    });
}

type Row = { readonly [key in 'id' | 'release' | 'requester' | 'requestedAt' | 'phase']: string } & {
  readonly outcome: string | null;
};

function table(items: readonly Row[], { paint }: Surroundings['terminal']): readonly string[] {
  if (items.length === 0) return ['There is no such deployment.'];
  const rows = items.map(({ id, release, requestedAt, requester }) =>
    [id, release, requestedAt.replace(/\.\d+Z$/, 'Z'), requester].map(plain),
  );
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row, i) => {
    const { phase, outcome } = items[i] as Row;
    const state = outcome === null ? paint.cyan(plain(phase)) : paintOutcome(plain(outcome), paint);
    return [...row.map((text, column) => text.padEnd(widths[column] ?? 0)), state].join('  ');
  });
}

function countOf(text: string): number {
  if (/^([1-9]|[1-9]\d|1\d\d|200)$/.test(text)) return Number(text);
  throw new GantryError('malformed', `--limit ${JSON.stringify(text)}: write a whole number from 1 to 200.`);
}

/** `gantry record`: the record of a deployment, as Markdown or JSON. */
export function registerRecord(command: Command, { terminal, environment }: Surroundings): void {
  withApiOptions(command)
    .argument('[deployment]', referenceHelp, '@')
    .option('--json', 'as JSON, in one line')
    .action(async (which: string, { json, ...where }: Shown) => {
      const api = await openApi(where, environment);
      const params = { path: { id: await deploymentOf(api, which) } };
      const ask = () => api.GET('/v1/deployments/{id}/record', { params });
      if (json) return terminal.say(JSON.stringify(await patiently(() => answered(ask(), recordSchema))));
      const asText = { params, headers: { accept: 'text/markdown' }, parseAs: 'text' } as const;
      const { data } = await patiently(() => api.GET('/v1/deployments/{id}/record', asText));
      for (const line of String(data).trimEnd().split('\n')) terminal.say(line);
    });
}

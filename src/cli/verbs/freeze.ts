import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { freezePageSchema, freezeViewSchema, newFreezeSchema } from '../../contract/freeze.ts';
import type { components } from '../../contract/paths.ts';
import { parseDuration } from '../../domain/base/duration.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { isAgreed } from '../agree.ts';
import { allItems, pageSize } from '../all-items.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { targetLine } from '../render/target.ts';
import { plain, type Surroundings, type Terminal } from '../terminal.ts';
import { targets } from './target.ts';

type Freeze = components['schemas']['Freeze'];
type Scope = Freeze['scope'];

interface ScopeOptions {
  readonly everything?: true;
  readonly service?: string;
  readonly environment?: string;
}

interface Options extends ApiOptions {
  readonly json?: true;
  readonly yes?: true;
}

/** `gantry freeze list | add | lift`. */
export function registerFreeze(freeze: Command, surroundings: Surroundings): void {
  const { terminal, environment: variables } = surroundings;
  withApiOptions(freeze.command('list'))
    .description('lists freezes that hold now or will, the newest first')
    .option('--all', 'also those that are lifted or over')
    .option('--json', 'prints one freeze a line, as the API answers it')
    .action(async ({ json, all, ...where }: Options & { readonly all?: true }) => {
      const api = await openApi(where, variables);
      const page = (cursor: string | undefined) => {
        const query = {
          ...(!all && { active: 'true' as const }),
          limit: pageSize,
          ...(cursor !== undefined && { cursor }),
        };
        return answered(api.GET('/v1/freezes', { params: { query } }), freezePageSchema);
      };
      let isEmpty = true;
      for await (const one of allItems<Freeze>(page)) {
        isEmpty = false;
        terminal.say(json ? JSON.stringify(one) : freezeLine(one, terminal.paint));
      }
      if (isEmpty && !json) terminal.say('Nothing is frozen.');
    });
  withApiOptions(freeze.command('add'))
    .description('lets no change begin; what has begun goes on')
    .option('--everything', 'every target')
    .option('--service <name>', 'every environment of a service; with --environment that target alone')
    .option('--environment <name>', 'every service of an environment')
    .requiredOption('--reason <text>', 'people see it where a deployment waits')
    .option('--from <when>', 'from then on: 2h, or a time such as 2026-12-20T00:00:00Z; else at once')
    .option('--until <when>', 'until then: 2h from now, or a time; else until it is lifted')
    .option('--yes', 'asks nobody')
    .option('--json', 'prints the freeze, as the API answers it, in one line')
    .action(async (options: Options & ScopeOptions & { reason: string; from?: string; until?: string }) => {
      const { reason, yes, json } = options;
      const scope = scopeOf(options);
      const now = Date.now();
      const [from, until] = [timeOf('--from', options.from, now), timeOf('--until', options.until, now)];
      const body = { scope, reason, ...(from !== null && { from }), ...(until !== null && { until }) };
      const api = await openApi(options, variables);
      const shown = async () => {
        const lines: string[] = [];
        for await (const one of targets(api, options)) lines.push(`  ${targetLine(one, terminal.paint)}`);
        return lines.length === 0
          ? ['It would hold back no target that is known yet.']
          : ['It would hold back:', ...lines];
      };
      const question = `Freeze ${scopeInWords(scope)} ${until === null ? 'until somebody lifts it' : `until ${until}`}?`;
      if (!(await isAgreed(question, shown, yes === true, surroundings))) return;
      const headers = { 'idempotency-key': randomUUID() };
      const made = await patiently(() => answered(api.POST('/v1/freezes', { headers, body }), newFreezeSchema));
      if (json) return terminal.say(JSON.stringify(made));
      terminal.say(freezeLine(made, terminal.paint));
      for (const name of made.targets) terminal.say(plain(`  holds back ${name}`));
      if (made.note !== undefined) terminal.say(terminal.paint.yellow(plain(made.note)));
    });
  withApiOptions(freeze.command('lift'))
    .description('ends a freeze; it keeps who lifted it')
    .argument('<id>', 'as gantry freeze list shows it')
    .requiredOption('--reason <text>', 'stands beside it')
    .option('--yes', 'asks nobody')
    .option('--json', 'prints the freeze, as the API answers it, in one line')
    .action(async (id: string, options: Options & { readonly reason: string }) => {
      const api = await openApi(options, variables);
      const params = { path: { id } };
      const shown = async () => [
        freezeLine(
          await patiently(() => answered(api.GET('/v1/freezes/{id}', { params }), freezeViewSchema)),
          terminal.paint,
        ),
      ];
      if (!(await isAgreed(`Lift the freeze ${id}?`, shown, options.yes === true, surroundings))) return;
      const body = { reason: options.reason };
      const lifted = await patiently(() =>
        answered(api.DELETE('/v1/freezes/{id}', { params, body }), freezeViewSchema),
      );
      if (options.json) return terminal.say(JSON.stringify(lifted));
      terminal.say(freezeLine(lifted, terminal.paint));
    });
}

function freezeLine(
  { id, scope, state, reason, from, until, createdBy, lifted }: Freeze,
  paint: Terminal['paint'],
): string {
  const shownState = state === 'active' ? paint.red(state) : paint.dim(plain(state));
  const end = lifted ? `lifted ${lifted.at} by ${lifted.by}: ${lifted.reason}` : (until ?? 'lifted');
  const span = lifted ? end : `${from} until ${end}`;
  return `${plain(id)}  ${paint.bold(plain(scopeInWords(scope)))}  ${shownState}  ${plain(`${span}  ${createdBy}: ${reason}`)}`;
}

function scopeOf({ everything, service, environment }: ScopeOptions): Scope {
  const isSome = service !== undefined || environment !== undefined;
  if ((everything === true) === isSome)
    throw new GantryError('malformed', 'Say what is frozen: --everything, or --service, --environment or both.');
  if (service !== undefined && environment !== undefined) return { kind: 'target', service, environment };
  if (service !== undefined) return { kind: 'service', service };
  return environment === undefined ? { kind: 'everything' } : { kind: 'environment', environment };
}

function scopeInWords(scope: Scope): string {
  switch (scope.kind) {
    case 'everything':
      return 'everything';
    case 'service':
      return `service ${scope.service}`;
    case 'environment':
      return `environment ${scope.environment}`;
    case 'target':
      return `${scope.service}/${scope.environment}`;
  }
}

/** A time from now (`2h`) or one of the calendar, as ISO 8601 UTC; null: not given. */
function timeOf(option: string, text: string | undefined, now: number): string | null {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms !== undefined) return new Date(now + ms).toISOString();
  // A time without a zone would mean another moment on another machine.
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)))
    return new Date(text).toISOString();
  throw new GantryError(
    'malformed',
    `${option} ${JSON.stringify(text)}: write 2h, or a time with its zone: 2026-12-20T00:00:00Z.`,
  );
}

import type { Command } from 'commander';
import type { components } from '../../contract/paths.ts';
import { proceduresSchema, procedureViewSchema } from '../../contract/procedure.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { shortened } from '../render/steps.ts';
import { plain, type Surroundings, type Terminal } from '../terminal.ts';

interface Options extends ApiOptions {
  readonly json?: true;
}

/** `gantry procedure list` and `gantry procedure show`. */
export function registerProcedureShow(procedure: Command, { terminal, environment }: Surroundings): void {
  withApiOptions(procedure.command('list'))
    .description('lists the procedures of the server, with their digests')
    .option('--json', 'prints one procedure a line, as the API answers it')
    .action(async ({ json, ...where }: Options) => {
      const api = await openApi(where, environment);
      const { items } = await patiently(() => answered(api.GET('/v1/procedures'), proceduresSchema));
      if (items.length === 0 && !json) terminal.say('There is no procedure.');
      for (const one of items) terminal.say(json ? JSON.stringify(one) : summaryLine(one, terminal.paint));
    });
  withApiOptions(procedure.command('show'))
    .description('shows a procedure of the server: its digest, parameters, steps and what it watches')
    .argument('<name>', 'the procedure')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (name: string, { json, ...where }: Options) => {
      const api = await openApi(where, environment);
      const params = { path: { name } };
      const found = await patiently(() => answered(api.GET('/v1/procedures/{name}', { params }), procedureViewSchema));
      if (json) return terminal.say(JSON.stringify(found));
      for (const line of procedureLines(found, terminal.paint)) terminal.say(line);
    });
}

type Summary = components['schemas']['ProcedureSummary'];
type Procedure = components['schemas']['ProcedureView'];

function summaryLine({ name, procedure, fault }: Summary, paint: Terminal['paint']): string {
  const head = paint.bold(plain(name));
  if (!procedure) return `${head}  ${paint.red(plain(`cannot be used: ${fault?.detail ?? ''}`))}`;
  const { digest, description, environments } = procedure;
  return [head, ...[shortened(digest), ...whereOf(environments), description].map(plain)].join('  ');
}

const whereOf = (environments: readonly string[] | null) => (environments ? [`(${environments.join(', ')})`] : []);

/** A procedure, line by line. */
export function procedureLines(procedure: Procedure, paint: Terminal['paint']): readonly string[] {
  const { name, digest, description, environments, parameters, steps, health, monitoring, files } = procedure;
  return [
    paint.bold(plain(`${name}: ${description}`)),
    plain(`procedure ${digest}`),
    ...(environments ? [plain(`for ${environments.join(', ')}`)] : []),
    ...parameters.map(({ name: parameter, type, default: usual }) =>
      plain(`parameter ${parameter}: ${type}${usual === null ? ', which a request must give' : `, else ${usual}`}`),
    ),
    ...steps.map(({ id, title, kind }, i) => plain(`  ${i + 1}. ${id}: ${title}`) + paint.dim(plain(`  ${kind}`))),
    plain(
      `watches ${health.map(({ id, kind }) => `${id} (${kind})`).join(', ')}; after the last step for ${monitoring}`,
    ),
    ...files.map(({ path, digest: of }) => plain(`file ${path}: ${shortened(of)}`)),
  ];
}

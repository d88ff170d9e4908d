import type { Command } from 'commander';
import { describeAction, describeThreshold } from '../domain/describe.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Plan, PlannedStep } from '../domain/plan.ts';
import { plain, type Terminal } from './terminal.ts';

/** What was found of a procedure; `src/main/check-procedure.ts` makes it. */
export interface ShownCheck {
  readonly file: string;
  readonly faults: readonly {
    readonly line: number | null;
    readonly step: string | null;
    readonly pointer: string;
    readonly detail: string;
    readonly environments: readonly string[];
  }[];
  readonly notes: readonly string[];
  readonly plans: readonly { readonly environment: string; readonly plan: Plan }[];
}

export interface ProcedureOptions {
  readonly policy?: string;
  readonly environment?: string;
  readonly service?: string;
}

/** `gantry procedure check`. */
export function registerProcedure(
  program: Command,
  terminal: Terminal,
  check: (folder: string, options: ProcedureOptions) => Promise<ShownCheck>,
): void {
  program
    .command('procedure')
    .description('procedures, as a request would plan them')
    .command('check')
    .description('plans a procedure without a service and shows its steps; fails with every fault, its line and step')
    .argument('<folder>', 'the folder of the procedure, with its procedure.yaml')
    .option(
      '--policy <file>',
      'also holds it to the rules of this policy; else to those that hold where one says nothing',
    )
    .option('--environment <name>', 'only this one of the policy; else each')
    .option('--service <name>', 'a service that it deploys, where the policy has rules of its own for it')
    .option('--json', 'prints the faults and notes as JSON')
    .action(async (folder: string, { json, ...options }: ProcedureOptions & { readonly json?: true }) => {
      const found = await check(folder, options);
      if (json) terminal.say(JSON.stringify({ file: found.file, faults: found.faults, notes: found.notes }, null, 2));
      else for (const line of renderCheck(found, terminal.paint)) terminal.say(line);
      if (found.faults.length > 0) process.exitCode = 1;
    });
}

/** Faults as compilers print them, or the steps where there is none, line by line. */
export function renderCheck({ file, faults, notes, plans }: ShownCheck, paint: Terminal['paint']): readonly string[] {
  const noted = notes.map((note) => paint.yellow(plain(`! ${note}`)));
  if (faults.length > 0)
    return [
      ...faults.map(({ line, step, pointer, detail, environments }) => {
        const place = line === null ? file : `${file}:${line}`;
        const at = pointer.replace(/^\/procedure(?=\/)/, '');
        const where = step === null ? at : `step ${step}, ${at}`;
        const of = environments.length === 0 ? '' : ` (in ${environments.join(', ')})`;
        return `${paint.bold(plain(place))} ${plain(`${where}: ${detail}${of}`)}`;
      }),
      ...noted,
      paint.red(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`),
    ];
  const [first] = plans;
  if (!first) return noted;
  const where = plans.map(({ environment }) => environment).join(', ');
  return [
    paint.bold(plain(`${first.plan.procedure.name}: ${first.plan.procedure.description}`)),
    ...first.plan.steps.flatMap((step, i) => stepLines(step, i, paint)),
    plain(`Watched all the while: ${first.plan.health.map(({ id }) => id).join(', ')}.`),
    ...noted,
    paint.green(
      plain(`No fault (${where}); at most ${formatDuration(first.plan.greatestDurationMs)} from request to end.`),
    ),
  ];
}

/** What stands for the digest of an artifact that there is none of. */
const sampleDigest = /sha256:0{64}/g;

function stepLines(step: PlannedStep, i: number, paint: Terminal['paint']): readonly string[] {
  const more = (name: string, text: string) =>
    `   ${paint.dim(name.padEnd(6))} ${plain(text).replaceAll(sampleDigest, 'sha256:0…')}`;
  const head = plain(`${`${i + 1}.`.padEnd(3)}${step.id}: ${step.title}`);
  const undo = !('undo' in step)
    ? []
    : [
        more(
          'undo',
          step.undo.kind === 'action'
            ? describeAction(step.undo.action.kind, step.undo.action.spec)
            : step.undo.kind === 'none'
              ? `nothing: ${step.undo.reason}`
              : `cannot be undone: ${step.undo.reason}`,
        ),
      ];
  switch (step.kind) {
    case 'action': {
      const verify = step.verify.kind === 'none' ? [] : step.verify.checks;
      return [
        head,
        more('do', describeAction(step.do.kind, step.do.spec)),
        ...undo,
        ...(step.done ? [more('done', describeThreshold(step.done.kind, step.done.spec))] : []),
        ...verify.map(({ id, kind, spec }) => more('verify', `${id}: ${describeThreshold(kind, spec)}`)),
      ];
    }
    case 'hold':
      return [head, more('hold', formatDuration(step.durationMs))];
    case 'gate':
      return [head, more('gate', `${step.minimum} ${step.role} within ${formatDuration(step.withinMs)}`)];
    case 'manual':
      return [head, more('manual', `${step.role}: ${step.instructions}`), ...undo];
  }
}

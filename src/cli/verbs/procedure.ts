import { relative } from 'node:path';
import type { Command } from 'commander';
import { formatDuration } from '../../domain/base/duration.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { checksInWords, stepsInWords } from '../../domain/planning/steps-in-words.ts';
import { faultCount, renderFaults, type ShownFault } from '../render/faults.ts';
import { renderChecks, renderSteps } from '../render/steps.ts';
import { plain, type Terminal } from '../terminal.ts';

/** What was found of a procedure; `src/files/check-procedure.ts` makes it. */
export interface ShownCheck {
  readonly file: string;
  /** The file as it was read. */
  readonly text: string;
  readonly faults: readonly ShownFault[];
  readonly notes: readonly string[];
  readonly plans: readonly { readonly environment: string; readonly plan: Plan }[];
}

export interface ProcedureOptions {
  readonly policy?: string;
  readonly environment?: string;
  readonly service?: string;
  readonly project: string;
}

/** `gantry procedure check`. */
export function registerProcedure(
  procedure: Command,
  terminal: Terminal,
  check: (folder: string, options: ProcedureOptions) => Promise<ShownCheck>,
): void {
  procedure
    .command('check')
    .description('plans a procedure without a service and shows its steps; fails with every fault, its line and step')
    .argument('<folder>', 'the folder of the procedure, with its procedure.yaml')
    .option(
      '--policy <file>',
      'also holds it to the rules of this policy; else to those that hold where one says nothing',
    )
    .option('--environment <name>', 'only this one of the policy; else each')
    .option('--service <name>', 'a service that it deploys, where the policy has rules of its own for it')
    .option('--project <file>', 'with the parameters that it gives for this procedure', 'gantry.yaml')
    .option('--json', 'prints the faults and notes as JSON')
    .action(async (folder: string, { json, ...options }: ProcedureOptions & { readonly json?: true }) => {
      const found = await check(folder, options);
      if (json) terminal.say(JSON.stringify({ file: found.file, faults: found.faults, notes: found.notes }, null, 2));
      else for (const line of renderCheck({ ...found, file: asNear(found.file) }, terminal.paint)) terminal.say(line);
      if (found.faults.length > 0) process.exitCode = 1;
    });
}

/** A file of this folder by its path from here, others by their whole path. */
function asNear(file: string): string {
  const path = relative('', file);
  return path.startsWith('..') ? file : path;
}

/** Faults as compilers print them, or the steps where there is none, line by line. */
export function renderCheck(
  { file, text, faults, notes, plans }: ShownCheck,
  paint: Terminal['paint'],
): readonly string[] {
  const noted = notes.map((note) => paint.yellow(plain(`! ${note}`)));
  if (faults.length > 0)
    return [
      ...renderFaults(
        { name: file, text },
        faults.map((fault) => ({ ...fault, pointer: fault.pointer.replace(/^\/procedure(?=\/|$)/, '') })),
        paint,
      ),
      ...noted,
      paint.red(faultCount(faults)),
    ];
  const [first] = plans;
  if (!first) return noted;
  const where = plans.map(({ environment }) => environment).join(', ');
  return [
    paint.bold(plain(`${first.plan.procedure.name}: ${first.plan.procedure.description}`)),
    ...renderSteps(
      stepsInWords(first.plan, () => undefined),
      paint,
    ),
    '',
    ...renderChecks(
      checksInWords(first.plan, () => undefined),
      paint,
    ),
    '',
    ...noted,
    paint.green(plain(`No fault (${where}); at most ${formatDuration(first.plan.maxDurationMs)} from request to end.`)),
  ];
}

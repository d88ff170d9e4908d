import { toPointer } from '../base/refuse.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import type { Checks, Plan, PlannedAction } from '../plan/plan.ts';

type Path = readonly PropertyKey[];
interface Program {
  readonly program: string;
  /** Where it stands in the procedure. */
  readonly pointer: string;
}

/** Every program that a plan's actions and checks run. */
export function programsOf(plan: Plan): readonly Program[] {
  const found: Program[] = [];
  const take = ({ kind, spec, traits }: PlannedAction | PlannedCheck, ...path: Path) => {
    const argv = traits?.includes('runs-files') ? spec[kind] : undefined;
    const program: unknown = Array.isArray(argv) ? argv[0] : undefined;
    if (typeof program === 'string') found.push({ program, pointer: toPointer([...path, kind, 0]) });
  };
  const takeAll = (checks: Checks | Plan['health'], ...path: Path) => {
    const all = 'kind' in checks ? (checks.kind === 'none' ? [] : checks.checks) : checks;
    all.forEach((check, i) => take(check, ...path, i));
  };
  plan.steps.forEach((step, i) => {
    if ('undo' in step && step.undo.kind === 'action') take(step.undo.action, 'steps', i, 'undo');
    if (step.kind !== 'action') return;
    take(step.do, 'steps', i, 'do');
    if (step.done) take(step.done, 'steps', i, 'done');
    takeAll(step.verify, 'steps', i, 'verify');
  });
  takeAll(plan.health, 'health');
  for (const [group, checks] of Object.entries(plan.validation)) takeAll(checks, 'validation', group);
  takeAll(plan.rollback.verify, 'rollback', 'verify');
  return found;
}

/**
 * Why a program may not be run, or null when it may: it is one of the worker's own (a bare name or an absolute path), or
 * a file of the procedure's folder that `files` lists, so that a change of it is noticed, and that may be run.
 */
function programFault(program: string, files: Plan['files'], notExecutable: readonly string[]): string | null {
  if (program.includes('${')) return 'a program is written out: what it names must be known when the plan is frozen';
  if (program.startsWith('/')) return null;
  if (!program.includes('/'))
    return files.some(({ path }) => path === program)
      ? `${program} is looked for where the worker has its programs: write ./${program} for the file of this procedure, or its whole path`
      : null;
  const parts = program.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return `${program} leads out of the procedure's folder`;
  const file = parts.join('/');
  if (!files.some(({ path }) => path === file))
    return `${program} is run but not listed in files, so nobody would notice a change of it`;
  return notExecutable.includes(file) ? `${program} may not be run by anybody: chmod +x ${file}` : null;
}

/** What is wrong with the programs of a plan, each with every place in which it is: a program is mended once. */
export function programFaults(plan: Plan, notExecutable: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const faults = new Map<string, string[]>();
  for (const { program, pointer } of programsOf(plan)) {
    const found = programFault(program, plan.files, notExecutable);
    if (found !== null) faults.set(found, [...(faults.get(found) ?? []), pointer]);
  }
  return faults;
}

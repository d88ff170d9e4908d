import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { checkProcedure, missingPrograms } from '../../files/check-procedure.ts';
import { type Finding, type Findings, fault, ok } from './finding.ts';

const shownFaults = 3;

/** Whether each procedure can be planned, and the programs that it names are on this machine. `policy`: one that holds. */
export async function procedureFindings(
  { procedures: root, path }: Pick<Config, 'procedures' | 'path'>,
  policy: string | null,
  now: number,
): Promise<Findings> {
  if (root === null)
    return [fault('procedures', 'GANTRY_PROCEDURES is not set.', 'name the folder of procedures in GANTRY_PROCEDURES')];
  const entries = await readdir(root, { withFileTypes: true }).catch(() => null);
  if (!entries)
    return [
      fault(
        'procedures',
        `The folder of procedures ${root} cannot be read.`,
        'mend GANTRY_PROCEDURES, or make the folder',
      ),
    ];
  const names = entries.filter((one) => one.isDirectory() && !one.name.startsWith('.')).map(({ name }) => name);
  if (names.length === 0)
    return [fault('procedures', `${root} holds no procedure.`, 'put a folder with a procedure.yaml there')];
  const findings: Finding[] = [];
  const missing = new Map<string, string[]>();
  for (const name of names.toSorted()) {
    const folder = join(root, name);
    const check = { folder, policy, environment: null, service: null, path: path ?? '', now };
    const { file, faults, plans } = await checkProcedure(check);
    if (faults.length > 0) {
      const places = faults.slice(0, shownFaults).map(({ line, detail }) => `${file}:${line ?? 1} ${detail}`);
      const more = faults.length > shownFaults ? `; ${faults.length - shownFaults} more` : '';
      const how = policy === null ? '' : ` --policy ${policy}`;
      findings.push(
        fault(
          'procedures',
          `${places.join('; ')}${more}`,
          `mend it; gantry procedure check ${folder}${how} shows every fault`,
        ),
      );
    }
    for (const { plan } of plans)
      for (const program of await missingPrograms(plan, path ?? ''))
        missing.set(program, [...new Set([...(missing.get(program) ?? []), name])]);
  }
  if (findings.length === 0)
    findings.push(ok('procedures', `${names.length} can be planned: ${names.toSorted().join(', ')}.`));
  for (const [program, of] of missing)
    findings.push(
      fault(
        'programs',
        `${of.join(', ')} runs ${program}, which is no program of this machine.`,
        `install it on every worker, where its PATH leads to it; on a machine without a worker it does not matter`,
      ),
    );
  const areAllPlanned = findings.every(({ state }) => state === 'ok');
  if (areAllPlanned) findings.push(ok('programs', 'Every program that a procedure names is on this machine.'));
  return findings;
}

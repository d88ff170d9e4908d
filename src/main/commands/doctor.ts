import type { Command } from 'commander';
import { plain, type Terminal } from '../../cli/terminal.ts';
import { type Config, readConfig } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { type ExamineOptions, examine } from '../doctor/examine.ts';
import { type Finding, fault } from '../doctor/finding.ts';
import { errorLines } from '../lines.ts';

export function add(command: Command, { say, paint }: Terminal): void {
  command
    .option('--notify', 'sends every stakeholder of the policy a test message')
    .option('--json', 'prints one finding a line')
    .action(async ({ notify, json }: { readonly notify?: true; readonly json?: true }) => {
      const count = { ok: 0, warning: 0, fault: 0 };
      const tell = (finding: Finding) => {
        count[finding.state] += 1;
        if (json) say(JSON.stringify(finding));
        else for (const line of renderFinding(finding, paint)) say(line);
      };
      const log = (line: string) => errorLines.write(`${line}\n`);
      await examineAsSet(process.env, { notify: notify === true, log }, tell);
      if (!json) say(`${count.ok} well, ${count.warning} to know, ${count.fault} to mend.`);
      if (count.fault > 0) process.exitCode = 1;
    });
}

/** Looks at the installation that these variables are about, and tells each finding, of the variables too. */
export async function examineAsSet(
  environment: NodeJS.ProcessEnv,
  options: ExamineOptions,
  tell: (finding: Finding) => void,
): Promise<void> {
  const config = readOr(environment, tell);
  if (config) for await (const finding of examine(config, options)) tell(finding);
}

/** The configuration; null where it cannot be read, after each fault of it was told. */
function readOr(environment: NodeJS.ProcessEnv, tell: (finding: Finding) => void): Config | null {
  try {
    return readConfig(environment);
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    for (const { detail } of error.issues) tell(fault('configuration', detail, 'mend the variable and ask again'));
    return null;
  }
}

function renderFinding({ check, state, found, advice }: Finding, paint: Terminal['paint']): readonly string[] {
  const colour = { ok: paint.green, warning: paint.yellow, fault: paint.red }[state];
  return [
    `${colour(state.padEnd(7))}  ${paint.bold(check)}: ${plain(found)}`,
    ...(advice === null ? [] : [`         → ${plain(advice)}`]),
  ];
}

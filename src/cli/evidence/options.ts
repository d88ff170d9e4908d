import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { GantryError } from '../../domain/base/errors.ts';
import { inWords } from '../../domain/evidence/stated-counts.ts';
import { plain } from '../terminal.ts';
import type { Stated } from './sign.ts';
import type { submitEvidence } from './submit.ts';

/** Where reports are, as the command line names them. */
export interface ReportNames {
  readonly junit?: readonly string[];
  readonly ctrf?: readonly string[];
}

/** Options for test reports, and for what people see of a run. */
export function withReportOptions(command: Command): Command {
  return command
    .option('--junit <paths...>', 'reports in JUnit XML: files, folders (each *.xml in them) or globs', more)
    .option(
      '--ctrf <paths...>',
      'reports in the Common Test Report Format: files, folders (each *.json) or globs',
      more,
    )
    .option('--url <url>', 'where people see the run')
    .option('--shard <k/n>', 'which part of a run this is, such as 2/4: all parts of a run count together')
    .option('--run <name>', 'what all shards of the run name alike and no other run: with each attempt another');
}

/** An option that is given again adds to what it was given before. */
function more(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** No key or envelope is longer. */
const maxBytes = 1024 * 1024;

/** The text of a key or of evidence. Throws `too-large`, `invalid-config`. */
export async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw new GantryError('too-large', `${file} has ${size} bytes; at most ${maxBytes} are read.`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    throw new GantryError(
      'invalid-config',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  }
}

/** `PASSED: 3 reports, 120 tests, 118 passed, 2 skipped`: what is none is left out. */
export function summaryOf({ statement }: Stated): string {
  const { counts = {}, result } = statement.predicate;
  const some = Object.entries(counts).filter(([, many]) => many > 0);
  return `${result}: ${some.map(([what, many]) => `${many} ${inWords(what)}`).join(', ')}`;
}

/** A few names are enough to know where to look; the report has all. */
const maxNames = 5;

/** What failed, by name, a line each. */
export function failedTestsOf({ statement }: Stated): readonly string[] {
  const { failedTests: names = [] } = statement.predicate;
  const more = names.length - maxNames;
  return [
    ...names.slice(0, maxNames).map((name) => `  ✗ ${plain(name)}`),
    ...(more > 0 ? [`  … and ${more} more: the report names them`] : []),
  ];
}

type Taken = Awaited<ReturnType<typeof submitEvidence>>[number];

/** What the API has taken, in a line. */
export function takenText({ stage, result, artifactDigest, digest, signers }: Taken): string {
  const by = signers.length > 0 ? `signed by ${signers.join(', ')}` : 'unsigned';
  return `${stage} ${result} of ${artifactDigest}: taken as ${digest}, ${by}`;
}

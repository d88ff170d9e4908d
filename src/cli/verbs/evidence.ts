import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { GantryError } from '../../domain/base/errors.ts';
import { type ApiOptions, openApi } from '../api-client.ts';
import type { Environment } from '../environment.ts';
import { generateKeys } from '../evidence/keygen.ts';
import { findReports } from '../evidence/reports/find-reports.ts';
import { type Stated, type StatementOptions, signEvidence, stateEvidence } from '../evidence/sign.ts';
import { submitEvidence } from '../evidence/submit.ts';
import type { Terminal } from '../terminal.ts';

/** Output and environment of the verbs. */
export interface Surroundings extends Pick<Terminal, 'say'> {
  /** Prints a remark for people, beside the output. */
  readonly tell: (line: string) => void;
  readonly environment: Environment;
}

/** No key or envelope is longer. */
const maxBytes = 1024 * 1024;

/** `gantry evidence keygen | sign | statement | submit`: what a pipeline needs to prove its stages. */
export function evidenceCommands(evidence: Command, { say, tell, environment }: Surroundings): void {
  const summarize = ({ statement, withoutZone }: Stated) => {
    if (withoutZone.length > 0) tell(`${withoutZone.join(', ')}: a time without a zone is taken for UTC.`);
    const { counts = {}, result } = statement.predicate;
    tell(
      `${result}: ${Object.entries(counts)
        .map(([what, many]) => `${many} ${what}`)
        .join(', ')}`,
    );
  };
  const put = async (out: string | undefined, document: unknown) => {
    const text = JSON.stringify(document, null, 2);
    if (out === undefined) say(text);
    else await writeFile(out, `${text}\n`);
  };
  evidence
    .command('keygen')
    .description('makes a key pair (ed25519): <name>.key stays with the pipeline, <name>.pub goes beside the policy')
    .requiredOption('--out <name>', 'the files without their ending')
    .action(async ({ out }: { out: string }) => {
      const [secret, open] = await generateKeys(out);
      say(`${secret} signs, keep it secret; ${open} is for the policy.`);
    });
  reporting(evidence.command('sign'))
    .description('makes a signed statement out of test reports: all of them count')
    .requiredOption('--key <file>', 'private key in PEM, ed25519 or ECDSA P-256')
    .option('--out <file>', 'where the envelope goes; else it is printed')
    .action(async ({ out, ...given }: ReportFlags & { readonly key: string }) => {
      const options = { ...given, reports: await reportsOf(given), key: await textOf(given.key) };
      const { envelope, ...stated } = signEvidence(options);
      summarize(stated);
      await put(out, envelope);
    });
  reporting(evidence.command('statement'))
    .description('makes an unsigned statement out of test reports: it counts where the policy names no signers')
    .option('--out <file>', 'where the statement goes; else it is printed')
    .action(async ({ out, ...given }: ReportFlags) => {
      const stated = stateEvidence({ ...given, reports: await reportsOf(given) });
      summarize(stated);
      await put(out, stated.statement);
    });
  evidence
    .command('submit')
    .description('sends one to five envelopes (or unsigned statements)')
    .argument('<files...>', 'as gantry evidence sign makes them')
    .option('--api <url>', 'where the API is; else GANTRY_API')
    .option('--token-file <file>', 'holds the token; else GANTRY_TOKEN')
    .option('--artifact <digest>', 'refuse what is not about this artifact')
    .action(async (files: string[], { artifact, ...where }: ApiOptions & { readonly artifact?: string }) => {
      const api = await openApi(where, environment);
      const documents = await Promise.all(files.map(documentOf));
      for (const one of await submitEvidence(api, documents, artifact))
        say(
          `${one.stage} ${one.result} of ${one.artifactDigest}: taken as ${one.digest}${one.signers.length > 0 ? `, signed by ${one.signers.join(', ')}` : ', unsigned'}`,
        );
    });
}

interface ReportFlags extends Omit<StatementOptions, 'reports'> {
  readonly junit?: readonly string[];
  readonly ctrf?: readonly string[];
  readonly out?: string;
}

/** Adds the options of a statement and its reports. */
function reporting(command: Command): Command {
  return command
    .requiredOption('--stage <stage>', 'integration, context, system, learning or production')
    .option('--junit <paths...>', 'reports in JUnit XML: files, folders (each *.xml in them) or globs', more)
    .option(
      '--ctrf <paths...>',
      'reports in the Common Test Report Format: files, folders (each *.json) or globs',
      more,
    )
    .requiredOption('--artifact <digest>', 'sha256:… of the artifact that was tested')
    .option(
      '--started <time>',
      'when the stage began, such as 2026-11-23T08:12:40Z, if the reports do not say; older ones are refused',
    )
    .option('--finished <time>', 'when it ended')
    .option('--url <url>', 'where people see the run')
    .option('--shard <k/n>', 'which part of a run this is, such as 2/4: all parts of a run count together')
    .option('--run <name>', 'what all shards of the run name alike and no other run: with each attempt another');
}

async function reportsOf({ junit = [], ctrf = [] }: ReportFlags) {
  if (junit.length + ctrf.length === 0) throw new GantryError('invalid-config', 'Give a report: --junit or --ctrf.');
  return [...(await findReports(junit, '.xml')), ...(await findReports(ctrf, '.json'))];
}

/** An option that is given again adds to what it was given before. */
function more(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

async function textOf(file: string): Promise<string> {
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

async function documentOf(file: string): Promise<unknown> {
  const text = await textOf(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new GantryError('malformed-json', `${file} is not JSON.`, { cause });
  }
}

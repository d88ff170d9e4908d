import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { GantryError } from '../../domain/base/errors.ts';
import { type ApiOptions, openApi, withApiOptions } from '../api-client.ts';
import { generateKeys } from '../evidence/keygen.ts';
import { type ReportNames, summaryOf, takenText, textOf, withReportOptions } from '../evidence/options.ts';
import { findReports } from '../evidence/reports/find-reports.ts';
import { type Stated, type StatementOptions, signEvidence, stateEvidence } from '../evidence/sign.ts';
import { submitEvidence } from '../evidence/submit.ts';
import type { Surroundings } from '../terminal.ts';
import { registerEvidenceList } from './evidence-list.ts';
import { registerRun } from './evidence-run.ts';

/** `gantry evidence run | keygen | sign | statement | submit`: what a pipeline needs to prove its stages. */
export function registerEvidence(evidence: Command, surroundings: Surroundings): void {
  const { terminal, tell, environment } = surroundings;
  const summarize = (stated: Stated) => {
    if (stated.withoutZone.length > 0)
      tell(`${stated.withoutZone.join(', ')}: a time without a zone is taken for UTC.`);
    tell(summaryOf(stated));
  };
  const put = async (out: string | undefined, document: unknown) => {
    const text = JSON.stringify(document, null, 2);
    if (out === undefined) terminal.say(text);
    else await writeFile(out, `${text}\n`);
  };
  registerRun(evidence.command('run'), surroundings);
  evidence
    .command('keygen')
    .description('makes a key pair (ed25519): <name>.key stays with the pipeline, <name>.pub goes beside the policy')
    .requiredOption('--out <name>', 'the files without their ending')
    .action(async ({ out }: { out: string }) => {
      const [secret, open] = await generateKeys(out);
      terminal.say(`${secret} signs, keep it secret; ${open} is for the policy.`);
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
  registerEvidenceList(evidence.command('list'), surroundings);
  withApiOptions(evidence.command('submit'))
    .description('sends one to five envelopes (or unsigned statements)')
    .argument('<files...>', 'as gantry evidence sign makes them')
    .option('--artifact <digest>', 'refuse what is not about this artifact')
    .action(async (files: string[], { artifact, ...where }: ApiOptions & { readonly artifact?: string }) => {
      const api = await openApi(where, environment);
      const documents = await Promise.all(files.map(documentOf));
      for (const one of await submitEvidence(api, documents, artifact)) terminal.say(takenText(one));
    });
}

interface ReportFlags extends Omit<StatementOptions, 'reports' | 'command'>, ReportNames {
  readonly out?: string;
}

/** Adds the options of a statement and its reports. */
function reporting(command: Command): Command {
  return withReportOptions(
    command
      .requiredOption('--stage <stage>', 'integration, context, system, learning or production')
      .requiredOption('--artifact <digest>', 'sha256:… of the artifact that was tested')
      .option(
        '--started <time>',
        'when the stage began, such as 2026-11-23T08:12:40Z, if the reports do not say; older ones are refused',
      )
      .option('--finished <time>', 'when it ended'),
  );
}

async function reportsOf({ junit = [], ctrf = [] }: ReportNames) {
  if (junit.length + ctrf.length === 0) throw new GantryError('invalid-config', 'Give a report: --junit or --ctrf.');
  return [...(await findReports(junit, '.xml')), ...(await findReports(ctrf, '.json'))];
}

async function documentOf(file: string): Promise<unknown> {
  const text = await textOf(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new GantryError('malformed-json', `${file} is not JSON.`, { cause });
  }
}

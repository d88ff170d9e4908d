import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { GantryError } from '../../domain/base/errors.ts';
import { stages } from '../../domain/base/stages.ts';
import { type ApiOptions, openApi, withApiOptions } from '../api-client.ts';
import { pipelineVariables } from '../connection/bearer.ts';
import { patiently } from '../connection/patient.ts';
import { type Environment, variable } from '../environment.ts';
import {
  failedTestsOf,
  type ReportNames,
  summaryOf,
  takenText,
  textOf,
  withReportOptions,
} from '../evidence/options.ts';
import { exitCodeOfSignal } from '../evidence/run-command.ts';
import { runStage } from '../evidence/run-stage.ts';
import { submitEvidence } from '../evidence/submit.ts';
import { exitCodes } from '../exit-codes.ts';
import { renderError } from '../render/error.ts';
import type { Surroundings } from '../terminal.ts';

interface Options extends ApiOptions, ReportNames {
  readonly stage: string;
  readonly artifact?: string;
  readonly image?: string;
  readonly file?: string;
  readonly key?: string;
  readonly reports: boolean;
  readonly out?: string;
  readonly url?: string;
  readonly shard?: string;
  readonly run?: string;
}

/** `gantry evidence run`: runs the command of a stage, and sends what it proves. Its standard output is the command's. */
export function registerRun(command: Command, { tell, environment, terminal }: Surroundings): void {
  withApiOptions(withReportOptions(command))
    .description('runs the command of a stage, and signs and sends what its reports say; its exit code is passed on')
    .addOption(new Option('--stage <stage>', 'what the command proves').choices(stages).makeOptionMandatory())
    .option('--artifact <digest>', 'sha256:… of the artifact that is tested')
    .option('--image <ref>', 'a container image with its digest: name:tag@sha256:…')
    .option('--file <file>', 'a file that is the artifact: its digest is computed')
    .option('--key <file>', 'private key in PEM, ed25519 or ECDSA P-256; else GANTRY_EVIDENCE_KEY, a file or the PEM')
    .option('--no-reports', 'the command writes no report: its exit code alone is the result, and the evidence says so')
    .option('--out <file>', 'where the evidence is kept, too: gantry evidence submit sends it again')
    .argument('<command...>', 'what to run, behind --: a program and its arguments, without a shell')
    .action(async (words: string[], options: Options) => {
      const { junit = [], ctrf = [], artifact, image, file, out, stage, url, shard, run } = options;
      checkReports(options);
      const key = await keyOf(options.key, environment);
      const api = await openApi(options, environment);
      const {
        command: ended,
        evidence,
        reportsFault,
      } = await runStage(
        { stage, url, shard, run, key, reports: { junit, ctrf }, artifact: { digest: artifact, image, file } },
        words,
        withoutSecrets(environment),
      );
      if (!evidence) {
        tell(`Interrupted by ${ended.interruptedBy}: nothing was sent.`);
        process.exitCode = exitCodeOfSignal(ended.interruptedBy ?? 'SIGINT');
        return;
      }
      const { result } = evidence.statement.predicate;
      if (reportsFault)
        tell(`The command ended with ${ended.how}, and left no report that counts: ${reportsFault.message}`);
      tell(`${stage} ${summaryOf(evidence)}`);
      for (const line of failedTestsOf(evidence)) tell(line);
      if (result !== 'PASSED' && ended.exitCode === 0)
        tell('The command ended with exit code 0; its reports do not agree.');
      // Once in a pipeline of five stages; that each is unsigned stands where it is taken.
      if (key === null && stage === stages[0])
        tell('Not signed, for want of a key: it counts only where the policy names no signers.');
      const done = ended.exitCode !== 0 ? ended.exitCode : result === 'PASSED' ? exitCodes.done : exitCodes.otherwise;
      try {
        if (out !== undefined) await keep(out, evidence.document);
        const taken = await patiently(() => submitEvidence(api, [evidence.document], undefined));
        for (const one of taken) tell(takenText(one));
      } catch (error) {
        // That the stage failed is what its pipeline has to know first.
        if (done === exitCodes.done) throw error;
        for (const line of renderError(error, terminal.paint, true)) tell(line);
      }
      process.exitCode = done;
    });
}

function checkReports({ junit = [], ctrf = [], reports }: Options): void {
  const isNamed = junit.length + ctrf.length > 0;
  if (isNamed !== reports)
    throw new GantryError(
      'malformed',
      isNamed
        ? '--no-reports stands beside reports: say one of them.'
        : 'Name the reports that the command writes (--junit, --ctrf), or say --no-reports: its exit code alone is the result then.',
    );
}

async function keyOf(file: string | undefined, environment: Environment): Promise<string | null> {
  const given = file ?? variable(environment, 'GANTRY_EVIDENCE_KEY') ?? undefined;
  if (given === undefined) return null;
  return file === undefined && given.includes('-----BEGIN') ? given : textOf(given);
}

/** By what this process signs, and says to the API who it is. */
const secrets = ['GANTRY_EVIDENCE_KEY', 'GANTRY_TOKEN', ...pipelineVariables];

/** A test, and whatever it loads, can neither sign nor submit by itself. */
function withoutSecrets(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secrets.includes(name)));
}

async function keep(file: string, document: object): Promise<void> {
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`).catch((cause: NodeJS.ErrnoException) => {
    throw new GantryError('invalid-config', `${file} cannot be written (${cause.code ?? cause.message}).`, { cause });
  });
}

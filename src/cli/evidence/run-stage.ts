import { GantryError } from '../../domain/base/errors.ts';
import type { Environment } from '../environment.ts';
import { type ArtifactOptions, digestOfArtifact } from '../request/artifact.ts';
import type { ReportNames } from './options.ts';
import { findReports, type ReportFile, snapshotOf } from './reports/find-reports.ts';
import { type CommandEnd, runCommand } from './run-command.ts';
import { type Stated, type StatementOptions, signEvidence, stateEvidence } from './sign.ts';

/** A stage as `gantry evidence run` runs it. */
export interface StageRun extends Omit<StatementOptions, 'reports' | 'command' | 'artifact' | 'started' | 'finished'> {
  readonly artifact: ArtifactOptions;
  readonly reports: ReportNames;
  /** Private key in PEM; null: the statement is not signed. */
  readonly key: string | null;
}

/** What became of it. */
export interface StageEnd {
  readonly command: CommandEnd;
  /** Null where the command was interrupted: a run that was cut short says nothing of the artifact. */
  readonly evidence: (Stated & { readonly document: object }) | null;
  /** Why the reports of a command that failed say nothing; its exit code alone tells the result then. */
  readonly reportsFault: GantryError | null;
}

/**
 * Runs the command of a stage and makes evidence of it: of its exit code and of the reports that it wrote. All that may be
 * wrong with the options is refused before it starts. Throws `invalid-evidence` where the command ended well and its reports
 * do not prove that a test ran, or where the artifact was changed meanwhile.
 */
export async function runStage(
  { artifact: named, reports, key, ...options }: StageRun,
  command: readonly string[],
  environment: Environment,
): Promise<StageEnd> {
  const artifact = await digestOfArtifact(named);
  const state = (files: StatementOptions['reports'], ended: CommandEnd) => {
    const times = { started: timeOf(ended.startedAt), finished: timeOf(ended.finishedAt) };
    const all = { ...options, ...times, artifact, reports: files, command: ended };
    if (key === null) {
      const stated = stateEvidence(all);
      return { ...stated, document: stated.statement };
    }
    const { envelope, ...stated } = signEvidence({ ...all, key });
    return { ...stated, document: envelope };
  };
  // Tests may take an hour: what would be refused behind them is refused now.
  state([], { startedAt: 0, finishedAt: 0, exitCode: 0, how: 'exit code 0', interruptedBy: null });
  const before = await snapshotsOf(reports);
  const ended = await runCommand(command, environment);
  if (ended.interruptedBy !== null) return { command: ended, evidence: null, reportsFault: null };
  try {
    if ((await digestOfArtifact(named)) !== artifact)
      throw new GantryError(
        'invalid-evidence',
        `${named.file ?? 'The artifact'} was changed while the stage ran: nobody knows which bytes were tested.`,
      );
    return { command: ended, evidence: state(await before.written(), ended), reportsFault: null };
  } catch (error) {
    // It failed, whatever its reports say or do not say: were nothing sent, an older success would go on counting.
    if (!(error instanceof GantryError) || ended.exitCode === 0) throw error;
    return { command: ended, evidence: state([], ended), reportsFault: error };
  }
}

async function snapshotsOf({ junit = [], ctrf = [] }: ReportNames) {
  const [xml, json] = [await snapshotOf(junit, '.xml'), await snapshotOf(ctrf, '.json')];
  return {
    written: async (): Promise<readonly (readonly ReportFile[])[]> => [
      ...(await findReports(junit, '.xml', xml)),
      ...(await findReports(ctrf, '.json', json)),
    ],
  };
}

const timeOf = (ms: number) => new Date(ms).toISOString();

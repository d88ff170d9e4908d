import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { GantryError } from '../../domain/base/errors.ts';
import { parseWith } from '../../domain/base/issues.ts';
import { testResultPredicate } from '../../domain/base/predicates.ts';
import { provesSomething, type TestRun, testRunOf } from '../../domain/evidence/run-of-reports.ts';
import { shardDescriptor } from '../../domain/evidence/shard-descriptor.ts';
import type { StatedCounts } from '../../domain/evidence/stated-counts.ts';
import { type Statement, statementSchema } from '../../domain/evidence/statement.ts';
import { type Envelope, evidenceLimitBytes, seal } from '../../domain/trust/envelope.ts';
import type { ReportFile } from './reports/find-reports.ts';
import { readReport } from './reports/read-report.ts';
import type { TestReport } from './reports/report.ts';
import { spanOf } from './reports/times.ts';
import type { CommandEnd } from './run-command.ts';

/** What a statement is made of. */
export interface StatementOptions {
  readonly stage: string;
  /** Test reports, JUnit or CTRF by content, in groups: a test of each group must have run. */
  readonly reports: readonly (readonly ReportFile[])[];
  /** `sha256:…` of the artifact. */
  readonly artifact: string;
  /** The command that ran the stage and wrote the reports, where it was started here; without reports it is the result. */
  readonly command?: Pick<CommandEnd, 'exitCode' | 'how'> | undefined;
  /** ISO 8601 in UTC; the reports' own times when absent. No report may be older than `started`. */
  readonly started?: string | undefined;
  readonly finished?: string | undefined;
  /** Where people see the run. */
  readonly url?: string | undefined;
  /** Where several jobs share a run: which part this is, such as `2/4`, and the name that all of them give the run. */
  readonly shard?: string | undefined;
  readonly run?: string | undefined;
}

/** `key`: private key in PEM, ed25519 or ECDSA P-256. */
export type SignOptions = StatementOptions & { readonly key: string };

export interface Stated {
  readonly statement: Statement;
  /** Reports whose times name no zone, and were taken for UTC. */
  readonly withoutZone: readonly string[];
}

/**
 * The results of test reports for an artifact, as an in-toto statement. Throws `invalid-evidence` for a report that proves
 * nothing or options that break a rule.
 */
export function stateEvidence(options: StatementOptions): Stated {
  const reports = options.reports.map((group) => group.map((file) => readFrom(file, options)));
  reports.forEach((group, i) => {
    if (!provesSomething(group))
      throw new GantryError('invalid-evidence', `No test ran in ${namesOf(options.reports[i] ?? [])}.`);
  });
  const all = reports.flat();
  const statement = statementOf(options, all);
  return { statement, withoutZone: all.filter((one) => one.withoutZone).map(({ file }) => file) };
}

/** The same in an envelope. Throws `invalid-config`, too, for a key that cannot sign. */
export function signEvidence({ key: pem, ...options }: SignOptions): Stated & { readonly envelope: Envelope } {
  const key = signingKeyOf(pem);
  const stated = stateEvidence(options);
  const payload = Buffer.from(JSON.stringify(stated.statement));
  const keyId = `sha256:${createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const envelope = seal(payload, keyId, (bytes) => sign(digest, bytes, key));
  return { ...stated, envelope };
}

type ReadReport = TestReport & { readonly file: string };

/** Reads a report and refuses one of an earlier run, by its own time or else that of its file. */
function readFrom({ name, bytes, modifiedAt }: ReportFile, { started, command }: StatementOptions): ReadReport {
  let report: TestReport;
  try {
    report = readReport(bytes);
  } catch (cause) {
    if (!(cause instanceof GantryError)) throw cause;
    throw new GantryError(cause.code, `${name}: ${cause.message}`, { cause });
  }
  // Where the stage was run here, the time of a file is on the same clock as its beginning; a report without a zone may be on any.
  const own = command && report.withoutZone ? null : report.from;
  const since = own ?? modifiedAt;
  if (started !== undefined && toSecond(since) < toSecond(Date.parse(started)))
    throw new GantryError(
      'invalid-evidence',
      `${name} is older than this run of the stage, which began ${started}: it ${own === null ? 'was written' : 'began'} ${new Date(since).toISOString()}${report.withoutZone && own !== null ? ' (it names no zone; UTC is assumed)' : ''}.`,
    );
  return { ...report, file: name };
}

function toSecond(ms: number): number {
  return Math.floor(ms / 1000);
}

function namesOf(files: readonly ReportFile[]): string {
  const [first] = files;
  return files.length === 1 ? (first?.name ?? '') : `${files.length} reports, ${first?.name ?? ''} the first of them`;
}

function statementOf(
  { stage, artifact, started, finished, url, shard, run: runName, command }: StatementOptions,
  reports: readonly ReadReport[],
): Statement {
  const run = heldTo(command, reports);
  const { from, to } = spanOf(reports);
  const startedOn = started ?? timeOf(from);
  const finishedOn = finished ?? timeOf(to);
  if (startedOn === null || finishedOn === null) {
    const silent = reports.find((one) => one.from === null || one.to === null);
    throw new GantryError(
      'invalid-evidence',
      `${silent?.file ?? 'The report'} does not say when it began and ended: give --started and --finished.`,
    );
  }
  const document = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: artifact.replace(/^sha256:/, '') } }],
    predicateType: testResultPredicate,
    predicate: {
      result: run.result,
      configuration: configurationOf(shard, runName),
      ...(url === undefined ? {} : { url }),
      stage,
      startedOn,
      finishedOn,
      counts: run.counts,
      failedTests: shortened(run.failed),
      warnedTests: shortened(run.flaky),
      passedTests: shortened(run.passed),
    },
  };
  return parseWith(statementSchema, document, 'invalid-evidence');
}

/** What reports and command come to: a run has passed where both say so. */
function heldTo(
  command: StatementOptions['command'],
  reports: readonly ReadReport[],
): Omit<TestRun, 'counts'> & { readonly counts: StatedCounts } {
  const run = testRunOf(reports);
  if (!command) return run;
  const how = `the command ended with ${command.how}`;
  const ended = command.exitCode === 0 ? run : { ...run, result: 'FAILED' as const, failed: [how, ...run.failed] };
  if (reports.length > 0) return ended;
  return { ...ended, passed: command.exitCode === 0 ? [how] : [], counts: { exitCodes: 1 } };
}

function configurationOf(part: string | undefined, run: string | undefined) {
  if (part === undefined && run === undefined) return [];
  const [, shard, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(part ?? '') ?? [];
  if (shard === undefined || of === undefined || !run)
    throw new GantryError(
      'invalid-config',
      'Of a run in shards give both: --shard 2/4 --run <a name of this run alone>.',
    );
  // In-toto wants a URI there.
  const uri = /^[a-z][a-z0-9+.-]*:/i.test(run) ? run : `run:${run}`;
  return [shardDescriptor({ run: uri, shard: Number(shard), of: Number(of) })];
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Names of tests are for people: limited, so that the evidence is never too large. */
function shortened(names: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const name of names.slice(0, 500)) {
    const short = name.replaceAll('\0', '').slice(0, 150).toWellFormed() || 'a test without a name';
    bytes += Buffer.byteLength(JSON.stringify(short)) + 1;
    if (bytes > evidenceLimitBytes / 4) break;
    kept.push(short);
  }
  return kept;
}

function signingKeyOf(pem: string): KeyObject {
  const refuse = (why: string, cause?: unknown) =>
    new GantryError('invalid-config', `The key cannot sign: ${why}.`, { cause });
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw refuse('it is no private key in PEM, or a pass phrase locks it', cause);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw refuse(`it is of type ${type}; use ed25519 or ECDSA P-256`);
}

import { formatDuration } from '../../base/duration.ts';
import { block, bold, join, type Markdown, md, table } from '../../base/markdown.ts';
import { describeAction } from '../../kinds/describe.ts';
import type { DeviationRow, ExecutionLog, StepRow } from '../execution-section.ts';
import type { HealthRow } from '../health-rows.ts';
import type { Fact, Intervention } from '../intervention-section.ts';
import type { Resolved } from '../resolved.ts';
import type { CompensationRow, RollbackLog } from '../rollback-section.ts';
import {
  command,
  count,
  counted,
  digest,
  listed,
  paragraph,
  periods,
  shortened,
  span,
  tableOf,
  time,
  verdict,
} from './words.ts';

export function renderExecution(part: ExecutionLog, planDigest: string): readonly string[] {
  const { steps, rollback, deviations, intervention } = part;
  const head = ['Step', 'Planned', 'Actual', 'Started', 'Took', 'Attempts', 'Verified by'];
  const rows = steps.map((row) => stepRow(row, part.breaches));
  return [
    steps.length === 0 ? 'No steps: the plan has none of its own.' : table(head, rows),
    ...steps.flatMap(printed),
    paragraph(bound(part), ...health(part)),
    ...renderRollback(rollback, part.breaches),
    ...tableOf(['Deviation', 'At', 'What', 'Decided by', 'Authority'], deviations, deviationRow),
    paragraph(matched(part, planDigest), backOut(rollback), ranAs(part)),
    ...(intervention ? renderIntervention(intervention) : []),
  ];
}

type Breaches = ExecutionLog['breaches'];

function stepRow(row: StepRow, breaches: Breaches): readonly (string | Markdown)[] {
  const { kind, limitMs } = row;
  const planned = kind === 'action' ? command(row.planned) : row.planned;
  const limits = { action: ' ≤ ', hold: null, gate: ' within ', manual: ' within ' } as const;
  const limit = limits[kind] === null ? '' : `${limits[kind]}${formatDuration(limitMs)}`;
  const isGood = row.state === 'passed' || row.state === 'running' || row.state === 'not-reached';
  const state = isGood ? null : bold(row.state.replaceAll('-', ' '));
  return [
    `${row.number} ${row.id}`,
    join([planned, { markdown: limit }], ''),
    join([join([state, shortened(row.actual)], ': '), unplanned(row)], '; '),
    row.startedAt === null ? '' : time(row.startedAt),
    row.tookMs === null ? '' : formatDuration(row.tookMs),
    row.attemptsAllowed === null || row.attempts === 0 ? '' : `${row.attempts} of ${row.attemptsAllowed}`,
    verifiedBy(row, breaches),
  ];
}

/** The end of what a step that failed printed. */
function printed({ id, lastLines }: StepRow): readonly string[] {
  return lastLines === null ? [] : [md`Step ${id} printed last:`.markdown, block(lastLines)];
}

/** Named only where it is not what plan and bindings give. */
function unplanned({ kind, startedAt, resolved }: StepRow): Markdown | null {
  if (kind !== 'action' || startedAt === null) return null;
  return resolved ? otherwise(resolved) : bold('what ran was not journaled');
}

function otherwise({ asPlanned, attempt, kind, spec }: Resolved): Markdown | null {
  return asPlanned ? null : md`**not as planned**, attempt ${attempt}: ${command(describeAction(kind, spec))}`;
}

/** What a breach measured has a line of its own. */
function verifiedBy(row: StepRow, breaches: Breaches): Markdown {
  if (row.unverified !== null) return md`not verified: ${row.unverified}`;
  return join(
    row.verifiedBy.map(({ check, verdict: seen, summary, unwatched }) => {
      const isShown = breaches.some((breach) => breach.check === check && breach.summary === summary);
      const found = md`${check}: ${verdict(seen)}${isShown ? md`` : md` (${shortened(summary)})`}`;
      return unwatched.length === 0 ? found : md`${found}, **not watched** ${periods(unwatched)}`;
    }),
  );
}

function bound({ bound: lock }: ExecutionLog): Markdown {
  if (!lock) return md`Nothing bound: the lock was not granted.`;
  const slots = join([
    lock.liveSlot === null ? null : md`live slot ${lock.liveSlot}`,
    lock.idleSlot === null ? null : md`idle slot ${lock.idleSlot}`,
    lock.live === null ? 'no live release known' : md`live release ${lock.live.release}`,
  ]);
  return md`Bound at lock (fence ${lock.fence}, ${time(lock.at)}): ${slots}.`;
}

function health({ watch, health: rows, unobserved, breaches }: ExecutionLog): readonly Markdown[] {
  if (watch === 'not-started') return [md`Health: not watched, no step was started.`];
  const absent = watch === 'ended' ? bold('nothing was journaled of it') : md`watched, its counts follow`;
  return [
    ...rows.map(healthLine),
    ...unobserved.map((check) => md`Health ${check}: ${absent}.`),
    ...breaches.map(
      ({ check, verdict: found, summary, measuredAt, step }) =>
        md`Health ${check} breached ${time(measuredAt)}${step === null ? md`` : md` in step ${step}`}: ${verdict(found)}, ${summary}.`,
    ),
  ];
}

function healthLine(row: HealthRow): Markdown {
  const size = row.window.kind === 'samples' ? md` of ${count(row.window.size)}` : md``;
  const gaps = row.unwatched.length === 0 ? md`` : md`; **not watched** ${periods(row.unwatched)}`;
  const inconclusive = row.inconclusive === undefined ? md`` : md`, ${count(row.inconclusive)} that did not tell`;
  const measured = row.numbers === true && row.latest !== null ? md`; last ${row.latest.summary}` : md``;
  const before =
    row.badBefore === 0
      ? md``
      : md`; **bad before the change**: ${counted(row.badBefore, 'sample')} until the first good one`;
  return md`Health ${row.check}: ${verdict(row.verdict)}, worst window ${count(row.worstWindowFailed)}${size} failed (limit ${count(row.failureLimit)}: ${row.threshold}), ${counted(row.errors, 'error')}${inconclusive} in ${counted(row.samples, 'sample')}${measured}${before}${gaps}.`;
}

function matched({ matched: number, steps, deviations }: ExecutionLog, planDigest: string): Markdown {
  const found = deviations.length === 0 ? 'No deviations' : counted(deviations.length, 'deviation');
  if (steps.every(({ startedAt }) => startedAt === null)) return md`${found}; no step was started.`;
  const isClean = deviations.length === 0 && number === steps.length;
  return md`${found}${isClean ? ':' : ';'} ${number} of ${steps.length} steps matched plan ${digest(planDigest)}. The JSON of this record holds each argv, URL and body whole.`;
}

/** Null where no action reported it, as in a plan without commands. */
function ranAs({ commandsRanAs }: ExecutionLog): Markdown | null {
  if (commandsRanAs.length === 0) return null;
  const users = commandsRanAs.map((user) =>
    user === null ? 'the worker itself, which keeps nothing from them' : `user ${user}`,
  );
  return md`Commands of steps ran as ${join(users, ' and as ')}.`;
}

function deviationRow(row: DeviationRow, i: number): readonly (string | Markdown)[] {
  const step = row.step === null ? md`` : md` (step ${row.step})`;
  return [`${i + 1} ${row.severity}`, time(row.at), md`${row.code}: ${row.what}${step}`, row.decidedBy, authority(row)];
}

function authority({ authority: given }: DeviationRow): string | Markdown {
  return given.startsWith('plan sha256:') ? md`plan ${digest(given.slice('plan '.length))}` : given;
}

const needs = { no: 'No rollback. Back-out plan, not needed', 'not-yet': 'No rollback so far. Back-out plan' };

/** Null where the table of the rollback has each step. */
function backOut({ backOut: steps, need, rows }: RollbackLog): Markdown | null {
  if (steps.length > 0 && steps.every(({ step }) => rows.some((row) => row.step === step))) return null;
  const used = need === 'yes' ? 'Back-out plan' : needs[need];
  const undos = steps.map(({ step, undo, how }) => md`${step}: ${undo === 'action' ? command(how) : how}`);
  return md`${used}: ${listed(undos, 'nothing to undo', '; ')}.`;
}

/** A cause without what was measured, where the line of the breach has that. */
function causeBeside(breaches: Breaches, cause: string): string {
  const shown = breaches.find(({ summary }) => cause.endsWith(`: ${summary}`));
  return shown ? cause.slice(0, -`: ${shown.summary}`.length) : cause;
}

function renderRollback(rollback: RollbackLog, breaches: Breaches): readonly string[] {
  const { startedAt, rows, cause, result, summary, endedAt, timing } = rollback;
  if (startedAt === null && rows.length === 0) return [];
  const head = ['Rollback', 'Undoes', 'Read back first', 'Started', 'Took', 'Result'];
  const why = causeBeside(breaches, cause ?? 'no cause given');
  const begun = startedAt === null ? null : md`Rollback started ${time(startedAt)}: ${why}.`;
  const end =
    result === null
      ? md`The rollback has **no journaled end**.`
      : md`Rollback ${result === 'verified' ? md`verified` : bold(result)} ${time(endedAt ?? '')}: ${summary ?? ''}.`;
  const spans = timing.map(({ what, ms }) => md`${what} ${span(ms)}`);
  return [
    paragraph(begun),
    rows.length === 0 ? 'No compensation was run.' : table(head, rows.map(compensationRow)),
    paragraph(end, timing.length === 0 ? null : md`${join(spans, '; ')}.`),
  ];
}

const readBacks: ReadonlyMap<string, string> = new Map([
  ['done', 'its effect is there: to be undone'],
  ['not-done', 'its effect is not there'],
  ['unknown', 'unknown: to be undone'],
]);

function compensationRow(row: CompensationRow, i: number): readonly (string | Markdown)[] {
  const isGood = row.result === 'done' || row.result === 'skipped' || row.result === 'nothing';
  const result = isGood ? md`${row.result === 'nothing' ? 'plan' : row.result}` : bold(row.result.replaceAll('-', ' '));
  return [
    md`${i + 1} ${row.undo === 'action' ? command(row.what) : row.result === 'nothing' ? 'nothing to undo' : row.what}`,
    row.number > 0 ? `${row.number} ${row.step}` : row.step,
    readBacks.get(row.readBack) ?? row.readBack,
    row.startedAt === null ? '' : time(row.startedAt),
    row.tookMs === null ? '' : formatDuration(row.tookMs),
    join([
      join([result, row.summary], row.result === 'nothing' ? ': ' : ', '),
      row.attempts > 1 ? `attempt ${row.attempts}` : null,
      row.resolved && otherwise(row.resolved),
    ]),
  ];
}

function renderIntervention({ known, unknown, notRun, mayRun }: Intervention): readonly string[] {
  const fact = ({ what, command: how }: Fact) =>
    how === null ? md`${shortened(what)}` : md`${shortened(what)}: ${command(how)}`;
  const rows = [
    ...known.map((one) => ['Known', fact(one)]),
    ...unknown.map((one) => [bold('Unknown'), fact(one)]),
    ...notRun.map((one) => [bold('Not run'), fact(one)]),
    ...mayRun.map((one) => ['A person may', fact(one)]),
  ];
  return ['A person must look at the target:', table(['What', 'Which'], rows)];
}

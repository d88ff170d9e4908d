import type { components } from '../../contract/paths.ts';
import { formatDuration } from '../../domain/base/duration.ts';
import { plain, type Terminal } from '../terminal.ts';
import { type HealthSoFar, healthLines } from './health.ts';
import { nextCommand } from './next-command.ts';
import { shortened } from './steps.ts';

export type Status = components['schemas']['Status'];
type Wait = Status['waitingFor'][number];
type Step = Status['steps'][number];
type Paint = Terminal['paint'];

/**
 * Where a deployment stands, for people, line by line. `now`: milliseconds since the epoch; `health`: what its health checks
 * have come to, where that is known.
 */
export function renderStatus(
  status: Status,
  paint: Paint,
  now: number,
  health: HealthSoFar | null = null,
): readonly string[] {
  return [
    headOf(status, paint),
    plain(
      `requested by ${requesterOf(status)} ${since(status.requestedAt, now)} · plan ${shortened(status.planDigest)}`,
    ),
    ...(status.cause === null ? [] : [paint.red(plain(`cause: ${status.cause}`))]),
    ...status.waitingFor.flatMap((wait) => waitLines(status, wait, paint, now)),
    ...status.steps.map((step) => renderStep(step, paint, now)),
    ...healthLines(status, health, paint),
    ...renderIfAborted(status),
    ...renderNext(status, paint),
    ...(status.hint === undefined ? [] : [plain(`→ ${status.hint}`)]),
    ...(status.can.length === 0 ? [] : [paint.dim(`you may: ${status.can.join(', ')}`)]),
  ];
}

const requesterOf = ({ requester, onBehalfOf }: Status) =>
  onBehalfOf === null ? requester.name : `${requester.name} on behalf of ${onBehalfOf.name}`;

/** One deployment in one line, as lists show it. */
export function headOf(
  {
    id,
    release,
    label,
    phase,
    outcome,
    paused,
  }: Pick<Status, 'id' | 'release' | 'label' | 'phase' | 'outcome' | 'paused'>,
  paint: Paint,
): string {
  const state = outcome === null ? paint.cyan(paused ? `${phase} (paused)` : phase) : paintOutcome(outcome, paint);
  return [paint.bold(plain(`${id}  ${release}`)), ...(label === null ? [] : [paint.red(label)]), state].join('  ');
}

/** An outcome in its colour. */
export function paintOutcome(outcome: string, paint: Paint): string {
  if (outcome === 'succeeded') return paint.green(outcome);
  return ['rolled-back', 'needs-intervention'].includes(outcome) ? paint.red(outcome) : paint.yellow(outcome);
}

/** What a deployment waits for, whom, since when and until when: `approval: 1 service-owner (Bob May), since 4 min, expires in 23 h`. */
export function describeWait(wait: Wait, now: number): string {
  const missing = (wait.missing ?? []).map(({ role, minimum }) => `${minimum} ${role}`).join(', ');
  const about = [wait.step, wait.role, missing, wait.reason].filter((part) => part !== undefined && part !== '');
  const who = wait.who && wait.who.length > 0 ? ` (${wait.who.join(', ')})` : '';
  const behind = wait.behind === undefined ? '' : `, behind ${wait.behind}`;
  const until = wait.until === null ? '' : `, ${wait.then} in ${short(Date.parse(wait.until) - now)}`;
  const head = about.length === 0 ? wait.kind : `${wait.kind}: ${about.join(' · ')}`;
  return `${head}${who}${behind}, since ${short(now - Date.parse(wait.since))}${until}`;
}

/** A wait, and what ends it. */
export function waitLines(status: Status, wait: Wait, paint: Paint, now: number): readonly string[] {
  const command = nextCommand(status, wait);
  const line = paint.yellow(plain(`waits for ${describeWait(wait, now)}`));
  return command === null ? [line] : [line, `  → ${command}`];
}

const marks: Readonly<Record<Step['state'], (paint: Paint) => string>> = {
  pending: (paint) => paint.dim('·'),
  running: (paint) => paint.cyan('▸'),
  verifying: (paint) => paint.cyan('?'),
  passed: (paint) => paint.green('✓'),
  failed: (paint) => paint.red('✗'),
  'cut-short': (paint) => paint.yellow('!'),
  undone: (paint) => paint.yellow('↶'),
};

function renderStep({ id, title, state, startedAt, endedAt, attempts }: Step, paint: Paint, now: number): string {
  const mark = Object.hasOwn(marks, state) ? marks[state](paint) : '?';
  const took =
    startedAt === null ? '' : `  ${short((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt))}`;
  const tries = attempts > 1 ? `  ${attempts} attempts` : '';
  return `  ${mark} ${plain(`${id}: ${title}`)}${paint.dim(`  ${state}${took}${tries}`)}`;
}

/** What an abort would undo now, in order; of one that needs a person, what was outstanding at its end. */
export function renderIfAborted({ outcome, ifAborted }: Status): readonly string[] {
  const undone = ifAborted.map(({ step, undo }) => `  undo ${plain(step)}: ${shortened(plain(undo))}`);
  if (outcome === 'needs-intervention' && undone.length > 0) return ['outstanding at its end:', ...undone];
  if (outcome !== null) return [];
  if (undone.length === 0) return ['if you abort now: nothing has been changed, nothing would be undone'];
  return ['if you abort now:', ...undone];
}

/** What a person has to do once it has ended. */
function renderNext({ id, service, environment, can, review }: Status, paint: Paint): readonly string[] {
  const target = plain(`${service}/${environment}`);
  return [
    ...(can.includes('resolve')
      ? [`→ gantry record ${id} says what is known; gantry target resolve ${target} says how it goes on`]
      : []),
    ...(review && !review.closed
      ? [paint.yellow(`→ its review is due ${plain(review.dueAt)}: gantry target review ${target}`)]
      : []),
  ];
}

const since = (at: string, now: number) => `${short(now - Date.parse(at))} ago`;

/** A time as people say it: whole seconds below an hour, minutes above. */
export function short(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return formatDuration(seconds < 3_600 ? seconds * 1_000 : Math.round(seconds / 60) * 60_000);
}

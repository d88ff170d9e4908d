import { formatDuration } from '../../base/duration.ts';
import { code, type Inline, join, type Markdown, md, plainText, table } from '../../base/markdown.ts';
import type { RecordHeader } from '../header.ts';
import { digest, listed, person, span, time } from './words.ts';

/** Title, the line with the outcome, and the table of what was to change and what came of it. */
export function renderHeader(header: RecordHeader): readonly string[] {
  const { service, release, environment } = header;
  const subject = header.repair
    ? md`# Deployment record: repair of ${header.repair.of} (${service}, ${environment})`
    : header.rehearsal
      ? md`# Deployment record: REHEARSAL of ${service} ${release} in ${environment}`
      : md`# Deployment record: ${header.emergency ? md`EMERGENCY, ` : md``}${service} ${release} to ${environment}`;
  return [subject.markdown, statusLine(header).markdown, table(['', ''], rows(header))];
}

function statusLine(header: RecordHeader): Markdown {
  const { outcome, state, phase } = header;
  const now = state === 'final' ? 'NO RESULT' : `IN PROGRESS: ${phase}`;
  const ended = outcome === null ? now : outcome.replaceAll('-', ' ').toUpperCase();
  const status = header.rehearsal ? `REHEARSAL: ${ended}` : ended;
  return md`**${status}** · ${state.toUpperCase()} · ${header.deployment} · all times UTC (\`at\`: workflow clock${clocks(header)})`;
}

function clocks({ workers, largestDifferenceMs }: RecordHeader): Markdown {
  if (workers.length === 0) return md``;
  const names = join(workers);
  const differ =
    largestDifferenceMs === 0 ? md`no difference seen` : md`at least ${span(largestDifferenceMs ?? 0)} apart`;
  const difference = largestDifferenceMs === null ? md`` : md`, clocks: ${differ}`;
  return md`; effects: ${workers.length === 1 ? 'worker' : 'workers'} ${names}${difference}`;
}

function rows(header: RecordHeader): readonly (readonly Inline[])[] {
  const { oneLine, repair, rehearsal } = header;
  return [
    ...(oneLine === null ? [] : [['In one line', oneLine]]),
    ...(repair === null ? [] : [['Repairs', repairs(repair)]]),
    ...(header.emergency === null ? [] : [['Emergency', emergency(header.emergency)]]),
    ...(rehearsal === null ? [] : [['Rehearsal', rehearsed(rehearsal)]]),
    ['Change', change(header)],
    ['Artifact', artifact(header)],
    [isReplaced(header) ? 'Replaces' : 'Live before and after', live(header)],
    ['Plan', planRow(header)],
    ['Requested', requested(header)],
    [
      header.outcome === null ? 'Last entry' : 'Ended',
      md`${time(header.lastAt)} after ${formatDuration(header.tookMs)}, of which waiting for people ${formatDuration(header.waitedForPeopleMs)}`,
    ],
  ];
}

function emergency({ waives, review }: NonNullable<RecordHeader['emergency']>): Markdown {
  const due = !review
    ? md`review: none opened yet`
    : review.closed
      ? md`reviewed ${time(review.closed.at)} by ${person(review.closed.by)}`
      : md`**review open**, due ${time(review.dueAt)}`;
  return md`**EMERGENCY**: policy may waive ${listed(waives, 'nothing')}; ${due}`;
}

/** A release that is on its way or there takes another one's place; nothing else does. */
function isReplaced({ outcome, state, repair, rehearsal }: RecordHeader): boolean {
  return repair === null && rehearsal === null && (outcome === 'succeeded' || (outcome === null && state === 'draft'));
}

function rehearsed({ kind, isOver }: NonNullable<RecordHeader['rehearsal']>): Markdown {
  if (kind === 'rehearsal') return md`rolled back on purpose once every step had passed, and verified`;
  if (kind === 'rolled-back') return md`not carried out as planned: rolled back before its end, and verified`;
  return isOver
    ? md`**not carried out**: no rollback was proven`
    : md`rolls back on purpose once every step has passed`;
}

function repairs(repair: NonNullable<RecordHeader['repair']>): Markdown {
  return md`${repair.of}, which ended as needs-intervention. Decided by ${repair.decidedBy}: ${repair.decision}. Reason: ${repair.reason}. Outstanding: ${listed(repair.outstanding, 'nothing')}. Serves afterwards: ${repair.live ?? 'nothing known'}`;
}

function change({ change }: RecordHeader): Markdown {
  const { summary, reason, type, risk, impact, ticket } = change;
  return md`${sentence(summary)} Reason: ${sentence(reason)} Type ${type}, risk ${risk ?? 'not given'}, impact: ${sentence(impact ?? 'not given')} ${ticket === null ? 'No ticket' : md`Ticket ${ticket}`}`;
}

const sentence = (text: string) => (/[.!?…]$/.test(plainText(text)) ? text : `${text}.`);

function artifact({ artifact, artifactReadBack }: RecordHeader): Markdown {
  const bound = artifact.uri.endsWith(`@${artifact.digest}`)
    ? artifact.uri.slice(0, -artifact.digest.length - 1)
    : artifact.uri;
  const read = artifactReadBack
    ? md`read back as the same digest by ${artifactReadBack.check} ${time(artifactReadBack.at)}`
    : md`not read back`;
  return md`${code(bound)} ${digest(artifact.digest)}, ${read}`;
}

function live({ liveBefore, liveAfter, locked, release, artifact }: RecordHeader): Markdown {
  const unknown = locked ? 'nothing known to be live' : 'not bound: the target was not granted';
  const before = liveBefore
    ? md`${liveBefore.release} ${digest(liveBefore.artifact.digest)}${liveBefore.slot === null ? md`` : md` on ${liveBefore.slot}`}, live since ${time(liveBefore.since)} (${liveBefore.deployment ?? 'adopted'})`
    : md`${unknown}`;
  const isSameName = liveBefore?.release === release && liveBefore.artifact.digest !== artifact.digest;
  const named = isSameName ? md` Before and after are **two releases of one name**, by their digests.` : md``;
  return md`${before}. Now: ${liveAfter ?? 'not known'}${isSameName ? md`.` : md``}${named}`;
}

function planRow(header: RecordHeader): Markdown {
  const { planDigest, frozenPlanDigest, procedure, policyDigest } = header;
  const differs =
    planDigest === frozenPlanDigest
      ? md``
      : md` (**frozen as** ${frozenPlanDigest === null ? 'nothing' : code(frozenPlanDigest)})`;
  const inline = procedure.inline ? md` (inline)` : md``;
  return md`${code(planDigest)}${differs} · procedure ${procedure.name} ${digest(procedure.digest)}${inline} · policy ${digest(policyDigest)}`;
}

function requested({ requestedAt, requestedBy, byRobot, onBehalfOf }: RecordHeader): Markdown {
  const onBehalf = onBehalfOf === null ? md`` : md` on behalf of ${onBehalfOf}`;
  return md`${time(requestedAt)} by ${byRobot ? md`robot ` : md``}${requestedBy}${onBehalf}`;
}

import { formatDuration } from '../../base/duration.ts';
import { bold, code, join, type Markdown, md, table, text } from '../../base/markdown.ts';
import { type ConfigurationRow } from '../../configuration/configuration.ts';
import { type KeyReading, type ReadingMoment, readingMoments } from '../../plan/configuration.ts';
import type { ChangeManagement, DocumentRow, NotificationRow } from '../change-management-section.ts';
import type { PageRow } from '../page-rows.ts';
import { counted, identity, paragraph, person, tableOf, time } from './words.ts';

export function renderChangeManagement(part: ChangeManagement, unsigned: 'accept' | 'refuse'): readonly string[] {
  const { told, journal } = part;
  return [
    told.length === 0
      ? 'Nobody was notified: the policy names no stakeholders.'
      : table(['Notified', 'How', 'Event', 'Delivery'], told.map(notificationRow)),
    ...renderPages(part.pages),
    paragraph(configuration(part), documentation(part)),
    ...tableOf(
      ['Key', 'Declared by', 'Before', 'Validated', 'End', 'Result'],
      part.configuration ?? [],
      configurationRow,
    ),
    ...tableOf(['Document', 'At', 'Result', 'Revision', 'Difference'], part.documents ?? [], documentRow),
    paragraph(
      monitoring(part),
      handoff(part, unsigned),
      closing(part),
      ...part.pauses.map(
        ({ what, by, at }) =>
          md`${what === 'paused' ? 'Paused' : 'Resumed'} by ${person(by)} ${time(at)} (${identity(by, unsigned)}).`,
      ),
    ),
    paragraph(
      ...part.unknownAuthors.map((author) => md`Author ${author}: unknown to the policy, accepted by policy.`),
      notes(part),
      review(part, unsigned),
      md`Journal: ${counted(journal.entries, 'entry', 'entries')}, the last is ${journal.lastSeq} ${journal.lastType} ${code(journal.lastDigest)} (SHA-256 of its canonical JSON).`,
    ),
  ];
}

function configuration({ configuration: rows, repairOf }: ChangeManagement): Markdown {
  if (!rows) return md`Configuration: not covered. The plan names no keys, so none were read before and after.`;
  const keys = counted(rows.length, 'key');
  const by = (moments: readonly ReadingMoment[]) => join(moments.map((moment) => momentWords[moment]));
  const isRead = (moment: ReadingMoment) => rows.some(({ readings }) => readings[moment] !== null);
  const [read, missing] = [readingMoments.filter(isRead), readingMoments.filter((moment) => !isRead(moment))];
  if (read.length === 0) return md`Configuration: ${keys}, none of which was read.`;
  const origin =
    repairOf !== null && isRead('before') ? md` Before: as ${repairOf} read them, which this repairs.` : md``;
  const not = missing.length === 0 ? md`` : md`; not read ${by(missing)}`;
  return md`Configuration: ${keys}, read ${by(read)}${not}.${origin}`;
}

const momentWords = {
  before: 'before the first change',
  validated: 'after validation',
  end: 'at the end',
} as const satisfies Record<ReadingMoment, string>;

function configurationRow(row: ConfigurationRow): readonly (string | Markdown)[] {
  const { source, key, declaredBy, readings, result } = row;
  const good: readonly ConfigurationRow['result'][] = ['unchanged', 'changed as declared', 'as before'];
  return [
    code(`${source}/${key}`),
    join(declaredBy),
    ...readingMoments.map((moment) => keyReading(readings[moment])),
    good.includes(result) ? result : bold(result),
  ];
}

/** Of a secret a reader can see only whether it is the same. */
function keyReading(reading: KeyReading | null): Markdown {
  if (!reading) return md`not read`;
  const { state, shown, digest } = reading;
  if (state === 'absent') return md`absent`;
  if (state === 'unreadable') return md`**unreadable**: ${shown}`;
  return state === 'secret' ? md`secret ${code((digest ?? '').slice(0, 12))}` : md`${shown}`;
}

function documentation({ documents }: ChangeManagement): Markdown {
  if (!documents) return md`Documentation: not covered. The plan names no documents, so Gantry changed none.`;
  if (documents.length === 0) return md`Documentation: none of the plan's documents was written.`;
  const notWritten = (['failed', 'pending', 'newer'] as const).flatMap((result) => {
    const number = documents.filter((one) => one.result === result).length;
    return number > 0 ? [md`${counted(number, 'document')} ${documentResults[result]}`] : [];
  });
  if (notWritten.length === 0) return md`Documentation: written as follows.`;
  return md`Documentation: ${join(notWritten)}, as follows.`;
}

const documentResults = {
  written: md`written`,
  same: md`said so already`,
  newer: md`left as somebody later has written it`,
  failed: md`**not written**`,
  pending: md`**still being written at the end**`,
};

function documentRow(row: DocumentRow): readonly (string | Markdown)[] {
  const { repository, path, block, at, result, before, after, difference } = row;
  const place = join([code(`${repository}:${path}`), block], ' ');
  const short = (revision: string) => code(revision.slice(0, 12));
  const revisions =
    before === null || after === null ? '' : before === after ? short(after) : md`${short(before)} → ${short(after)}`;
  const lines = difference.split('\n').slice(0, 20);
  const changed = lines.map((line) => text(line, 200));
  return [place, time(at), documentResults[result], revisions, join(changed, '; ')];
}

function notificationRow(row: NotificationRow): readonly (string | Markdown)[] {
  const first = row.firstAt === null ? null : md`first ${time(row.firstAt)}`;
  const last = row.lastDeliveredAt === null ? null : md`last ${time(row.lastDeliveredAt)}`;
  const attempts = counted(row.attempts, 'attempt');
  const repeated = row.repeated.map(
    ({ event, attempts: times, firstAt, lastAt }) =>
      md`${event} by ${times} attempts from ${time(firstAt)} to ${time(lastAt)}`,
  );
  const missing = row.undelivered.map((what) => md`**undelivered at the time of this record**: ${what}`);
  const all = join([`${row.delivered} of ${row.sent} delivered`, attempts, first, last]);
  const delivery = row.sent === 0 ? bold('not notified') : join([all, ...repeated, ...missing], '; ');
  return [row.stakeholder, row.how ?? '', join(row.events), delivery];
}

function monitoring({ monitoring: { periodMs, from, to, breaches } }: ChangeManagement): Markdown {
  if (periodMs === 0) return md`No monitoring period: none planned.`;
  if (from === null) return md`No monitoring period: not reached (planned ${formatDuration(periodMs)}).`;
  const spent = to === null ? md`begun ${time(from)}, not completed` : md`${time(from)} to ${time(to)}`;
  return md`Monitoring period: ${formatDuration(periodMs)}, ${spent}, ${breaches === 0 ? 'no breach' : counted(breaches, 'breach', 'breaches')}.`;
}

function handoff({ handoff: wanted, monitoring: { from } }: ChangeManagement, unsigned: 'accept' | 'refuse'): Markdown {
  if (!wanted) return md`No handoff: none planned.`;
  const within = formatDuration(wanted.withinMs);
  if (from === null) return md`No handoff: not reached (planned to ${wanted.role} within ${within}).`;
  if (!wanted.by || wanted.at === null) return md`Handoff to ${wanted.role} within ${within}: **not given**.`;
  const late = wanted.inTime ? md`within ${within}` : md`**later than ${within}**`;
  return md`Handoff: ${person(wanted.by)} as ${wanted.role} ${time(wanted.at)}, ${late} (${identity(wanted.by, unsigned)}).`;
}

function closing({ closeCode, isCauseWanted }: ChangeManagement): Markdown | null {
  if (closeCode === null) return null;
  const wanted = isCauseWanted ? md` Cause and follow-up ticket: not given yet.` : md``;
  return md`Close code: ${closeCode}.${wanted}`;
}

function review({ review: opened, reviewWithinMs }: ChangeManagement, unsigned: 'accept' | 'refuse'): Markdown {
  if (!opened)
    return reviewWithinMs === null
      ? md`Review due: none.`
      : md`Review due: within ${formatDuration(reviewWithinMs)} of the end, if anything is changed.`;
  const { dueAt, closed } = opened;
  if (!closed) return md`Review due: ${time(dueAt)}, **open**.`;
  const late = Date.parse(closed.at) > Date.parse(dueAt) ? md` **late**` : md``;
  return md`Review due: ${time(dueAt)}, closed${late} by ${person(closed.by)} ${time(closed.at)} (${identity(closed.by, unsigned)}): “${closed.findings}”`;
}

function notes({ notes: all }: ChangeManagement): Markdown {
  if (all.length === 0) return md`Open points and lessons: none given.`;
  const quoted = all.map(
    ({ by, at, severity, statement, isLate }) =>
      md`“${statement}” (${severity}, ${by.name}, ${time(at)}${isLate ? md`, after the end` : md``})`,
  );
  return md`Open points and lessons: ${join(quoted, '; ')}`;
}

/** The channels of each page, and who acknowledged it. Nothing where nobody was paged. */
export function renderPages(pages: readonly PageRow[]): readonly string[] {
  return tableOf(['Page', 'Notified', 'Acknowledged'], pages, ({ page, told, end }) => {
    return [page, join(told.map(way), '; '), acknowledged(end)];
  });
}

function way({ round, stakeholder, how, delivered, attempts, firstAt, lastAt }: PageRow['told'][number]): Markdown {
  const became = delivered ? md`delivered` : md`**undelivered**`;
  const last = lastAt === firstAt ? md`` : md`, last ${time(lastAt)}`;
  return md`round ${String(round)}: ${stakeholder} (${how}) ${became}, ${counted(attempts, 'attempt')}, first ${time(firstAt)}${last}`;
}

function acknowledged(end: PageRow['end']): Markdown {
  switch (end.kind) {
    case 'acknowledged': {
      const { who, via, identity, at } = end.by;
      return md`${who} ${time(at)}, by ${via} (${identity})`;
    }
    case 'nobody':
      return md`**nobody** until ${time(end.at)}`;
    case 'open':
      return md`**not yet**, waited for until ${time(end.until)}`;
  }
}

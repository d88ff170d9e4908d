import { digestOfJson } from '../base/canonical-json.ts';
import { type ConfigurationRow, configurationRows } from '../configuration/configuration.ts';
import { describeCause } from '../deployment/status.ts';
import { isDocumentEntry, lastWordOn } from '../documents/entries.ts';
import { type DeliveryView, deliveriesIn } from '../journal/deliveries.ts';
import { type Entry, entriesOf } from '../journal/entries.ts';
import { lastOf, msBetween, type Review } from '../journal/read.ts';
import { type Actor } from '../journal/values.ts';
import type { StakeholderEvent } from '../kinds/notification.ts';
import { isEmergency } from '../plan/waivers.ts';
import { findPerson } from '../policy/find-person.ts';
import { endedBy, wantedBy } from './ended-by.ts';
import { type PageRow, pagesIn } from './pages.ts';
import { type Source } from './source.ts';

export interface NotificationRow {
  readonly stakeholder: string;
  /** The kind of notifier; null where nothing was sent. */
  readonly channel: string | null;
  /** Where it was sent, to all of them where that has changed; its kind alone where nobody got that far. */
  readonly how: string | null;
  readonly events: readonly StakeholderEvent[];
  readonly sent: number;
  readonly delivered: number;
  /** At all of them together. */
  readonly attempts: number;
  /** What took more than one. */
  readonly repeated: readonly Pick<DeliveryView, 'event' | 'attempts' | 'firstAt' | 'lastAt'>[];
  /** When the first attempt was made. */
  readonly firstAt: string | null;
  readonly lastDeliveredAt: string | null;
  /** What did not arrive until the record was closed, with the reason. */
  readonly undelivered: readonly string[];
}
export interface DocumentRow {
  readonly repository: string;
  readonly path: string;
  readonly block: string | null;
  readonly at: string;
  /** `pending`: still being written when the deployment ended. */
  readonly result: 'written' | 'same' | 'newer' | 'failed' | 'pending';
  /** Revisions of the branch; null where it could not be read. */
  readonly before: string | null;
  readonly after: string | null;
  /** What was changed, or why it was not. */
  readonly difference: string;
}
export interface ChangeManagement {
  /** Authors whom the policy did not know and accepted all the same. */
  readonly unknownAuthors: readonly string[];
  /** Each declared key as it was read; null: the plan names none. */
  readonly configuration: readonly ConfigurationRow[] | null;
  /** The deployment that this one repairs, which has read the keys before its first change. */
  readonly repairOf: string | null;
  /** What became of each document, writing after writing; null: the plan names none. */
  readonly documents: readonly DocumentRow[] | null;
  readonly told: readonly NotificationRow[];
  readonly pages: readonly PageRow[];
  readonly monitoring: {
    readonly periodMs: number;
    readonly from: string | null;
    readonly to: string | null;
    readonly breaches: number;
  };
  readonly handoff: {
    readonly role: string;
    readonly withinMs: number;
    readonly by: Actor | null;
    readonly at: string | null;
    readonly inTime: boolean;
  } | null;
  readonly cause: string | null;
  /** The outcome, and whether a person or Gantry brought it about; null without an outcome. */
  readonly closeCode: string | null;
  readonly isCauseWanted: boolean;
  readonly review: Review | null;
  /** How soon an emergency that is still under way will be reviewed, in milliseconds from its end. */
  readonly reviewWithinMs: number | null;
  readonly notes: readonly {
    readonly by: Actor;
    readonly at: string;
    readonly severity: 'minor' | 'major';
    readonly statement: string;
    /** Said once the deployment was over. */
    readonly isLate: boolean;
  }[];
  readonly pauses: readonly { readonly what: 'paused' | 'resumed'; readonly by: Actor; readonly at: string }[];
  readonly journal: {
    readonly entries: number;
    readonly lastSeq: number;
    readonly lastType: string;
    /** SHA-256 of the last entry's canonical JSON (RFC 8785). */
    readonly lastDigest: string;
  };
}

export function buildChangeManagement(source: Source): ChangeManagement {
  const { plan, journal, ended, last } = source;
  return {
    unknownAuthors: plan.change.authors.filter((author) => !findPerson(plan.policy.people, author)),
    configuration: plan.configuration ? configurationRows(plan, journal) : null,
    repairOf: plan.repair?.of ?? null,
    documents: documentRows(source),
    told: notificationRows(source),
    pages: pagesIn(source.whole),
    monitoring: {
      periodMs: plan.monitoring.periodMs,
      from: lastOf(journal, 'phase-entered', ({ phase }) => phase === 'monitoring')?.at ?? null,
      to: lastOf(journal, 'confirmed')?.at ?? null,
      breaches: entriesOf(journal, 'health-breached').length,
    },
    handoff: handoff(source),
    cause: ended?.cause ? describeCause(ended.cause) : null,
    closeCode: ended && closeCode(source, ended),
    isCauseWanted:
      ended?.outcome === 'needs-intervention' ||
      (ended?.outcome === 'rolled-back' && ended.cause?.kind !== 'rehearsal' && wantedBy(journal, ended) === null),
    review: source.review,
    reviewWithinMs: ended || !isEmergency(plan) ? null : (plan.policy.emergency?.reviewWithinMs ?? null),
    notes: entriesOf(source.whole, 'note-added').map(({ by, at, severity, statement, seq }) => {
      return { by, at, severity, statement, isLate: ended !== null && seq > ended.seq };
    }),
    pauses: journal.flatMap((entry) =>
      entry.type === 'paused' || entry.type === 'resumed' ? [{ what: entry.type, by: entry.by, at: entry.at }] : [],
    ),
    journal: {
      entries: journal.length,
      lastSeq: last.seq,
      lastType: last.type,
      lastDigest: digestOfJson(last),
    },
  };
}

/** What was pending at the end has a row only as long as nothing came of it. */
function documentRows({ plan, whole }: Source): readonly DocumentRow[] | null {
  if (!plan.documents) return null;
  const last = plan.documents.flatMap(({ name, documents }) => documents.map((one) => lastWordOn(whole, name, one)));
  return whole.filter(isDocumentEntry).flatMap((entry): readonly DocumentRow[] => {
    const { repository, path, block, at } = entry;
    const place = { repository, path, block, at };
    switch (entry.type) {
      case 'document-written': {
        const { result, before, after, difference } = entry;
        return [{ ...place, result, before, after, difference }];
      }
      case 'document-failed': {
        const difference = `${entry.trouble}: ${entry.why}`;
        return [{ ...place, result: 'failed', before: null, after: null, difference }];
      }
      case 'document-pending':
        return last.includes(entry) ? [{ ...place, result: 'pending', before: null, after: null, difference: '' }] : [];
    }
  });
}

function closeCode({ journal }: Source, { outcome, cause }: Entry<'ended'>): string {
  const byPerson = (by: Actor) => `${outcome}, by a person (${by.name})`;
  const person = endedBy(journal, { cause });
  if (person) return byPerson(person);
  if (cause?.kind === 'rehearsal' && outcome === 'rolled-back') return `${outcome}, on purpose`;
  if (cause?.kind === 'cancelled') return `${outcome}, by a cancellation in Temporal`;
  if (entriesOf(journal, 'deviation').some(({ code }) => code === 'ended-from-outside'))
    return `${outcome}, ended from outside`;
  const reported = cause?.kind === 'step-failed' && lastOf(journal, 'step-completed', (e) => e.step === cause.step)?.by;
  if (reported) return byPerson(reported);
  return outcome === 'succeeded' ? outcome : `${outcome}, automatic`;
}

function handoff({ plan, journal }: Source): ChangeManagement['handoff'] {
  const wanted = plan.monitoring.handoff;
  if (!wanted) return null;
  const given = entriesOf(journal, 'acknowledged').find((e) => e.for === 'handoff' && e.role === wanted.role);
  const confirmed = lastOf(journal, 'confirmed');
  return {
    ...wanted,
    by: given?.by ?? null,
    at: given?.at ?? null,
    inTime: given !== undefined && confirmed !== null && msBetween(confirmed.at, given.at) <= wanted.withinMs,
  };
}

/** One row for each stakeholder and way, also for those that nothing was sent to. */
function notificationRows({ plan, whole }: Source): readonly NotificationRow[] {
  const sent = deliveriesIn(whole);
  const keys = new Map(sent.map((one) => [JSON.stringify([one.stakeholder, one.channel]), one]));
  const silent = plan.policy.stakeholders
    .filter(({ name }) => !sent.some(({ stakeholder }) => stakeholder === name))
    .map(({ name }) => notificationRow(name, null, []));
  const told = [...keys.values()].map(({ stakeholder, channel }) =>
    notificationRow(
      stakeholder,
      channel,
      sent.filter((one) => one.stakeholder === stakeholder && one.channel === channel),
    ),
  );
  return [...told, ...silent];
}

function notificationRow(stakeholder: string, channel: string | null, sent: readonly DeliveryView[]): NotificationRow {
  const delivered = sent.filter((one) => one.delivered);
  const places = [...new Set(sent.map(({ how }) => how))].filter((how) => how !== channel);
  return {
    stakeholder,
    channel,
    how: places.length > 0 ? places.join('; ') : channel,
    events: [...new Set(sent.map(({ event }) => event))],
    sent: sent.length,
    delivered: delivered.length,
    attempts: sent.reduce((sum, { attempts }) => sum + attempts, 0),
    repeated: sent
      .filter(({ attempts }) => attempts > 1)
      .map(({ event, attempts, firstAt, lastAt }) => ({ event, attempts, firstAt, lastAt })),
    firstAt: sent[0]?.firstAt ?? null,
    lastDeliveredAt:
      delivered
        .map(({ lastAt }) => lastAt)
        .sort()
        .at(-1) ?? null,
    undelivered: sent
      .filter((one) => !one.delivered)
      .map(({ event, summary, lastAt, attempts, isOpen }) =>
        attempts === 1 && !isOpen
          ? `${event} ${lastAt}: ${summary}`
          : `${event} ${lastAt}: ${summary} (${attempts === 1 ? '1 attempt' : `${attempts} attempts`}${isOpen ? ', still being tried' : ''})`,
      ),
  };
}

import { digestOfJson } from '../base/canonical-json.ts';
import { configurationRows } from '../configuration/configuration.ts';
import { describeCause } from '../deployment/status.ts';
import { isDocumentEntry, lastWordOn } from '../documents/entries.ts';
import { type DeliveryView, deliveriesIn } from '../journal/deliveries.ts';
import { type DocumentPlace, type Entry, entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { type Actor } from '../journal/values.ts';
import { isEmergency } from '../plan/waivers.ts';
import { findPerson } from '../policy/find-person.ts';
import { endedBy, wantedBy } from './ended-by.ts';
import { handoffOf } from './handoff.ts';
import { pagesIn } from './page-rows.ts';
import { ofStep, type Source } from './source.ts';

/** What became of a document, one time that it was written. */
export interface DocumentRow extends DocumentPlace {
  readonly at: string;
  /** `pending`: still being written when the deployment ended. */
  readonly result: 'written' | 'same' | 'newer' | 'failed' | 'pending';
  /** Revisions of the branch; null where it could not be read. */
  readonly before: string | null;
  readonly after: string | null;
  /** What was changed, or why it was not. */
  readonly difference: string;
}
/** The fourth section of a record: who was notified, and what became of configuration, documents and monitoring. */
export type ChangeManagement = ReturnType<typeof buildChangeManagement>;
export type NotificationRow = ChangeManagement['told'][number];

export function buildChangeManagement(source: Source) {
  const { plan, journal, ended, last } = source;
  return {
    /** Authors whom the policy did not know and accepted all the same. */
    unknownAuthors: plan.change.authors.filter((author) => !findPerson(plan.policy.people, author)),
    /** Each declared key as it was read; null: the plan names none. */
    configuration: plan.configuration ? configurationRows(plan, journal) : null,
    /** The deployment that this one repairs, which has read the keys before its first change. */
    repairOf: plan.repair?.of ?? null,
    /** What became of each document, each time it was written; null: the plan names none. */
    documents: documentRows(source),
    told: notificationRows(source),
    pages: pagesIn(source.whole),
    monitoring: {
      periodMs: plan.monitoring.periodMs,
      from: lastOf(journal, 'phase-entered', ({ phase }) => phase === 'monitoring')?.at ?? null,
      to: lastOf(journal, 'confirmed')?.at ?? null,
      breaches: entriesOf(journal, 'health-breached').length,
    },
    handoff: handoffOf(source),
    cause: ended?.cause ? describeCause(ended.cause) : null,
    /** The outcome, and whether a person or Gantry brought it about; null without an outcome. */
    closeCode: ended && closeCode(source, ended),
    isCauseWanted:
      ended?.outcome === 'needs-intervention' ||
      (ended?.outcome === 'rolled-back' && ended.cause?.kind !== 'rehearsal' && wantedBy(journal, ended) === null),
    review: source.review,
    /** How soon an emergency that is still under way will be reviewed, in milliseconds from its end. */
    reviewWithinMs: ended || !isEmergency(plan) ? null : (plan.policy.emergency?.reviewWithinMs ?? null),
    /** `isLate`: added once the deployment was over. */
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
      /** SHA-256 of the last entry's canonical JSON (RFC 8785). */
      lastDigest: digestOfJson(last),
    },
  };
}

/** What was pending at the end has a row only until a later entry says what became of it. */
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
  const reported = cause?.kind === 'step-failed' && lastOf(journal, 'step-completed', ofStep(cause.step))?.by;
  if (reported) return byPerson(reported);
  return outcome === 'succeeded' ? outcome : `${outcome}, automatic`;
}

/** One row for each stakeholder and channel, also for those that nothing was sent to. */
function notificationRows({ plan, whole }: Source) {
  const sent = deliveriesIn(whole);
  const keys = new Map(sent.map((one) => [JSON.stringify([one.stakeholder, one.channel]), one]));
  const silent = plan.policy.stakeholders
    .filter(({ name }) => !sent.some(({ stakeholder }) => stakeholder === name))
    .map(({ name }) => notificationRow(name, null, []));
  const notified = [...keys.values()].map(({ stakeholder, channel }) => {
    const own = sent.filter((one) => one.stakeholder === stakeholder && one.channel === channel);
    return notificationRow(stakeholder, channel, own);
  });
  return [...notified, ...silent];
}

/** `channel`: the kind of notifier; null where nothing was sent. */
function notificationRow(stakeholder: string, channel: string | null, sent: readonly DeliveryView[]) {
  const delivered = sent.filter((one) => one.delivered);
  const arrivals = delivered.map(({ lastAt }) => lastAt);
  const places = [...new Set(sent.map(({ how }) => how))].filter((how) => how !== channel);
  return {
    stakeholder,
    channel,
    /** Where it was sent, to all of them where that has changed; its kind alone where no attempt got that far. */
    how: places.length > 0 ? places.join('; ') : channel,
    events: [...new Set(sent.map(({ event }) => event))],
    sent: sent.length,
    delivered: delivered.length,
    /** Of all of them together. */
    attempts: sent.reduce((sum, { attempts }) => sum + attempts, 0),
    /** What took more than one attempt. */
    repeated: sent
      .filter(({ attempts }) => attempts > 1)
      .map(({ event, attempts, firstAt, lastAt }) => ({ event, attempts, firstAt, lastAt })),
    /** When the first attempt was made. */
    firstAt: sent[0]?.firstAt ?? null,
    lastDeliveredAt: arrivals.toSorted().at(-1) ?? null,
    /** What had not arrived when the record was closed, with the reason. */
    undelivered: sent
      .filter((one) => !one.delivered)
      .map(({ event, summary, lastAt, attempts, isOpen }) =>
        attempts === 1 && !isOpen
          ? `${event} ${lastAt}: ${summary}`
          : `${event} ${lastAt}: ${summary} (${attempts === 1 ? '1 attempt' : `${attempts} attempts`}${isOpen ? ', still being tried' : ''})`,
      ),
  };
}

import { formatDuration } from '../base/duration.ts';
import { pick } from '../base/pick.ts';
import type { Delivery, Notification, Stakeholder, Wanted } from '../kinds/notification.ts';
import type { Proof } from '../messages/messages.ts';
import type { Plan } from '../plan/plan.ts';
import type { EntryOf, JournalEntry } from './entries.ts';

// A page goes through one channel at a time: through the first one of everybody who receives pages, and through the next
// one of those who were not reached, or did not acknowledge in time.

/** A channel of a stakeholder that a page was sent through, and the result of the first attempt. */
type Way = Pick<Delivery, 'stakeholder' | 'channel' | 'how' | 'delivered'>;

/** What a page adds to the journal of its deployment, and when it happened. */
export type PageEntry = { readonly at: string } & (
  | EntryOf<'notified'>
  | EntryOf<'page-opened'>
  | EntryOf<'delivery-ended'>
  | EntryOf<'page-ended'>
);

/** Everybody with their first channel alone: the first round. */
export function firstWays(to: readonly Stakeholder[]): readonly Stakeholder[] {
  return to.map((stakeholder) => ({ ...stakeholder, channels: stakeholder.channels.slice(0, 1) }));
}

/**
 * Whom a page goes to next, each with one channel. `unreached`: those whom the channel that was tried last did not reach
 * at once; `all`: everybody. Who has no other channel is left out.
 */
export function nextWays(
  to: readonly Stakeholder[],
  told: readonly Way[],
  of: 'unreached' | 'all',
): readonly Stakeholder[] {
  return to.flatMap((stakeholder) => {
    const tried = told.filter((way) => way.stakeholder === stakeholder.name);
    const next = stakeholder.channels.find(({ kind }) => !tried.some(({ channel }) => channel === kind));
    if (!next || (of === 'unreached' && tried.at(-1)?.delivered === true)) return [];
    return [{ ...stakeholder, channels: [next] }];
  });
}

/** The roles that an environment and a plan name: people with one of them may acknowledge a page. */
export function pageRoles({ policy, monitoring, steps }: Plan): readonly string[] {
  const { operators, approvals, readiness, emergency } = policy;
  const named = [
    ...operators,
    ...approvals.rules.map(({ role }) => role),
    ...(readiness?.roles ?? []),
    ...(emergency ? [emergency.role] : []),
    ...(monitoring.handoff ? [monitoring.handoff.role] : []),
    ...steps.flatMap((step) => (step.kind === 'gate' || step.kind === 'manual' ? [step.role] : [])),
  ];
  return [...new Set(named)];
}

/** What a page asks its readers to do. */
export function wantedByPage(page: Notification, nowMs: number, withinMs: number): Wanted {
  const { who, what } = page.wanted ?? { who: 'whoever is on call', what: `look at ${page.deployment}` };
  return { who, what: `${acknowledging}${what}`, until: new Date(nowMs + withinMs).toISOString() };
}

const acknowledging = 'acknowledge this page and ';

/**
 * The page once more, for a later round or for its end (`withinMs` null: nobody can acknowledge it any more), as another
 * notification that begins with the reason.
 */
export function pageAgain(page: Notification, what: string, why: string, nowMs: number, withinMs: number | null) {
  const changed = (wanted: Wanted): Wanted =>
    withinMs === null
      ? { ...wanted, what: wanted.what.replace(acknowledging, ''), until: null }
      : { ...wanted, until: new Date(nowMs + withinMs).toISOString() };
  return {
    ...page,
    id: `${page.id}/${what}`,
    at: new Date(nowMs).toISOString(),
    lines: [why, ...page.lines],
    wanted: page.wanted && changed(page.wanted),
  };
}

/** Why a page goes on: nobody has acknowledged it in time. */
export function unansweredWords(page: Notification, told: readonly Way[], withinMs: number): string {
  return `Nobody acknowledged the page of ${clock(page.at)} to ${namesIn(told)} within ${formatDuration(withinMs)}.`;
}

export function unreachedWords(page: Notification, told: readonly Way[]): string {
  const last = new Map(told.map((way) => [way.stakeholder, way]));
  const missed = [...last.values()].filter(({ delivered }) => !delivered);
  return `The page of ${clock(page.at)} could not be delivered at once to ${namesIn(missed)}.`;
}

export function nobodyWords(page: Notification, told: readonly Way[], withinMs: number): string {
  return `${unansweredWords(page, told, withinMs)} Nobody is left who could be notified: nobody acknowledged it.`;
}

/** `12:03 UTC`. */
const clock = (at: string) => `${at.slice(11, 16)} UTC`;

function namesIn(told: readonly Way[]): string {
  const ways = told.map(({ stakeholder, how }) => `${stakeholder} (${how})`);
  return [...new Set(ways)].slice(0, 10).join(', ') || 'anybody';
}

/** The first attempts at the deliveries of an event, or of one round of a page, as the journal has them. */
export function notifiedEntries(
  { event, ...of }: Pick<EntryOf<'notified'>, 'event' | 'page' | 'round'>,
  deliveries: readonly Delivery[],
): readonly EntryOf<'notified'>[] {
  return deliveries.map((delivery) => ({
    type: 'notified',
    event,
    ...pick(delivery, 'stakeholder', 'channel', 'how', 'delivered', 'summary'),
    ...of,
    ...(delivery.again ? { delivery: delivery.id } : {}),
  }));
}

/** The entries of a page that the journal does not have yet, in order. */
export function untold(journal: readonly JournalEntry[], story: readonly PageEntry[]): readonly PageEntry[] {
  const known = new Set(journal.flatMap((entry) => keyOf(entry) ?? []));
  return story.filter((entry) => !known.has(keyOf(entry) ?? ''));
}

function keyOf(entry: JournalEntry | PageEntry): string | null {
  if (entry.type === 'delivery-ended') return `ended ${entry.delivery}`;
  if (entry.type === 'page-opened' || entry.type === 'page-ended') return `${entry.type} ${entry.page}`;
  if (entry.type !== 'notified' || entry.page === undefined) return null;
  return JSON.stringify([entry.page, entry.round, entry.stakeholder, entry.channel, entry.delivery ?? null]);
}

/** An acknowledgement of a page that does not come through its deployment: by a person, or by the link in a delivery. */
export type PageAcknowledgementClaim =
  | { readonly by: string; readonly for: 'page'; readonly proof?: Proof | undefined }
  | { readonly delivery: string; readonly page: string; readonly for: 'page'; readonly proof?: Proof | undefined };

import { formatDuration } from '../base/duration.ts';
import type { Delivery, Notification, Stakeholder, Wanted } from '../kinds/notification.ts';
import type { Proof } from '../messages/messages.ts';
import type { Plan } from '../plan/plan.ts';
import type { EntryOf, JournalEntry } from './entries.ts';
import type { DeliveryEnd } from './values.ts';

// A page goes one way at a time: to the first way of everybody who hears pages, and to the next one of whoever was not
// reached, or has not answered in time.

/** One way of one stakeholder that a page has gone, in which round, and what became of the first attempt. */
export interface NotifiedChannel {
  readonly stakeholder: string;
  readonly channel: string;
  readonly how: string;
  /** Under which its link was sent. */
  readonly delivery: string;
  readonly delivered: boolean;
}

/** What a page adds to the journal of its deployment, and when it happened. */
export type PageEntry = { readonly at: string } & (
  | EntryOf<'notified'>
  | EntryOf<'page-opened'>
  | EntryOf<'delivery-ended'>
  | EntryOf<'page-ended'>
);

/** Everybody with the first of their ways alone: the first round. */
export function firstWays(to: readonly Stakeholder[]): readonly Stakeholder[] {
  return to.map((stakeholder) => ({ ...stakeholder, channels: stakeholder.channels.slice(0, 1) }));
}

/**
 * Where a page goes next, each with one way: `unreached`: of those whom the way that was tried last did not reach at
 * once; `all`: of everybody who has another way. Nobody: there is none left.
 */
export function nextWays(
  to: readonly Stakeholder[],
  told: readonly NotifiedChannel[],
  of: 'unreached' | 'all',
): readonly Stakeholder[] {
  return to.flatMap((stakeholder) => {
    const tried = told.filter((way) => way.stakeholder === stakeholder.name);
    const next = stakeholder.channels.find(({ kind }) => !tried.some(({ channel }) => channel === kind));
    if (!next || (of === 'unreached' && tried.at(-1)?.delivered === true)) return [];
    return [{ ...stakeholder, channels: [next] }];
  });
}

export function waysOf(deliveries: readonly Delivery[]): readonly NotifiedChannel[] {
  return deliveries.map(({ id, stakeholder, channel, how, delivered }) => ({
    delivery: id,
    stakeholder,
    channel,
    how,
    delivered,
  }));
}

/** The roles that an environment and a plan name: whoever holds one of them may acknowledge a page. */
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

/** What a page wants of whoever reads it. */
export function wantedByPage(page: Notification, nowMs: number, withinMs: number): Wanted {
  const { who, what } = page.wanted ?? { who: 'whoever is on call', what: `look at ${page.deployment}` };
  return { who, what: `${acknowledging}${what}`, until: new Date(nowMs + withinMs).toISOString() };
}

const acknowledging = 'acknowledge this page and ';

/**
 * The page once more, for a later round or its end (nobody can acknowledge it any more): another notification, which says
 * first why it comes.
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

/** Why a page goes on: how often nobody has answered, of which page, and to whom that had gone. */
export function unansweredWords(page: Notification, told: readonly NotifiedChannel[], withinMs: number): string {
  return `Nobody acknowledged the page of ${clock(page.at)} to ${namesIn(told)} within ${formatDuration(withinMs)}.`;
}

export function unreachedWords(page: Notification, told: readonly NotifiedChannel[]): string {
  const last = new Map(told.map((way) => [way.stakeholder, way]));
  const missed = [...last.values()].filter(({ delivered }) => !delivered);
  return `The page of ${clock(page.at)} could not be delivered at once to ${namesIn(missed)}.`;
}

export function nobodyWords(page: Notification, told: readonly NotifiedChannel[], withinMs: number): string {
  return `${unansweredWords(page, told, withinMs)} Nobody is left who could be notified: nobody acknowledged it.`;
}

/** `12:03 UTC`. */
const clock = (at: string) => `${at.slice(11, 16)} UTC`;

function namesIn(told: readonly NotifiedChannel[]): string {
  const ways = told.map(({ stakeholder, how }) => `${stakeholder} (${how})`);
  return [...new Set(ways)].slice(0, 10).join(', ') || 'anybody';
}

/** What a round tells the journal. */
export function roundEntries(
  page: string,
  round: number,
  at: string,
  deliveries: readonly Delivery[],
): readonly PageEntry[] {
  return deliveries.map(({ id, stakeholder, channel, how, delivered, summary, again }) => ({
    at,
    type: 'notified',
    event: 'page',
    stakeholder,
    channel,
    how,
    delivered,
    summary,
    page,
    round,
    ...(again ? { delivery: id } : {}),
  }));
}

export function endedEntry(page: string, end: DeliveryEnd): PageEntry {
  return { at: end.lastAt, type: 'delivery-ended', ...end, page };
}

/** What of a page's story the journal does not have yet, in order. */
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

/** How somebody past the deployment says that they have seen a page: who they are, or by the link of which delivery. */
export type PageAcknowledgementClaim =
  | { readonly by: string; readonly for: 'page'; readonly proof?: Proof | undefined }
  | { readonly delivery: string; readonly page: string; readonly for: 'page'; readonly proof?: Proof | undefined };

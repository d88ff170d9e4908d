import { messageOf } from '../../domain/base/errors.ts';
import { acknowledgeLink, allMissed, deliveryId, linksOf } from '../../domain/deployment/notification-words.ts';
import type { Channel, Delivery, Notification, NotifyInput, Stakeholder } from '../../domain/kinds/notification.ts';
import type { Attempt, Notifier, NotifierCatalog } from '../../domain/kinds/notifier.ts';
import { ownChannel } from '../../domain/policy/own-channel.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { pageToken } from '../../domain/trust/page-link.ts';
import { withinLimit } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';

/** One attempt may take this long, in milliseconds: a deployment waits for it. */
export const attemptLimitMs = 3_000;

/** A notifier ends by itself at the limit, and says why; one that does not is left behind a little later. */
const graceMs = 250;
const maxSummaryLength = 300;

export interface DeliveryParts extends Pick<ActivityDeps, 'newSecrets' | 'publicUrl' | 'now'> {
  readonly notifiers: NotifierCatalog;
  readonly policy: { read(): Promise<{ readonly policy: Policy }> };
  /** Links to pages are made with it; null or absent: there are none. */
  readonly pageKey?: Uint8Array | null;
}

/**
 * Makes one attempt at each way to each stakeholder, all at once, and answers what became of each, in their order. Never
 * throws, and takes no longer than an attempt may.
 */
export function createDelivery(
  parts: DeliveryParts,
): (input: NotifyInput, signal?: AbortSignal) => Promise<readonly Delivery[]> {
  return async (input, signal = new AbortController().signal) => {
    const { notification, to } = input;
    try {
      const { policy } = await parts.policy.read();
      const ways = to.flatMap((stakeholder) => stakeholder.channels.map((channel) => ({ stakeholder, channel })));
      return await Promise.all(
        ways.map(({ stakeholder, channel }) => deliver(parts, policy, notification, stakeholder, channel, signal)),
      );
    } catch (error) {
      return allMissed(input, messageOf(error));
    }
  };
}

async function deliver(
  parts: DeliveryParts,
  policy: Policy,
  notification: Notification,
  stakeholder: Stakeholder,
  written: Channel,
  signal: AbortSignal,
): Promise<Delivery> {
  const { kind } = written;
  const id = deliveryId(notification.id, stakeholder.name, written);
  const became = (how: string, { result, summary, retryAfterMs }: Attempt): Delivery => ({
    id,
    stakeholder: stakeholder.name,
    channel: kind,
    how,
    delivered: result === 'delivered',
    summary: summary.slice(0, maxSummaryLength).toWellFormed(),
    again: result === 'again' ? { afterMs: retryAfterMs ?? null } : null,
  });
  const refused = (summary: string) => became(kind, { result: 'refused', summary });
  const channel = ownChannel(policy, notification.environment, stakeholder, written);
  if (!channel) return refused('the policy names no such way to them any more');
  const notifier = parts.notifiers.get(kind);
  if (!notifier) return refused(`this build knows no ${kind}`);
  const { data: spec, error } = notifier.schema.safeParse(channel.spec);
  if (error) return refused('the policy holds no address that this build takes');
  const secrets = parts.newSecrets();
  const links = [...pageLinks(parts, notification, id), ...linksOf(parts.publicUrl(), notification)];
  const notice = { ...notification, deliveryId: id, stakeholder: stakeholder.name, links };
  const settings = settingsOf(notifier, policy);
  if (settings === null)
    return became(notifier.how(spec), { result: 'again', summary: `the policy has no notifiers.${kind}` });
  const attempt = await withinLimit(
    attemptLimitMs + graceMs,
    (held) =>
      notifier.deliver(notice, spec, { secrets, signal: held, timeoutMs: attemptLimitMs, settings, now: parts.now() }),
    [signal],
  ).catch(
    (thrown: unknown): Attempt => ({
      result: 'again',
      summary: messageOf(thrown),
    }),
  );
  return became(notifier.how(spec), { ...attempt, summary: secrets.mask(attempt.summary) });
}

/** The link by which the recipient of a page acknowledges it, where browsers can follow it. */
function pageLinks({ pageKey, publicUrl }: DeliveryParts, { deployment, page }: Notification, delivery: string) {
  const address = publicUrl();
  if (!pageKey || address === null || page === undefined) return [];
  return [acknowledgeLink(address, pageToken(pageKey, { deployment, page, delivery }))];
}

/** The policy's settings for a kind as they are now; null where it has none that the kind can use. */
function settingsOf({ kind, settings }: Notifier, { notifiers }: Policy) {
  if (!settings) return undefined as never;
  return settings.safeParse(notifiers[kind]).data ?? null;
}

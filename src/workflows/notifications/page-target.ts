import { uuid4 } from '@temporalio/workflow';
import { allMissed, pageAbout } from '../../domain/deployment/notification-words.ts';
import { firstWays, wantedByPage } from '../../domain/journal/paging.ts';
import { notifyResultIn } from '../../domain/ports/notification.ts';
import { stakeholdersIn } from '../../domain/ports/received.ts';
import type { Target } from '../../domain/target/state.ts';
import { activities } from '../engine/activities.ts';
import { rootMessage } from '../engine/failures.ts';
import { deliverLater } from './delivery.ts';
import { startPage } from './page.ts';

/** A target keeps whom its newest plan names, not how long they have to acknowledge: this is the default of a policy. */
const acknowledgeWithinMs = 5 * 60_000;

/**
 * Pages whom the newest plan of a target names, by the first of their ways; what nobody acknowledges goes on by itself,
 * and what may arrive another time is tried again. Whether it reaches them changes nothing here.
 */
export async function pageOf(
  { stakeholders }: Pick<Target, 'stakeholders'>,
  deployment: string,
  text: string,
): Promise<void> {
  const to = (stakeholdersIn(stakeholders) ?? []).filter(({ on }) => on.includes('page'));
  if (to.length === 0) return;
  const occurrence = uuid4();
  const at = new Date().toISOString();
  const said = pageAbout(deployment, { subject: `Page: ${deployment}`, text, occurrence, at });
  const wanted = wantedByPage(said, Date.now(), acknowledgeWithinMs);
  const notification = { ...said, wanted, page: `target-${occurrence.slice(0, 8)}` };
  const page = { notification, to: firstWays(to) };
  const told = await activities.notify(page).catch((error: Error) => allMissed(page, rootMessage(error)));
  const { deliveries } = notifyResultIn(told);
  await deliverLater(
    page,
    deliveries.filter(({ again }) => again !== null),
  );
  // The policy decides who may acknowledge it.
  await startPage({ notification, to, first: { at, deliveries }, acknowledgeWithinMs, roles: [] });
}

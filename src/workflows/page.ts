import { uuid4 } from '@temporalio/workflow';
import { allMissed, pageAbout } from '../domain/notification.ts';
import type { Target } from '../domain/target.ts';
import { bookkeeping } from './activity-options.ts';
import { deliverLater } from './delivery.ts';
import { rootMessage } from './stopped.ts';

/** Pages whom the newest plan of a target names; what may arrive another time is tried again. Whether they hear of it changes nothing here. */
export async function pageOf(
  { stakeholders }: Pick<Target, 'stakeholders'>,
  deployment: string,
  text: string,
): Promise<void> {
  const to = stakeholders.filter(({ on }) => on.includes('page'));
  if (to.length === 0) return;
  const said = { subject: `Page: ${deployment}`, text, occurrence: uuid4(), at: new Date().toISOString() };
  const page = { notification: pageAbout(deployment, said), to };
  const deliveries = await bookkeeping.notify(page).catch((error: Error) => allMissed(page, rootMessage(error)));
  await deliverLater(
    page,
    deliveries.filter(({ again }) => again !== null),
  );
}

import { uuid4 } from '@temporalio/workflow';
import { pageAbout } from '../domain/notification.ts';
import type { Target } from '../domain/target.ts';
import { bookkeeping } from './activity-options.ts';

/** Pages whom the newest plan of a target names. Whether they hear of it changes nothing here. */
export async function pageOf({ stakeholders }: Target, deployment: string, text: string): Promise<void> {
  const to = stakeholders.filter(({ on }) => on.includes('page'));
  if (to.length === 0) return;
  const said = { subject: `Page: ${deployment}`, text, occurrence: uuid4(), at: new Date().toISOString() };
  await bookkeeping.notify({ notification: pageAbout(deployment, said), to }).catch(() => undefined);
}

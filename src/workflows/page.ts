import type { Target } from '../domain/target.ts';
import { bookkeeping } from './activity-options.ts';

/** Pages whom the newest plan of a target names. Whether they hear of it changes nothing here. */
export async function pageOf({ stakeholders }: Target, deployment: string, text: string): Promise<void> {
  const paged = stakeholders.filter(({ on }) => on.includes('page'));
  if (paged.length === 0) return;
  await bookkeeping
    .notify({ deployment, event: 'page', stakeholders: paged, subject: `Page: ${deployment}`, text })
    .catch(() => undefined);
}

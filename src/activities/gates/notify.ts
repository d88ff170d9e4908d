import { allMissed } from '../../domain/deployment/notification.ts';
import type { Delivery, NotifyInput } from '../../domain/kinds/notification.ts';
import type { ActivityDeps } from '../deps.ts';

/** A notifier that throws has reached nobody; whether that matters, the gate says. */
export async function notifyOnce({ notify }: ActivityDeps, asked: NotifyInput | null): Promise<readonly Delivery[]> {
  if (!asked) return [];
  return notify(asked).catch((error: unknown) =>
    allMissed(asked, error instanceof Error ? error.message : String(error)),
  );
}

import { GantryError } from '../../domain/base/errors.ts';
import { recoveryFault } from '../../domain/target/recovery.ts';
import type { Store } from '../../store/index.ts';

/** Throws `in-recovery` while the store was restored and the recovery has not been ended: then nothing begins. */
export async function requireNoRecovery(store: Pick<Store, 'recovery'>): Promise<void> {
  const recovery = await store.recovery();
  if (recovery) throw new GantryError('in-recovery', recoveryFault(recovery));
}

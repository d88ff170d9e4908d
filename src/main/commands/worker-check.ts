import { hostname } from 'node:os';
import type { Config } from '../../config/config.ts';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { taskQueues } from '../../domain/base/task-queues.ts';
import { pollersOf } from '../../temporal/pollers.ts';
import { openMigratedStore } from '../open-parts.ts';
import { withTemporal } from './with-temporal.ts';

/**
 * `gantry worker --check`: asks Temporal whether a worker of this machine polls every task queue. Throws `not-ready`
 * with those that it does not poll, `engine-unavailable` when Temporal does not answer, `schema-too-new` where the store
 * that `GANTRY_STORE` names has left this build behind.
 */
export async function checkWorker(config: Config): Promise<void> {
  await checkSchema(config);
  await withTemporal(config, async ({ connection }) => {
    const isPolled = async (name: string) => {
      const pollers = await pollersOf(connection, config.temporal.namespace, name);
      return pollers.some(({ identity }) => identity.startsWith(`${hostname()}/`));
    };
    const names = Object.values(taskQueues);
    const answers = await connection.withDeadline(Date.now() + 5_000, () => Promise.all(names.map(isPolled)));
    const idle = names.filter((_, i) => !answers[i]);
    if (idle.length > 0) throw new GantryError('not-ready', `No worker of ${hostname()} polls ${idle.join(', ')}.`);
  });
}

/** A store that gives no answer is no fault of the worker, which waits for it, too. */
async function checkSchema({ store: address }: Config): Promise<void> {
  // An embedded store is open in the worker alone.
  if (address?.kind !== 'postgres') return;
  try {
    await (await openMigratedStore(address)).close();
  } catch (error) {
    if (hasCode(error, 'schema-too-new')) throw error;
  }
}

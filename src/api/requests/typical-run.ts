import type { TargetName } from '../../domain/base/ids.ts';
import { entriesOf } from '../../domain/journal/entries.ts';
import type { Store } from '../../store/index.ts';

/** At most so many successful deployments of a target are searched for so many runs of the same procedure. */
const lookBack = 100;
const runsCounted = 20;

/** With fewer runs nothing is typical. */
const fewestRuns = 3;

/**
 * What a procedure typically took on a target: the median, in milliseconds, of the last 20 successful runs, each from
 * the lock's grant to the confirmation. Null where fewer than three are known.
 */
export async function typicalRunMs(
  store: Pick<Store, 'deployments' | 'plan' | 'journal'>,
  { service, environment, procedure }: TargetName & { readonly procedure: string },
): Promise<number | null> {
  const { items } = await store.deployments({ service, environment, outcome: 'succeeded', limit: lookBack });
  const times: number[] = [];
  for (const { id, planDigest } of items) {
    if (times.length === runsCounted) break;
    const plan = await store.plan(planDigest);
    if (plan?.repair !== null || plan.procedure.name !== procedure) continue;
    const took = await runMs(store, id);
    if (took !== null) times.push(took);
  }
  return times.length < fewestRuns ? null : medianOf(times);
}

/** From the last grant to the confirmation; null where the store does not have both. */
async function runMs(store: Pick<Store, 'journal'>, deployment: string): Promise<number | null> {
  let granted: string | undefined;
  for (let after = 0; ; ) {
    const entries = await store.journal(deployment, after, 500);
    granted = entriesOf(entries, 'lock-granted').at(-1)?.at ?? granted;
    const confirmed = entriesOf(entries, 'confirmed')[0]?.at;
    if (confirmed !== undefined) return granted === undefined ? null : Date.parse(confirmed) - Date.parse(granted);
    const last = entries.at(-1);
    if (!last) return null;
    after = last.seq;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Math.round(((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2);
}

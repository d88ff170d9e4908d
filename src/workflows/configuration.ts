import { configurationFaults, type KeyReading, type ReadingMoment } from '../domain/configuration/configuration.ts';
import { entriesOf } from '../domain/journal.ts';
import type { ReadConfigurationResult } from '../domain/ports/configuration.ts';
import { partName, partSealOf } from '../domain/trust/seal.ts';
import { reading } from './activity-options.ts';
import type { DeploymentRun } from './run.ts';
import { rootMessage } from './stopped.ts';

/** So many keys stand in one entry of the journal, which has a limit. */
const keysInOne = 8;

/**
 * Reads the declared keys and journals them, with what deviates. Trouble is said of each key and rolls nothing back. What was
 * not read before the first change is not read at the end either: there is nothing to hold it against.
 */
export async function readConfiguration(run: DeploymentRun, moment: ReadingMoment): Promise<void> {
  const { configuration, repair } = run.plan;
  if (!configuration || repair) return;
  if (moment !== 'before' && entriesOf(run.journal, 'configuration-read').length === 0) return;
  const { lease, workplace, bindings } = run;
  const { sources } = configuration;
  const seal = partSealOf(run.seals, partName.configuration);
  const result: ReadConfigurationResult | { readonly kind: 'lost'; readonly detail: string } = await reading
    .readConfiguration({ lease, workplace, bindings, seal, sources })
    .catch((error: unknown) => ({ kind: 'lost', detail: rootMessage(error as Error) }));
  run.throwIfStopped();
  const read =
    result.kind === 'read'
      ? result.sources
      : sources.map(({ id, keys }) => ({
          source: id,
          readings: keys.map(
            ({ key }): KeyReading => ({ key, state: 'unreadable', shown: result.detail.slice(0, 80), digest: null }),
          ),
        }));
  for (const { source, readings } of read)
    for (let i = 0; i < readings.length; i += keysInOne)
      run.append({ type: 'configuration-read', moment, source, readings: readings.slice(i, i + keysInOne) });
  for (const { code, severity, what } of configurationFaults(run.plan, run.journal, moment))
    run.deviation(code, severity, what);
}

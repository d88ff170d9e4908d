import { readingsInOne } from '../../domain/configuration/configuration.ts';
import { configurationFaults } from '../../domain/configuration/faults.ts';
import { entriesOf } from '../../domain/journal/entries.ts';
import { type KeyReading, type ReadingMoment } from '../../domain/plan/configuration.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { ReadConfigurationResult, SourceReadings } from '../../domain/ports/configuration.ts';
import { activities } from '../engine/activities.ts';
import { rootMessage } from '../engine/failures.ts';
import type { DeploymentRun } from './run.ts';

/**
 * Reads the declared keys and journals them, with what deviates. Trouble is journaled for each key and rolls nothing back. What was
 * not read before the first change is not read at the end either: there is nothing to hold it against. A repair holds it
 * against what the deployment had read that it repairs.
 */
export async function readConfiguration(run: DeploymentRun, moment: ReadingMoment): Promise<void> {
  const { configuration, repair } = run.plan;
  if (!configuration) return;
  const hasBegun = repair ? run.state.bindings !== null : entriesOf(run.journal, 'configuration-read').length > 0;
  if (moment !== 'before' && !hasBegun) return;
  const { sources } = configuration;
  const result: ReadConfigurationResult | { readonly kind: 'lost'; readonly detail: string } = await activities
    .readConfiguration({ ...run.sealed(partName.configuration), sources, repairOf: repair?.of ?? null })
    .catch((error: unknown) => ({ kind: 'lost', detail: rootMessage(error) }));
  run.throwIfStopped();
  const read =
    result.kind === 'read'
      ? result.sources
      : sources.map(({ id, keys }) => ({
          source: id,
          readings: keys.map(({ key }): KeyReading => {
            const shown = result.detail.slice(0, 80);
            return { key, state: 'unreadable', shown, digest: null, keyId: null };
          }),
        }));
  if (result.kind === 'read') journal(run, 'before', result.before);
  journal(run, moment, read);
  for (const { code, severity, what } of configurationFaults(run.plan, run.journal, moment))
    run.deviation(code, severity, what);
}

function journal(run: DeploymentRun, moment: ReadingMoment, sources: readonly SourceReadings[]): void {
  for (const { source, readings } of sources)
    for (let i = 0; i < readings.length; i += readingsInOne)
      run.append({ type: 'configuration-read', moment, source, readings: readings.slice(i, i + readingsInOne) });
}

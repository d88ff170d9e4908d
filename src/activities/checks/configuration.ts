import { entriesOf } from '../../domain/journal/entries.ts';
import { bindingsLookup } from '../../domain/plan/bindings.ts';
import { fillAll } from '../../domain/plan/references.ts';
import { partName } from '../../domain/plan/seals.ts';
import type {
  ReadConfigurationInput,
  ReadConfigurationResult,
  SourceReadings,
} from '../../domain/ports/configuration.ts';
import { holdSignal } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';
import { contextsOf } from '../effects/contexts.ts';
import { unfitChecks } from '../effects/guard.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { unsealed } from '../trust/seals.ts';

/** One source may take this long, in milliseconds; what is later cannot be read. */
const limitMs = 5_000;

/** Ends what has not ended by then; a source reports by itself before that it was too late. */
const lastMs = limitMs + 1_000;

/** Reads every declared key, source by source, side by side. Nothing is retried: what cannot be read is reported as that. */
export function readConfiguration(deps: ActivityDeps, input: ReadConfigurationInput): Promise<ReadConfigurationResult> {
  return whileBeating(async (signal) => {
    const { sources, seal, bindings, repairOf } = input;
    const forged = await unsealed(deps, input, seal, partName.configuration, sources);
    const refused = forged ?? (await unfitChecks(deps, sources, input));
    if (refused) return refused;
    const contextFor = contextsOf(deps, input);
    const lookup = bindingsLookup(bindings);
    const read = await Promise.all(
      sources.map(async (source) => {
        const limit = holdSignal([signal], lastMs);
        try {
          const bound = { ...source, spec: fillAll(source.spec, lookup) };
          const readings = await deps.readSource(bound, contextFor(source.id, limit.signal, limitMs));
          return { source: source.id, readings };
        } finally {
          limit.release();
        }
      }),
    );
    throwIfShutDown(signal);
    return { kind: 'read', sources: read, before: repairOf === null ? [] : await readBefore(deps, repairOf) };
  });
}

/** Where its journal cannot be read there is nothing to compare with, which the record states. */
async function readBefore(deps: ActivityDeps, deployment: string): Promise<readonly SourceReadings[]> {
  const known = await knownDeployment(deps, deployment).catch(() => null);
  const read = entriesOf(known?.journal ?? [], 'configuration-read');
  return read.filter(({ moment }) => moment === 'before').map(({ source, readings }) => ({ source, readings }));
}

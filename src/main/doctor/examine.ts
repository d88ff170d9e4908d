import type { Config } from '../../config/config.ts';
import type { LoadedPolicy } from '../../domain/planning/source-ports.ts';
import type { KnownProcess } from '../../store/index.ts';
import { connect, type TemporalConnection } from '../../temporal/connection.ts';
import { measurePace } from '../../temporal/pace.ts';
import { endpointOf } from '../open-parts.ts';
import { devFindings } from './dev.ts';
import { exposureFindings } from './exposure.ts';
import { type Finding, found } from './finding.ts';
import { keyFindings } from './keys.ts';
import { notifierFindings } from './notifiers.ts';
import { judgePace } from './pace.ts';
import { policyFindings } from './policy.ts';
import { procedureFindings } from './procedures.ts';
import { secretFindings } from './secrets.ts';
import { storeFindings } from './store.ts';
import { temporalFindings, unreachableFinding } from './temporal.ts';
import { type KnownBeside, workerFindings } from './workers.ts';

export interface ExamineOptions {
  /** Sends stakeholders a test message. */
  readonly notify: boolean;
  /** Takes what a stakeholder who logs is told. */
  readonly log: (line: string) => void;
}

/** Looks at an installation as this configuration reaches it, and tells each finding as soon as it is known. Never throws. */
export async function* examine(config: Config, options: ExamineOptions): AsyncGenerator<Finding> {
  yield* await found('dev', () => devFindings('.gantry'));
  yield* await found('exposure', () => exposureFindings(config));
  yield* await found('secrets', () => secretFindings(config));
  let policy: LoadedPolicy | null = null;
  yield* await found('policy', async () => {
    const { findings, loaded } = await policyFindings(config);
    policy = loaded;
    return findings;
  });
  const loaded = policy as LoadedPolicy | null;
  const known = loaded?.policy ?? null;
  yield* await found('procedures', () => procedureFindings(config, known ? config.policy : null, Date.now()));
  yield* await found('message-key', () => keyFindings(config, known));
  if (known) yield* await found('notifiers', () => notifierFindings(config, known, options.notify, options.log));
  let said: readonly KnownProcess[] | null = null;
  yield* await found('store', async () => {
    const { findings, processes } = await storeFindings(config);
    said = processes;
    return findings;
  });
  yield* examineTemporal(config, { said, own: loaded?.digest ?? null });
}

async function* examineTemporal(config: Config, beside: KnownBeside): AsyncGenerator<Finding> {
  let temporal: TemporalConnection | null = null;
  yield* await found('temporal', async () => {
    const endpoint = await endpointOf(config);
    try {
      temporal = await connect(endpoint);
    } catch (error) {
      return [unreachableFinding(error, endpoint)];
    }
    return temporalFindings(temporal.connection, endpoint);
  });
  const reached = temporal as TemporalConnection | null;
  if (!reached) return;
  const { namespace } = config.temporal;
  try {
    let clockOffsetMs = 0;
    yield* await found('timers', async () => {
      const pace = await measurePace(reached.connection, namespace);
      clockOffsetMs = pace.clockOffsetMs;
      return judgePace(pace);
    });
    // Who polls is told by Temporal's clock, from which this machine's may be far off.
    const now = Date.now() + clockOffsetMs;
    yield* await found('workers', () => workerFindings(reached.connection, namespace, beside, now));
  } finally {
    await reached.close();
  }
}

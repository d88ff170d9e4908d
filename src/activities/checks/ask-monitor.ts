import { type Carry, pauseFor } from '../../adapters/index.ts';
import { isSettled } from '../../domain/health/sample-in-flight.ts';
import type { WatchedHealth, WatchReport } from '../../domain/health/watched.ts';
import type { LatestSample } from '../../domain/kinds/adapter.ts';
import type { Asking } from '../../domain/ports/temporal.ts';
import type { ActivityDeps } from '../deps.ts';

const askEveryMs = 100;

/** A monitor without a heartbeat for so long (its worker was lost, or none has taken it), in milliseconds, is not there. */
const silenceMs = 12_000;

/** The latest sample of each check, once all have one that is good or plainly have none; null: there is no monitor. */
export function firstSamples(
  deps: Pick<ActivityDeps, 'monitors'>,
  run: Asking | undefined,
  checks: readonly WatchedHealth[],
  signal: AbortSignal,
): Promise<WatchReport | null> {
  return samples(deps, run, checks, signal, { hasChanged: () => true });
}

/**
 * The same at the end of something: what was under way by then is waited for within its limit. `ask` reaches the monitor
 * where it can; one that it does not reach answers with its next heartbeat.
 */
export function settledSamples(
  deps: Pick<ActivityDeps, 'monitors'>,
  run: Asking | undefined,
  checks: readonly WatchedHealth[],
  signal: AbortSignal,
  ask: (workflowId: string) => void = () => {},
): Promise<WatchReport | null> {
  // What is known already may be older than the question.
  let before: string | null = null;
  const hasChanged = ({ at }: Carry) => {
    before ??= at;
    return at !== before;
  };
  return samples(deps, run, checks, signal, { hasChanged, ask });
}

interface Waiting {
  readonly hasChanged: (carry: Carry) => boolean;
  readonly ask?: (workflowId: string) => void;
}

async function samples(
  { monitors }: Pick<ActivityDeps, 'monitors'>,
  run: Asking | undefined,
  checks: readonly WatchedHealth[],
  signal: AbortSignal,
  { hasChanged, ask }: Waiting,
): Promise<WatchReport | null> {
  if (!run || checks.length === 0) return {};
  let since: { readonly at: string; readonly ticks: number } | null = null;
  let last = { at: '', ticks: performance.now() };
  for (;;) {
    const beat = (await monitors.lastHeard(run).catch(() => null)) as Carry | null;
    const ticks = performance.now();
    if (beat && beat.at !== last.at) last = { at: beat.at, ticks };
    if (beat && hasChanged(beat)) since ??= { at: beat.at, ticks };
    if (beat && since && areSettled(beat, checks, since.at, ticks - since.ticks)) return reportOf(beat, checks);
    if (ticks - last.ticks > silenceMs || signal.aborted) return null;
    ask?.(run.workflowId);
    await pauseFor(askEveryMs, signal);
  }
}

function areSettled(carry: Carry, checks: readonly WatchedHealth[], at: string, forMs: number): boolean {
  return checks.every(({ id, sampling: { timeoutMs } }) => {
    const known = carry.checks[id] ?? { latest: null, underWaySince: null, breach: null };
    return known.breach !== null || isSettled(known, { at, forMs, timeoutMs, isNewWanted: false });
  });
}

function reportOf({ checks: known }: Carry, checks: readonly WatchedHealth[]): WatchReport {
  const latest = (id: string): LatestSample | null => known[id]?.latest ?? null;
  return Object.fromEntries(checks.map(({ id }) => [id, latest(id)]));
}

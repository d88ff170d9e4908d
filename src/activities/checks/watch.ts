import { type Carry, pauseFor } from '../../adapters/index.ts';
import { isSettled } from '../../domain/health/settling.ts';
import type { WatchReport } from '../../domain/health/watched.ts';
import type { LatestSample } from '../../domain/kinds/latest-sample.ts';
import type { ActivityDeps } from '../deps.ts';

/** A health check whose monitor is asked for it. */
interface Asked {
  readonly id: string;
  readonly sampling: { readonly timeoutMs: number };
}

/** The deployment that the monitor belongs to: the one that asks. */
type Run = Parameters<ActivityDeps['monitors']['lastHeard']>[0];

const askEveryMs = 100;

/** A monitor that has not been heard of for so long (its worker was lost, or none has taken it), in milliseconds, is not there. */
const silenceMs = 12_000;

/** The latest sample of each check, once all have one that is good or plainly have none; null: nobody watches. */
export function firstSamples(
  deps: Pick<ActivityDeps, 'monitors'>,
  run: Run | undefined,
  checks: readonly Asked[],
  signal: AbortSignal,
): Promise<WatchReport | null> {
  return heard(deps, run, checks, signal, { hasChanged: () => true });
}

/**
 * The same at the end of something: what was under way by then is waited for within its limit. `ask` reaches the monitor
 * where it can; one that it does not reach is heard of with its next heartbeat.
 */
export function settledSamples(
  deps: Pick<ActivityDeps, 'monitors'>,
  run: Run | undefined,
  checks: readonly Asked[],
  signal: AbortSignal,
  ask: (workflowId: string) => void = () => {},
): Promise<WatchReport | null> {
  // What is known already may be older than the question.
  let before: string | null = null;
  const hasChanged = ({ at }: Carry) => {
    before ??= at;
    return at !== before;
  };
  return heard(deps, run, checks, signal, { hasChanged, ask });
}

interface Hearing {
  readonly hasChanged: (carry: Carry) => boolean;
  readonly ask?: (workflowId: string) => void;
}

async function heard(
  { monitors }: Pick<ActivityDeps, 'monitors'>,
  run: Run | undefined,
  checks: readonly Asked[],
  signal: AbortSignal,
  { hasChanged, ask }: Hearing,
): Promise<WatchReport | null> {
  if (!run || checks.length === 0) return {};
  let since: { readonly at: string; readonly ticks: number } | null = null;
  let last = { at: '', ticks: performance.now() };
  for (;;) {
    const said = (await monitors.lastHeard(run).catch(() => null)) as Carry | null;
    const ticks = performance.now();
    if (said && said.at !== last.at) last = { at: said.at, ticks };
    if (said && hasChanged(said)) since ??= { at: said.at, ticks };
    if (said && since && areSettled(said, checks, since.at, ticks - since.ticks)) return reportOf(said, checks);
    if (ticks - last.ticks > silenceMs || signal.aborted) return null;
    ask?.(run.workflowId);
    await pauseFor(askEveryMs, signal);
  }
}

function areSettled(said: Carry, checks: readonly Asked[], at: string, forMs: number): boolean {
  return checks.every(({ id, sampling: { timeoutMs } }) => {
    const known = said.checks[id] ?? { latest: null, underWaySince: null, breach: null };
    return known.breach !== null || isSettled(known, { at, forMs, timeoutMs, isNewWanted: false });
  });
}

function reportOf({ checks: known }: Carry, checks: readonly Asked[]): WatchReport {
  const latest = (id: string): LatestSample | null => known[id]?.latest ?? null;
  return Object.fromEntries(checks.map(({ id }) => [id, latest(id)]));
}

import { type HealthSoFar, healthLines } from '../render/health.ts';
import { headOf, renderIfAborted, type Status, short, waitLines } from '../render/status.ts';
import { plain, type Terminal } from '../terminal.ts';
import type { Entry } from './follow.ts';
import type { Typical } from './typical.ts';

export interface LiveView {
  readonly status: Status;
  readonly entries: readonly Entry[];
  readonly typical: Typical;
  /** What the health monitor has counted; null or absent: that is not known. */
  readonly health?: HealthSoFar | null;
}

/**
 * A deployment for a terminal, line by line: each phase with its time beside the typical one, what it waits for, the steps
 * of the phase that acts, the health checks, and what an abort would undo. `now`: milliseconds since the epoch.
 */
export function liveLines(
  { status, entries, typical, health = null }: LiveView,
  paint: Terminal['paint'],
  now: number,
): readonly string[] {
  const breach: object | undefined = entries.findLast(({ type }) => type === 'health-breached');
  return [
    headOf(status, paint),
    ...phaseLines(status, entries, typical, paint, now),
    ...status.waitingFor.flatMap((wait) => waitLines(status, wait, paint, now)).map((line) => `  ${line}`),
    ...healthLines(status, health, paint, breach).map((line) => `  ${line}`),
    ...(status.outcome === null ? renderIfAborted(status) : []),
  ];
}

function phaseLines(
  status: Status,
  entries: readonly Entry[],
  typical: Typical,
  paint: Terminal['paint'],
  now: number,
): readonly string[] {
  const entered = entries.filter(({ type }) => type === 'phase-entered' || type === 'ended');
  return entered.flatMap((entry, i) => {
    const { phase } = entry as { readonly phase?: unknown };
    if (typeof phase !== 'string' || phase === 'ended') return [];
    const next = entered[i + 1];
    const tookMs = (next ? Date.parse(next.at) : now) - Date.parse(entry.at);
    const usual = typical[phase];
    const beside = usual === undefined ? '' : paint.dim(`  (typically ${short(usual)})`);
    const mark = next ? paint.green('✓') : paint.cyan('▸');
    const step = next || phase !== 'executing' ? '' : currentStep(status);
    return [`${mark} ${phase.padEnd(18)}${short(tookMs)}${plain(step)}${beside}`];
  });
}

function currentStep({ steps }: Status): string {
  const at = steps.findIndex(({ state }) => state === 'running' || state === 'verifying');
  const step = steps[at];
  return step ? `  step ${at + 1} of ${steps.length}: ${step.id}, ${step.state}` : '';
}

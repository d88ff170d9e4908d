import type { Refused, RunIdentity } from '../../domain/ports/run-identity.ts';

/** A run that was reset in Temporal may not act: its history no longer says all that it has done. */
export function resetOf({ runId, firstRunId, continuedFrom, deployment }: RunIdentity): Refused | null {
  if (runId === firstRunId || continuedFrom !== null) return null;
  return {
    kind: 'refused',
    code: 'run-was-reset',
    detail: `${deployment} was reset; a run that was reset may not act.`,
  };
}

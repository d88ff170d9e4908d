import { unacknowledged } from '../../domain/deployment/acknowledgements.ts';
import { Stopped } from '../engine/stopped.ts';
import { journalGates } from './journal-gates.ts';
import type { DeploymentRun } from './run.ts';

/** Waits until every role that policy names has acknowledged that it is ready. Not in time: rejected. */
export async function readiness(run: DeploymentRun): Promise<void> {
  const open = () => unacknowledged(run.plan, run.state, 'readiness');
  const withinMs = run.plan.policy.readiness?.withinMs ?? 0;
  const isReady = await run.wait({ kind: 'readiness', then: 'rejects' }, withinMs, () => open().length === 0);
  const { acknowledged } = run.state;
  const faults = journalGates(run, 'readiness', { acknowledged, missing: isReady ? [] : open() });
  if (faults.length > 0) throw new Stopped({ kind: 'rejected', summary: faults.join('; ') });
}

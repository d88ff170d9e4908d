import { defineSignal, getExternalWorkflowHandle } from '@temporalio/workflow';
import { targetWorkflowId } from '../domain/ids.ts';
import type { LiveRelease } from '../domain/references.ts';
import type { DeploymentRun } from './run.ts';

export interface Acquire {
  readonly number: number;
}
/** `serves`: what the target serves from now on, when the deployment was confirmed. */
export interface Release {
  readonly number: number;
  readonly serves: { readonly live: LiveRelease; readonly slot: string | null } | null;
}

export const acquireSignal = defineSignal<[Acquire]>('acquire');
export const releaseSignal = defineSignal<[Release]>('release');

const targetOf = ({ plan }: DeploymentRun) =>
  getExternalWorkflowHandle(targetWorkflowId(plan.service, plan.environment));

/** Takes a place in the target's queue; the grant comes as a signal. */
export async function askForLock(run: DeploymentRun): Promise<void> {
  await targetOf(run).signal(acquireSignal, { number: run.number });
}

/** Gives the lock back, or the place in the queue. */
export async function leaveTarget(run: DeploymentRun, serves: Release['serves']): Promise<void> {
  await targetOf(run).signal(releaseSignal, { number: run.number, serves });
}

/** Somebody else than the target said that the lock was granted. Answers whether another such grant would be bearable. */
export function refuseGrant({ alarms }: DeploymentRun): boolean {
  alarms.raise('unproven-message', unconfirmed, 'unknown', 'signal');
  return alarms.hasRoom;
}

export const unconfirmed = 'a grant of the lock that the target does not confirm';

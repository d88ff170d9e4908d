import { pick } from '../base/pick.ts';
import { serving } from './lock.ts';
import { without } from './open-deployments.ts';
import { rememberedEnds } from './requests.ts';
import type { DeploymentResult } from './result.ts';
import type { Target } from './state.ts';
import { superseding } from './supersede.ts';

/** The target after a deployment ended: its key is remembered, its place in the queue is gone, its lock is free or stuck. */
export function withEnd(target: Target, number: number, end: DeploymentResult | 'lost'): Target {
  const remembered = target.open.flatMap(({ key, ...one }) =>
    one.number === number && key !== null ? [{ key, ...pick(one, 'bodyDigest', 'id', 'number', 'workflowId') }] : [],
  );
  const rest = { ...without(target, number), ended: [...remembered, ...target.ended].slice(0, rememberedEnds) };
  if (end !== 'lost') return withRecovered(rest, number, end);
  return target.lock?.number === number ? { ...rest, lock: { ...target.lock, isStuck: true } } : rest;
}

/** The target once its holder has nothing outstanding; a lock that another one holds, such as a repair, stays there. */
export function withRecovered(
  target: Target,
  number: number,
  { serves, supersedes }: Pick<DeploymentResult, 'serves' | 'supersedes'>,
): Target {
  if (target.lock?.number !== number) return target;
  return { ...target, lock: null, ...serving(target, serves), ...(supersedes ? superseding(target, number) : {}) };
}

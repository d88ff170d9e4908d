import { canonicalJson } from '../base/canonical-json.ts';
import { pick } from '../base/pick.ts';
import { type LiveRelease, type Served, withoutAdoption } from '../plan/references.ts';
import type { Adopted, Resolution } from './requests.ts';
import type { DeploymentResult, Grant } from './result.ts';
import type { Lock, OpenDeployment, Target, TargetState, UnknownDeployment } from './state.ts';
import { superseding } from './supersede.ts';

/** The id of an open deployment, by its number. */
export function idOf({ open }: Target, number: number): string {
  return open.find((one) => one.number === number)?.id ?? String(number);
}

/** At most so many deployments of one target are open at once. */
export const openLimit = 100;

/** The target remembers the idempotency keys of so many ended deployments. */
export const rememberedEnds = 200;

/** The target remembers the proofs of so many adoptions, and resolutions: more than operators send before the first of them expires. */
const rememberedProofs = 50;

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

/** The target after the lock went to the first in the queue; null: it is held, or nothing is queued. */
export function withGrant(target: Target, at: string): Target | null {
  const holder = target.open.find((one) => one.number === target.queue[0]);
  if (target.lock || !holder) return null;
  const { number } = holder;
  const fence = target.fence + 1;
  return {
    ...target,
    fence,
    lock: { number, deployment: holder.id, fence, since: at, isStuck: false },
    queue: target.queue.slice(1),
    open: target.open.map((one) => (one.number === number ? { ...one, hadLock: true } : one)),
  };
}

/** The target as the lock passes to a repair: at once, since no other may have it while something is outstanding. */
export function withRepair(target: Target, number: number, at: string, said?: Pick<Resolution, 'proof'>): Target {
  const { fence, resolutions = [] } = target;
  const deployment = idOf(target, number);
  const remembered = said?.proof ? { resolutions: [...resolutions, said.proof.nonce].slice(-rememberedProofs) } : {};
  return { ...target, ...remembered, lock: { number, deployment, fence, since: at, isStuck: false } };
}

/** Whether this very resolution was accepted before: a repair that could not be started leaves the lock as it was. */
export function hasCounted({ resolutions = [] }: Target, { proof }: Pick<Resolution, 'proof'>): boolean {
  return proof !== undefined && resolutions.includes(proof.nonce);
}

/**
 * The target as a repair is about to be started: every grant raises the fence. Not before it is planned: until then the
 * deployment to be repaired may turn out to go on, and its rollback would be refused under an older fence.
 */
export function withRepairGranted(target: Target, number: number): Target {
  const { lock } = target;
  if (lock?.number !== number) return target;
  const fence = target.fence + 1;
  return { ...target, fence, lock: { ...lock, fence } };
}

/**
 * The target once a repair could not be started: as it was before, for a person to resolve. Not stuck where the deployment
 * to be repaired turned out to go on (`goesOn`); if that has ended since, it found the lock to be another's, and a person
 * must say what serves.
 */
export function withoutRepair(target: Target, number: number, before: Lock, goesOn = false): Target {
  const isOpen = target.open.some((one) => one.number === before.number);
  return { ...without(target, number), lock: { ...before, isStuck: !(goesOn && isOpen) } };
}

/** The target without a deployment: one that could not be started leaves its key as if it had never been used. */
export function without(target: Target, number: number): Target {
  return {
    ...target,
    open: target.open.filter((one) => one.number !== number),
    queue: target.queue.filter((one) => one !== number),
  };
}

/**
 * The target with the running deployments that it did not know, since it was started anew. Those that wait for the lock
 * are queued in the order in which they had asked; then those that ask by now (`asking`).
 */
export function withUnknownDeployments(
  target: Target,
  taken: readonly UnknownDeployment[],
  asking: ReadonlySet<number>,
): Target {
  const isNew = ({ number }: UnknownDeployment) => !target.open.some((one) => one.number === number);
  // Whether one ever had the lock is not known any more.
  const unknown = { key: null, bodyDigest: null, hadLock: true, review: null };
  const opened = taken
    .filter(isNew)
    .map((one): OpenDeployment => ({ ...unknown, ...pick(one, 'number', 'id', 'workflowId', 'runId', 'review') }));
  const waiting = taken
    .filter(({ number, waitsSince }) => waitsSince !== null || asking.has(number))
    .toSorted((a, b) => waitsSince(a).localeCompare(waitsSince(b)) || a.number - b.number);
  const known: Target = {
    ...target,
    lastNumber: Math.max(target.lastNumber, ...opened.map(({ number }) => number)),
    open: [...target.open, ...opened],
  };
  return waiting.reduce((next, { number }) => (next.lock?.number === number ? next : withAsker(next, number)), known);
}

/** For one that has not waited yet: later than every time. */
const waitsSince = ({ waitsSince }: UnknownDeployment) => waitsSince ?? '9999';

/** The target once a person has said what it serves. A proof counts once: who reads it in a history could send it again. */
export function withAdoption(target: Target, { live: said, slot, by, reason, proof }: Adopted): Target {
  const before = target.adoptions ?? [];
  const live: LiveRelease = { ...said, adopted: { by: pick(by, 'subject', 'name'), reason } };
  if (!proof) return { ...target, live, slot };
  if (before.includes(proof.nonce)) return target;
  return { ...target, live, slot, adoptions: [...before, proof.nonce].slice(-rememberedProofs) };
}

/**
 * The target after a deployment released its lock, or its place in the queue. Only the holder may say what serves, and a
 * stuck lock stays stuck: a reset or forged run must not free what only `resolve` may.
 */
export function withRelease(target: Target, number: number, serves: Served | null): Target {
  const { lock } = target;
  const queue = target.queue.filter((one) => one !== number);
  if (lock?.number !== number || lock.isStuck) return { ...target, queue };
  const isRepair = target.open.some((one) => one.number === number && one.isRepair);
  const confirmed = serves && !isRepair ? superseding(target, number) : {};
  return { ...target, queue, lock: null, ...serving(target, serves), ...confirmed };
}

/** What a target serves from then on. Where that is what it served before, who adopted it is kept. */
function serving({ live }: Target, serves: Served | null): Partial<Served> {
  if (!serves?.live || !live?.adopted) return serves ?? {};
  const isSame = canonicalJson(withoutAdoption(live)) === canonicalJson(withoutAdoption(serves.live));
  return isSame ? { ...serves, live } : serves;
}

/** The target once the holder has reported that it needs intervention: from then on `resolve` is accepted. */
export function withStuck(target: Target, number: number, seq: number): Target {
  const { lock } = target;
  if (lock?.number !== number || lock.isStuck) return target;
  return { ...target, lock: { ...lock, isStuck: true, decidedSeq: seq } };
}

/** The target after a deployment asked for the lock; one that is unknown, superseded or confirmed is not queued. */
export function withAsker(target: Target, number: number): Target {
  const isKnown = target.open.some((one) => one.number === number);
  const isOver = number <= (target.newestConfirmed ?? 0);
  if (!isKnown || isOver || target.queue.includes(number)) return target;
  return { ...target, queue: [...target.queue, number] };
}

/** Whether a deployment holds the lock of a target by exactly this grant. */
export function isHeldBy(
  { lock, live, slot }: Pick<TargetState, 'lock' | 'live' | 'slot'>,
  deployment: string,
  grant: Grant,
): boolean {
  const isOwn = lock?.deployment === deployment && lock.fence === grant.fence;
  return isOwn && servedText({ live, slot }) === servedText(grant);
}

function servedText({ live, slot }: Pick<TargetState, 'live' | 'slot'>): string {
  return canonicalJson({ live: live && withoutAdoption(live), slot });
}

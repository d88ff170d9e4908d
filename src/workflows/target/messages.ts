import { CancellationScope, defineQuery, defineUpdate } from '@temporalio/workflow';
import { fieldsOf } from '../../domain/base/fields.ts';
import { isDeploymentOf } from '../../domain/base/ids.ts';
import { liveReleaseFault } from '../../domain/gates/live-release.ts';
import type { SealedPlan } from '../../domain/plan/seals.ts';
import {
  askerIn,
  documentsEndIn,
  isAdoption,
  isRequest,
  isResolution,
  isReviewClosing,
  latePageIn,
  leavingIn,
  stakeholdersIn,
  stuckIn,
} from '../../domain/ports/received.ts';
import { adoptionFault, withAdoption } from '../../domain/target/adoption.ts';
import { isLateNote, type LateNote } from '../../domain/target/late-notes.ts';
import { withRelease, withStuck } from '../../domain/target/lock.ts';
import { withAsker } from '../../domain/target/queue.ts';
import { withRepair } from '../../domain/target/repair.ts';
import {
  type Adopted,
  type FoundRequest,
  openLimit,
  type Requested,
  type RequestKey,
  type Resolution,
  requestedBy,
} from '../../domain/target/requests.ts';
import { resolutionFault } from '../../domain/target/resolution.ts';
import { closingFault, type ReviewClosing, reviewFault, reviewTermsOf } from '../../domain/target/reviews.ts';
import { type Target } from '../../domain/target/state.ts';
import { isSuperseded } from '../../domain/target/supersede.ts';
import { type TargetView, targetViewOf } from '../../domain/target/view.ts';
import { activities } from '../engine/activities.ts';
import { codeOf, rootMessage } from '../engine/failures.ts';
import {
  acquireSignal,
  deliveryEndedSignal,
  documentsEndedSignal,
  pageUpdatedSignal,
  releaseSignal,
  stuckSignal,
} from '../engine/internal-signals.ts';
import { onSignal, onUnknownSignal } from '../engine/signals.ts';
import { onQuery, onUpdate, refusal as refuse } from '../engine/updates-and-queries.ts';
import type { TargetRun } from './run.ts';

type RequestArgument = RequestKey & SealedPlan;

export const requestUpdate = defineUpdate<Requested, [RequestArgument]>('request');
export const adoptUpdate = defineUpdate<TargetView, [Adopted]>('adopt');
export const resolveUpdate = defineUpdate<Requested, [Resolution]>('resolve');
export const reviewUpdate = defineUpdate<TargetView, [ReviewClosing]>('review');

/** A person's note on a deployment that has ended. */
export const noteUpdate = defineUpdate<TargetView, [LateNote]>('note');
export const targetQuery = defineQuery<TargetView>('target');

/** Which deployment a key has led to: a look-up, so that asking leaves nothing in the history. */
export const requestedQuery = defineQuery<FoundRequest, [RequestKey]>('requested');

/** Whom a plan names to be notified of trouble. Throws `malformed` where that cannot be read. */
function stakeholdersOf({ policy }: SealedPlan['plan']): Target['stakeholders'] {
  const stakeholders = stakeholdersIn(policy.stakeholders);
  if (!stakeholders) throw refuse('malformed', 'This is no plan.');
  return stakeholders;
}

/** The answer to a request that has been made before under this key. */
function repeated(run: TargetRun, key: RequestKey): Requested | null {
  const found = requestedBy(run.get(), key);
  if (found.kind === 'other-body')
    throw refuse('idempotency-key-reused', `This Idempotency-Key came with another body before: ${found.id}.`);
  return found.kind === 'found' ? found.requested : null;
}

function refuseWhenBusy(run: TargetRun): void {
  const fault = adoptionFault(run.get());
  if (fault !== null) throw refuse('target-busy', fault);
}

/** Only an activity knows policy and keys. A cancel of the target, which it outlives, must not end the asking. */
function verify(run: TargetRun, adopted: Adopted): Promise<void> {
  return CancellationScope.nonCancellable(() => activities.verifyAdoption({ target: run.name, adopted })).catch(
    (error: unknown) => {
      throw refuse(codeOf(error) ?? 'engine-unavailable', rootMessage(error));
    },
  );
}

/** Sets every handler of a target. Called before the first await: an update that finds no handler is refused. */
export function receiveMessages(run: TargetRun): void {
  onUpdate<RequestArgument, Requested>(requestUpdate.name, {
    isArgument: (raw): raw is RequestArgument => isRequest(raw),
    validate: (argument) => {
      const { plan } = argument;
      if (repeated(run, argument)) return;
      if (!run.renewal.takesRequests) throw refuse('not-ready', 'The target goes on in a new run; repeat the request.');
      // A repair is planned by a worker after a resolution, and never requested.
      if (plan.repair) throw refuse('unsealed-plan', 'A request brings no repair.');
      if (run.get().open.length >= openLimit)
        throw refuse('queue-full', `The target has ${openLimit} open deployments.`);
      const fault = liveReleaseFault(plan, run.get());
      if (fault !== null) throw refuse('no-live-release', fault);
      const overdue = reviewFault(run.get(), plan);
      if (overdue !== null) throw refuse('review-overdue', overdue.why);
      // What its handler will read of it: an odd plan is refused here, where nothing has been numbered yet.
      reviewTermsOf(plan);
      stakeholdersOf(plan);
    },
    carryOut: (argument) => {
      run.renewal.countUpdate();
      const before = repeated(run, argument);
      if (before) return before;
      const { plan, planDigest, seals } = argument;
      const stakeholders = stakeholdersOf(plan);
      const requested = run.number(argument, reviewTermsOf(plan));
      run.set({ ...run.get(), stakeholders });
      run.starts.push({ kind: 'request', number: requested.number, plan, planDigest, seals });
      return requested;
    },
  });
  onUpdate<Adopted, TargetView>(adoptUpdate.name, {
    isArgument: isAdoption,
    validate: () => refuseWhenBusy(run),
    carryOut: async (adopted) => {
      run.renewal.countUpdate();
      await verify(run, adopted);
      // The lock may have been granted meanwhile.
      refuseWhenBusy(run);
      run.set(withAdoption(run.get(), adopted));
      return targetViewOf(run.get());
    },
  });
  onUpdate<Resolution, Requested>(resolveUpdate.name, {
    isArgument: isResolution,
    validate: (resolution) => {
      const fault = resolutionFault(run.get(), resolution);
      if (fault) throw refuse(fault.code, fault.detail);
    },
    carryOut: (resolution) => {
      run.renewal.countUpdate();
      const before = run.get().lock;
      const requested = run.number(null, null);
      if (!before) return requested;
      run.set(withRepair(run.get(), requested.number, new Date().toISOString(), resolution));
      run.starts.push({ kind: 'repair', number: requested.number, resolution, before });
      return requested;
    },
  });
  onUpdate<ReviewClosing, TargetView>(reviewUpdate.name, {
    isArgument: isReviewClosing,
    validate: (closing) => {
      const fault = closingFault(run.get(), closing);
      if (fault) throw refuse(fault.code, fault.detail);
    },
    carryOut: (closing) => {
      run.renewal.countUpdate();
      run.closings.push(closing);
      return targetViewOf(run.get());
    },
  });
  onUpdate<LateNote, TargetView>(noteUpdate.name, {
    isArgument: isLateNote,
    validate: ({ deployment }) => {
      if (!isDeploymentOf(deployment, run.get()))
        throw refuse('other-target', `${deployment} is no deployment of ${run.name}.`);
      // Its journal has ended while it still notifies people; until it closes it writes its journal itself.
      if (run.get().open.some(({ id }) => id === deployment))
        throw refuse('not-ready', `${deployment} has not closed yet: say it again in a moment.`);
      if (!run.hasRoomForLate) throw refuse('too-many-messages', 'Too much waits to be written: say it again.');
    },
    carryOut: ({ deployment, note }) => {
      run.renewal.countUpdate();
      run.lateEntries.push({ deployment, note, at: new Date().toISOString(), target: run.name });
      return targetViewOf(run.get());
    },
  });
  onQuery(targetQuery.name, () => targetViewOf(run.get()));
  onQuery(requestedQuery.name, (raw) => {
    const { key, bodyDigest } = fieldsOf(raw);
    if (typeof key !== 'string' || typeof bodyDigest !== 'string') throw refuse('malformed', 'This is no key.');
    return requestedBy(run.get(), { key, bodyDigest });
  });
  onSignal(acquireSignal.name, (raw) => {
    const asker = askerIn(raw);
    run.renewal.noteSuggestion();
    if (asker === null) return;
    if (run.get().lock?.number === asker) run.children.grantAgain();
    else if (!run.get().open.some((one) => one.number === asker)) run.unknown.ask(asker);
    else {
      if (isSuperseded(run.get(), asker)) run.children.supersedeOne(asker);
      run.set(withAsker(run.get(), asker));
    }
  });
  onSignal(releaseSignal.name, (raw) => {
    const leaving = leavingIn(raw);
    run.renewal.noteSuggestion();
    if (!leaving) return;
    run.children.supersedeIn(withRelease(run.get(), leaving.number, leaving.serves));
  });
  onSignal(stuckSignal.name, (raw) => {
    const stuck = stuckIn(raw);
    run.renewal.noteSuggestion();
    if (stuck) run.set(withStuck(run.get(), stuck.number, stuck.seq));
  });
  onSignal(deliveryEndedSignal.name, (raw) => {
    run.late.hear(raw);
    run.renewal.noteSuggestion();
  });
  onSignal(documentsEndedSignal.name, (raw) => run.addLate(documentsEndIn(raw)));
  onSignal(pageUpdatedSignal.name, (raw) => run.addLate(latePageIn(raw)));
  // Gantry sends no other signal. With a handler, one leaves nothing behind in memory.
  onUnknownSignal(() => run.renewal.noteSuggestion());
}

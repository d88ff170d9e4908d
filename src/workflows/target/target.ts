import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { fieldsOf } from '../../domain/base/fields.ts';
import { deploymentId, deploymentWorkflowId, isDeploymentOf } from '../../domain/base/ids.ts';
import { liveReleaseFault } from '../../domain/plan/bindings.ts';
import type { SealedPlan } from '../../domain/plan/seals.ts';
import {
  askerIn,
  documentsEndIn,
  isAdoption,
  isRequest,
  isResolution,
  isReviewClosing,
  isTargetName,
  latePageIn,
  leavingIn,
  stakeholdersIn,
} from '../../domain/ports/received.ts';
import { isLateNote, type LateNote } from '../../domain/target/late-notes.ts';
import {
  type Adopted,
  type FoundRequest,
  type Requested,
  type RequestKey,
  type Resolution,
  requestedBy,
} from '../../domain/target/requests.ts';
import { closingFault, type ReviewClosing, reviewFault, reviewTermsOf } from '../../domain/target/reviews.ts';
import { emptyTarget, type ReviewTerms, type Target, type TargetState } from '../../domain/target/state.ts';
import {
  hasCounted,
  isOvertaken,
  openLimit,
  withAdoption,
  withAsker,
  withGrant,
  withRelease,
  withRepair,
  withStuck,
} from '../../domain/target/target.ts';
import { type TargetView, targetStateOf, targetViewOf } from '../../domain/target/view.ts';
import { activities } from '../engine/activity-options.ts';
import { onQuery, onSignal, onUnknownSignal, onUpdate, refusal as refuse } from '../engine/handlers.ts';
import { InTurn } from '../engine/in-turn.ts';
import {
  acquireSignal,
  deliveryEndedSignal,
  documentsEndedSignal,
  pageUpdatedSignal,
  releaseSignal,
  stuckIn,
  stuckSignal,
} from '../engine/signals.ts';
import { codeOf, rootMessage } from '../engine/stopped.ts';
import { Children, type Start } from './children.ts';
import { LateDeliveries } from './late-deliveries.ts';
import { type LateEntry, recordLate } from './late-entries.ts';
import { Renewal } from './renewal.ts';
import { Reviews } from './reviews.ts';
import { UnknownDeployments } from './unknown-deployments.ts';

export interface TargetInput {
  readonly service: string;
  readonly environment: string;
  /** What an earlier run, or the store, knows. */
  readonly known: Target | null;
}

type RequestArgument = RequestKey & SealedPlan;

export const requestUpdate = defineUpdate<Requested, [RequestArgument]>('request');
export const adoptUpdate = defineUpdate<TargetView, [Adopted]>('adopt');
export const resolveUpdate = defineUpdate<Requested, [Resolution]>('resolve');
export const reviewUpdate = defineUpdate<TargetView, [ReviewClosing]>('review');

/** What somebody notes of a deployment that has ended. */
export const noteUpdate = defineUpdate<TargetView, [LateNote]>('note');
export const targetQuery = defineQuery<TargetView>('target');

/** Which deployment a key has led to: a look-up, so that asking leaves nothing in the history. */
export const requestedQuery = defineQuery<FoundRequest, [RequestKey]>('requested');

/** Who hears of trouble, as a plan says. Throws where it does not say. */
function stakeholdersOf({ policy }: SealedPlan['plan']): Target['stakeholders'] {
  const stakeholders = stakeholdersIn(policy.stakeholders);
  if (!stakeholders) throw refuse('malformed', 'This is no plan.');
  return stakeholders;
}

/** So many may wait to be written; whoever sends more is nothing of ours. */
const maxLate = 1_000;

/** A copy that could not be kept is tried again after this time, in milliseconds, then twice as long each time, up to an hour. */
const saveAgainMs = 2_000;

/** One target: numbers its deployments, owns queue, lock and fence, and knows what is live. Long-lived. */
export async function target(input: TargetInput): Promise<void> {
  if (!isTargetName(input)) throw refuse('malformed', 'This is no target.');
  const { service, environment, known } = input;
  let state: Target = known ?? emptyTarget(service, environment);
  // What an earlier run has kept may not have come to the store: the first thing that a new one does is to keep it again.
  let saved: TargetState | null = known ? null : targetStateOf(state);
  const starts: Start[] = [];
  const renewal = new Renewal(() => workflowInfo().continueAsNewSuggested);
  const closings: ReviewClosing[] = [];
  const lateEntries: LateEntry[] = [];
  const keepLate = (ruleChanges: LateEntry | null) => {
    renewal.keepLate();
    if (ruleChanges && lateEntries.length < maxLate) lateEntries.push(ruleChanges);
  };
  const set = (next: Target) => {
    state = next;
    renewal.keepLate();
  };
  const children = new Children({ get: () => state, set });
  /** What writes behind the end of a deployment's journal. */
  const journals = new InTurn();
  const reviews = new Reviews({ get: () => state, set }, journals);
  const late = new LateDeliveries({ get: () => state, set }, journals);
  const unknownDeployments = new UnknownDeployments({ get: () => state, set }, children);

  const number = (
    { key, bodyDigest }: RequestKey | { readonly key: null; readonly bodyDigest: null },
    review: ReviewTerms | null = null,
    isRepair = false,
  ): Requested => {
    const next = state.lastNumber + 1;
    const id = deploymentId(service, environment, next);
    const workflowId = deploymentWorkflowId(service, environment, next);
    // The lock passes to a repair with its number.
    const place = { number: next, id, workflowId, runId: null, hadLock: isRepair };
    const opened = { ...place, key, bodyDigest, review, isRepair };
    set({ ...state, lastNumber: next, open: [...state.open, opened] });
    return { id, number: next, workflowId };
  };
  const repeated = (key: RequestKey): Requested | null => {
    const found = requestedBy(state, key);
    if (found.kind === 'other-body')
      throw refuse('idempotency-key-reused', `This Idempotency-Key came with another body before: ${found.id}.`);
    return found.kind === 'found' ? found.requested : null;
  };

  const refuseWhenBusy = () => {
    if (state.lock)
      throw refuse('target-busy', `${state.lock.deployment} holds the target; only an idle one can be adopted.`);
  };
  /** Only an activity knows policy and keys. A cancel of the target, which it outlives, must not end the asking. */
  const verify = (adopted: Adopted) =>
    CancellationScope.nonCancellable(() =>
      activities.verifyAdoption({ target: `${service}/${environment}`, adopted }),
    ).catch((error: unknown) => {
      throw refuse(codeOf(error) ?? 'engine-unavailable', rootMessage(error as Error));
    });

  onUpdate<RequestArgument, Requested>(requestUpdate.name, {
    isArgument: (raw): raw is RequestArgument => isRequest(raw),
    validate: (argument) => {
      const { plan } = argument;
      if (repeated(argument)) return;
      if (!renewal.takesRequests) throw refuse('not-ready', 'The target goes on in a new run; repeat the request.');
      // A repair is planned by a worker once somebody has resolved, and never asked for.
      if (plan.repair) throw refuse('unsealed-plan', 'A request brings no repair.');
      if (state.open.length >= openLimit) throw refuse('queue-full', `The target has ${openLimit} open deployments.`);
      const fault = liveReleaseFault(plan, state);
      if (fault !== null) throw refuse('no-live-release', fault);
      const overdue = reviewFault(state, plan);
      if (overdue !== null) throw refuse('review-overdue', overdue.why);
      // What its handler will read of it: an odd plan is refused here, where nothing has been numbered yet.
      reviewTermsOf(plan);
      stakeholdersOf(plan);
    },
    carryOut: (argument) => {
      renewal.countUpdate();
      const before = repeated(argument);
      if (before) return before;
      const { plan, planDigest, seals } = argument;
      const stakeholders = stakeholdersOf(plan);
      const requested = number(argument, reviewTermsOf(plan));
      set({ ...state, stakeholders });
      starts.push({ kind: 'request', number: requested.number, plan, planDigest, seals });
      return requested;
    },
  });
  onUpdate<Adopted, TargetView>(adoptUpdate.name, {
    isArgument: isAdoption,
    validate: () => refuseWhenBusy(),
    carryOut: async (adopted) => {
      renewal.countUpdate();
      await verify(adopted);
      // Somebody may have been granted the lock meanwhile.
      refuseWhenBusy();
      set(withAdoption(state, adopted));
      return targetViewOf(state);
    },
  });
  onUpdate<Resolution, Requested>(resolveUpdate.name, {
    isArgument: isResolution,
    validate: ({ deployment, decision, live, proof }) => {
      if (!state.lock?.isStuck || state.lock.deployment !== deployment)
        throw refuse(
          'nothing-to-resolve',
          `${deployment} does not hold ${service} in ${environment} as one that needs intervention.`,
        );
      if (hasCounted(state, { proof }))
        throw refuse(
          'nothing-to-resolve',
          `This word on ${deployment} was taken before: whoever sends it again says it anew.`,
        );
      if (decision === 'accept' && !live) throw refuse('malformed', 'To accept, say in live what the target serves.');
    },
    carryOut: (resolution) => {
      renewal.countUpdate();
      const before = state.lock;
      const requested = number({ key: null, bodyDigest: null }, null, true);
      if (!before) return requested;
      set(withRepair(state, requested.number, new Date().toISOString(), resolution));
      starts.push({ kind: 'repair', number: requested.number, resolution, before });
      return requested;
    },
  });
  onUpdate<ReviewClosing, TargetView>(reviewUpdate.name, {
    isArgument: isReviewClosing,
    validate: (closing) => {
      const fault = closingFault(state, closing);
      if (fault) throw refuse(fault.code, fault.detail);
    },
    carryOut: (closing) => {
      renewal.countUpdate();
      closings.push(closing);
      return targetViewOf(state);
    },
  });
  onUpdate<LateNote, TargetView>(noteUpdate.name, {
    isArgument: isLateNote,
    validate: ({ deployment }) => {
      if (!isDeploymentOf(deployment, state))
        throw refuse('other-target', `${deployment} is no deployment of ${service}/${environment}.`);
      // It says it has ended while it still tells people, and writes its journal itself until then.
      if (state.open.some(({ id }) => id === deployment))
        throw refuse('not-ready', `${deployment} has not closed yet: say it again in a moment.`);
      if (lateEntries.length >= maxLate)
        throw refuse('too-many-messages', 'Too much waits to be written: say it again.');
    },
    carryOut: ({ deployment, note }) => {
      renewal.countUpdate();
      lateEntries.push({ deployment, note, at: new Date().toISOString(), target: `${service}/${environment}` });
      return targetViewOf(state);
    },
  });
  onQuery(targetQuery.name, () => targetViewOf(state));
  onQuery(requestedQuery.name, (raw) => {
    const { key, bodyDigest } = fieldsOf(raw);
    if (typeof key !== 'string' || typeof bodyDigest !== 'string') throw refuse('malformed', 'This is no key.');
    return requestedBy(state, { key, bodyDigest });
  });
  onSignal(acquireSignal.name, (raw) => {
    const asker = askerIn(raw);
    renewal.keepLate();
    if (asker === null) return;
    if (state.lock?.number === asker) children.grantAgain();
    else if (!state.open.some((one) => one.number === asker)) unknownDeployments.ask(asker);
    else {
      if (isOvertaken(state, asker)) children.supersedeOne(asker);
      set(withAsker(state, asker));
    }
  });
  onSignal(releaseSignal.name, (raw) => {
    const leaving = leavingIn(raw);
    renewal.keepLate();
    if (!leaving) return;
    const { newestConfirmed } = state;
    set(withRelease(state, leaving.number, leaving.serves));
    if (state.newestConfirmed !== newestConfirmed) children.supersede();
  });
  onSignal(stuckSignal.name, (raw) => {
    const stuck = stuckIn(raw);
    renewal.keepLate();
    if (stuck) set(withStuck(state, stuck.number, stuck.seq));
  });
  onSignal(deliveryEndedSignal.name, (raw) => {
    late.hear(raw);
    renewal.keepLate();
  });
  onSignal(documentsEndedSignal.name, (raw) => keepLate(documentsEndIn(raw)));
  onSignal(pageUpdatedSignal.name, (raw) => keepLate(latePageIn(raw)));
  // Nobody of Gantry's sends anything else. Heard, it leaves nothing behind in memory.
  onUnknownSignal(() => renewal.keepLate());

  await CancellationScope.nonCancellable(async () => {
    children.followOpen();
    // Started anew by `resolve`, after it had been ended: what the store knows says nothing of who waits.
    if (known && workflowInfo().continuedFromExecutionRunId === undefined) unknownDeployments.findAll();
    let isSaving = false;
    let failedSaves = 0;
    let isBackingOff = false;
    const isSaved = () => JSON.stringify(saved) === JSON.stringify(targetStateOf(state));
    // A copy for the day this workflow is gone. Nobody waits for it, and the next one brings all.
    const save = async () => {
      isSaving = true;
      const saving = targetStateOf(state);
      const version = (state.version ?? 0) + 1;
      set({ ...state, version });
      const stored = await activities.saveTarget({ ...saving, version }).then(
        (answer) => answer,
        () => null,
      );
      isSaving = false;
      failedSaves = stored === null ? failedSaves + 1 : 0;
      // A store that has a later one knows a Temporal that was further on: what is true now comes after it.
      if (stored !== null && stored > version) set({ ...state, version: stored });
      else if (stored !== null) saved = saving;
      renewal.keepLate();
      if (stored !== null) return;
      // Tried for ten minutes, or refused at once: it is tried again, ever more rarely, so as not to fill the history.
      isBackingOff = true;
      await sleep(saveAgainMs * 2 ** Math.min(failedSaves - 1, 11), { summary: 'Keep a copy of the target again' });
      isBackingOff = false;
    };
    const isQuiet = () =>
      starts.length === 0 && closings.length === 0 && lateEntries.length === 0 && allHandlersFinished();
    /** Work that takes as long as somebody else does: while it lasts there is no new run, and grants go on. */
    const isLongUnderWay = () =>
      isSaving || children.longUnderWay > 0 || !reviews.areSettled || !journals.isIdle || unknownDeployments.areAsked;
    // Whoever has the lock keeps it in the new run, and everybody open is followed there.
    const mayRenew = () => renewal.isDue && isQuiet() && children.areSettled && !isLongUnderWay();
    const mayGrant = () => (!renewal.isDue || isLongUnderWay()) && withGrant(state, '') !== null;
    const isToBeSaved = () => !isSaving && !isBackingOff && !isSaved();
    const hasWork = () =>
      starts.length > 0 ||
      closings.length > 0 ||
      lateEntries.length > 0 ||
      reviews.isToArm ||
      late.areToFollow ||
      isToBeSaved() ||
      unknownDeployments.areAsking;
    for (;;) {
      await condition(() => hasWork() || mayGrant() || mayRenew());
      reviews.arm();
      const granted = mayGrant() ? withGrant(state, new Date().toISOString()) : null;
      if (granted) {
        set(granted);
        children.grant();
      }
      for (const start of starts.splice(0)) children.start(start);
      for (const closing of closings.splice(0)) reviews.close(closing);
      for (const ended of lateEntries.splice(0)) void recordLate({ get: () => state }, journals, ended);
      late.follow();
      unknownDeployments.findAsking();
      if (isToBeSaved()) void save();
      if (mayRenew()) await continueAsNew<typeof target>({ service, environment, known: state });
    }
  });
}

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  workflowInfo,
} from '@temporalio/workflow';
import { liveReleaseFault } from '../domain/bindings.ts';
import { deploymentId, deploymentWorkflowId } from '../domain/ids.ts';
import type { SealedPlan } from '../domain/ports/deployments.ts';
import {
  askerIn,
  isAdoption,
  isRequest,
  isResolution,
  isReviewClosing,
  isTargetName,
  leavingIn,
} from '../domain/received.ts';
import { closingFault, type ReviewClosing, type ReviewTerms, reviewFault, reviewTermsOf } from '../domain/reviews.ts';
import {
  type Adopted,
  emptyTarget,
  isOvertaken,
  openLimit,
  type Requested,
  type RequestKey,
  type Resolution,
  type Target,
  type TargetView,
  targetStateOf,
  targetViewOf,
  withAdoption,
  withAsker,
  withFenceRaised,
  withGrant,
  withRelease,
} from '../domain/target.ts';
import { bookkeeping, verifying } from './activity-options.ts';
import { Children, type Start } from './children.ts';
import { onQuery, onSignal, onUnknownSignal, onUpdate, refusal as refuse } from './handlers.ts';
import { Reviews } from './reviews.ts';
import { codeOf, rootMessage } from './stopped.ts';
import { acquireSignal, releaseSignal } from './target-signals.ts';

export interface TargetInput {
  readonly service: string;
  readonly environment: string;
  /** What an earlier run, or the store, knows. */
  readonly known: Target | null;
}

/** Without a plan nothing is started: it is only asked which deployment the key has led to, null for none. */
export type RequestArgument = RequestKey & (SealedPlan | { readonly plan: null });

export const requestUpdate = defineUpdate<Requested | null, [RequestArgument]>('request');
export const adoptUpdate = defineUpdate<TargetView, [Adopted]>('adopt');
export const resolveUpdate = defineUpdate<Requested, [Resolution]>('resolve');
export const reviewUpdate = defineUpdate<TargetView, [ReviewClosing]>('review');
export const targetQuery = defineQuery<TargetView>('target');

/** Who hears of trouble, as a plan says. Throws where it does not say. */
function stakeholdersOf({ policy }: SealedPlan['plan']): Target['stakeholders'] {
  if (!Array.isArray(policy.stakeholders)) throw refuse('malformed', 'This is no plan.');
  return policy.stakeholders;
}

/** One target: numbers its deployments, owns queue, lock and fence, and knows what is live. Long-lived. */
export async function target(input: TargetInput): Promise<void> {
  if (!isTargetName(input)) throw refuse('malformed', 'This is no target.');
  const { service, environment, known } = input;
  let state: Target = known ?? emptyTarget(service, environment);
  let saved = targetStateOf(state);
  const starts: Start[] = [];
  let isNewRunSuggested = false;
  // Only where the history tells of something: a task whose one update was refused leaves nothing behind, so that what
  // follows from it would not follow in a replay.
  const heedSuggestion = () => {
    isNewRunSuggested ||= workflowInfo().continueAsNewSuggested;
  };
  const closings: ReviewClosing[] = [];
  const set = (next: Target) => {
    state = next;
    heedSuggestion();
  };
  const children = new Children({ get: () => state, set });
  const reviews = new Reviews({ get: () => state, set });

  const number = (
    { key, bodyDigest }: RequestKey | { readonly key: null; readonly bodyDigest: null },
    review: ReviewTerms | null = null,
    isRepair = false,
  ): Requested => {
    const next = state.lastNumber + 1;
    const id = deploymentId(service, environment, next);
    const workflowId = deploymentWorkflowId(service, environment, next);
    const opened = { number: next, id, workflowId, runId: null, key, bodyDigest, hadLock: false, review, isRepair };
    set({ ...state, lastNumber: next, open: [...state.open, opened] });
    return { id, number: next, workflowId };
  };
  const repeated = ({ key, bodyDigest }: RequestKey): Requested | null => {
    const found = [...state.open, ...state.ended].find((one) => one.key === key) ?? null;
    if (found && found.bodyDigest !== bodyDigest)
      throw refuse('idempotency-key-reused', `This Idempotency-Key came with another body before: ${found.id}.`);
    return found && { id: found.id, number: found.number, workflowId: found.workflowId };
  };

  const refuseWhenBusy = () => {
    if (state.lock)
      throw refuse('target-busy', `${state.lock.deployment} holds the target; only an idle one can be adopted.`);
  };
  /** Only an activity knows policy and keys. A cancel of the target, which it outlives, must not end the asking. */
  const verify = (adopted: Adopted) =>
    CancellationScope.nonCancellable(() =>
      verifying.verifyAdoption({ target: `${service}/${environment}`, adopted }),
    ).catch((error: unknown) => {
      throw refuse(codeOf(error) ?? 'engine-unavailable', rootMessage(error as Error));
    });

  onUpdate<RequestArgument, Requested | null>(requestUpdate.name, {
    isArgument: (raw): raw is RequestArgument => isRequest(raw),
    validate: (argument) => {
      const { plan } = argument;
      if (repeated(argument) || plan === null) return;
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
      const before = repeated(argument);
      if (before || argument.plan === null) return before;
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
      await verify(adopted);
      // Somebody may have been granted the lock meanwhile.
      refuseWhenBusy();
      set(withAdoption(state, adopted));
      return targetViewOf(state);
    },
  });
  onUpdate<Resolution, Requested>(resolveUpdate.name, {
    isArgument: isResolution,
    validate: ({ deployment, decision, live }) => {
      if (!state.lock?.isStuck || state.lock.deployment !== deployment)
        throw refuse(
          'nothing-to-resolve',
          `${deployment} does not hold ${service} in ${environment} as one that needs intervention.`,
        );
      if (decision === 'accept' && !live) throw refuse('malformed', 'To accept, say in live what the target serves.');
    },
    carryOut: (resolution) => {
      const before = state.lock;
      const requested = number({ key: null, bodyDigest: null }, null, true);
      if (!before) return requested;
      // The lock passes to the repair at once: nobody else may have it while something is owed.
      const since = new Date().toISOString();
      set({
        ...state,
        lock: { number: requested.number, deployment: requested.id, fence: state.fence, since, isStuck: false },
      });
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
      closings.push(closing);
      return targetViewOf(state);
    },
  });
  onQuery(targetQuery.name, () => targetViewOf(state));
  onSignal(acquireSignal.name, (raw) => {
    const asker = askerIn(raw);
    if (asker === null) return;
    if (state.lock?.number === asker) {
      set(withFenceRaised(state));
      children.grant();
    } else {
      if (isOvertaken(state, asker)) children.supersedeOne(asker);
      set(withAsker(state, asker));
    }
  });
  onSignal(releaseSignal.name, (raw) => {
    const leaving = leavingIn(raw);
    if (!leaving) return;
    const { newestConfirmed } = state;
    set(withRelease(state, leaving.number, leaving.serves));
    if (state.newestConfirmed !== newestConfirmed) children.supersede();
  });
  // Nobody of Gantry's sends anything else. Heard, it leaves nothing behind in memory.
  onUnknownSignal(() => undefined);

  await CancellationScope.nonCancellable(async () => {
    children.followOpen();
    let isSaving = false;
    const isSaved = () => JSON.stringify(saved) === JSON.stringify(targetStateOf(state));
    // A copy for the day this workflow is gone. Nobody waits for it, and the next one brings all.
    const save = async () => {
      isSaving = true;
      saved = targetStateOf(state);
      await bookkeeping.saveTarget(saved).catch(() => undefined);
      isSaving = false;
      heedSuggestion();
    };
    const mayRenew = () =>
      isNewRunSuggested &&
      !state.lock &&
      starts.length === 0 &&
      closings.length === 0 &&
      reviews.areSettled &&
      !isSaving &&
      isSaved() &&
      children.areSettled &&
      allHandlersFinished();
    const isToBeSaved = () => !isSaving && !isSaved();
    const hasWork = () => starts.length > 0 || closings.length > 0 || reviews.isToArm || isToBeSaved();
    for (;;) {
      await condition(() => hasWork() || withGrant(state, '') !== null || mayRenew());
      reviews.arm();
      const granted = withGrant(state, new Date().toISOString());
      if (granted) {
        set(granted);
        children.grant();
      }
      for (const start of starts.splice(0)) children.start(start);
      for (const closing of closings.splice(0)) reviews.close(closing);
      if (isToBeSaved()) void save();
      if (mayRenew()) await continueAsNew<typeof target>({ service, environment, known: state });
    }
  });
}

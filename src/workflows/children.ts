import {
  ApplicationFailure,
  type ChildWorkflowHandle,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { deploymentId } from '../domain/ids.ts';
import type { DeploymentResult, SealedPlan } from '../domain/ports/deployments.ts';
import type { Salvaged } from '../domain/ports/targets.ts';
import { withoutReview, withReviewOpened } from '../domain/reviews.ts';
import {
  type Lock,
  type OpenDeployment,
  overtakenIn,
  type Resolution,
  type Target,
  targetStateOf,
  withEnd,
  withSalvaged,
} from '../domain/target.ts';
import { bookkeeping, following } from './activity-options.ts';
import type { deployment } from './deployment.ts';
import { pageOf } from './page.ts';
import { grantedSignal, supersededSignal } from './receive.ts';
import { exportLater } from './record-export.ts';
import { rootMessage } from './stopped.ts';

/** A workflow task of a killed worker is taken over after this time, in milliseconds. */
const workflowTaskTimeout = 2_000;

export interface Shared {
  readonly get: () => Target;
  readonly set: (next: Target) => void;
}

export type Start =
  | ({ readonly kind: 'request'; readonly number: number } & SealedPlan)
  | { readonly kind: 'repair'; readonly number: number; readonly resolution: Resolution; readonly before: Lock };

/** The deployments of one target: started as children, followed to their end, told of grants and of newer ones. */
export class Children {
  private readonly target: Shared;
  /** Work that a new run of the target could not take over. */
  private underway = 0;

  constructor(target: Shared) {
    this.target = target;
  }

  get areSettled(): boolean {
    return this.underway === 0 && this.target.get().open.every(({ runId }) => runId !== null);
  }

  /** Follows what an earlier run of this target started; a child handle does not survive it. */
  followOpen(): void {
    for (const one of this.target.get().open) if (one.runId !== null) void this.followWithoutHandle(one, one.runId);
  }

  start(start: Start): void {
    void this.busy(start.kind === 'request' ? this.launch(start) : this.repair(start));
  }

  /** Tells the holder of the lock that it has it. */
  grant(): void {
    const { lock, live, slot } = this.target.get();
    const holder = this.target.get().open.find(({ number }) => number === lock?.number);
    if (lock && holder)
      void this.busy(
        getExternalWorkflowHandle(holder.workflowId).signal(grantedSignal, { fence: lock.fence, live, slot }),
      );
  }

  /** Ends older deployments that have changed nothing: a newer one serves. */
  supersede(): void {
    for (const { number } of overtakenIn(this.target.get())) this.supersedeOne(number);
  }

  supersedeOne(number: number): void {
    const { service, environment, newestConfirmed = 0, open } = this.target.get();
    const by = deploymentId(service, environment, newestConfirmed);
    const overtaken = open.find((one) => one.number === number);
    if (overtaken) void this.busy(getExternalWorkflowHandle(overtaken.workflowId).signal(supersededSignal, { by }));
  }

  /** Owns a promise: a signal to a deployment that has just ended fails, and its end says all there is to know. */
  private async busy(work: Promise<void>): Promise<void> {
    this.underway += 1;
    await work.catch(() => undefined);
    this.underway -= 1;
  }

  private async launch({ number, plan, planDigest, seals }: SealedPlan & { readonly number: number }): Promise<void> {
    const { live, slot, open } = this.target.get();
    const child = open.find((one) => one.number === number);
    if (!child) return;
    try {
      const handle = await startChild<typeof deployment>('deployment', {
        workflowId: child.workflowId,
        args: [{ plan, planDigest, seals, number, presumed: { live, slot } }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowTaskTimeout,
        staticSummary: `${plan.service} ${plan.release} to ${plan.environment}`,
        staticDetails: `${plan.repair ? 'Repair' : 'Change'}, requested by \`${plan.requester.subject}\`, plan \`${planDigest}\``,
      });
      const { open: now } = this.target.get();
      const runId = handle.firstExecutionRunId;
      this.target.set({
        ...this.target.get(),
        open: now.map((one) => (one.number === number ? { ...one, runId } : one)),
      });
      void this.follow(number, child.workflowId, handle);
    } catch (error) {
      await this.lost(number, child.workflowId, `it could not be started: ${rootMessage(error as Error)}`);
    }
  }

  private async repair({ number, resolution, before }: Extract<Start, { readonly kind: 'repair' }>): Promise<void> {
    const { deployment: of, decision, reason, by, live } = resolution;
    try {
      const target = targetStateOf(this.target.get());
      const planned = await bookkeeping.planRepair({
        deployment: of,
        decision,
        reason,
        requester: by,
        live,
        target,
        proof: resolution.proof ?? null,
      });
      // A target that was started anew, from the store, does not know yet whom to page.
      this.target.set({ ...this.target.get(), stakeholders: planned.plan.policy.stakeholders });
      await this.launch({ number, ...planned });
    } catch (error) {
      // Nothing was started, so the target is as stuck as before.
      const state = withEnd(this.target.get(), number, { outcome: 'rejected', serves: null, overtakes: false });
      this.target.set({ ...state, lock: before });
      await pageOf(this.target.get(), of, `The repair of ${of} could not be planned: ${rootMessage(error as Error)}`);
    }
  }

  private async follow(
    number: number,
    workflowId: string,
    handle: ChildWorkflowHandle<typeof deployment>,
  ): Promise<void> {
    try {
      this.ended(number, await handle.result());
    } catch (error) {
      const why = error instanceof Error ? error.cause : undefined;
      if (why instanceof ApplicationFailure && why.type === 'needs-intervention')
        this.ended(number, 'lost', reviewDueIn(why.details));
      else await this.busy(this.lost(number, workflowId, rootMessage(error as Error)));
    }
  }

  private async followWithoutHandle({ number, workflowId }: OpenDeployment, runId: string): Promise<void> {
    const { kind, result, details } = await following.followDeployment({ workflowId, runId });
    if (kind === 'completed' && result) this.ended(number, result);
    else if (kind === 'failed') this.ended(number, 'lost', reviewDueIn(details));
    else await this.busy(this.lost(number, workflowId, kind));
  }

  /** `dueAt`: as `withReviewOpened` takes it. */
  private ended(number: number, end: DeploymentResult | 'lost', dueAt?: string | null): void {
    const { newestConfirmed } = this.target.get();
    const due = end === 'lost' ? dueAt : (end.reviewDueAt ?? null);
    this.target.set(withEnd(withReviewOpened(this.target.get(), number, due, Date.now()), number, end));
    if (this.target.get().newestConfirmed !== newestConfirmed) this.supersede();
  }

  /**
   * Terminated, timed out or never started. One that holds the lock keeps it until it is known how it ended; people are
   * paged, and the record says what is known.
   */
  private async lost(number: number, workflowId: string, why: string): Promise<void> {
    const before = this.target.get().open.find((one) => one.number === number);
    const { id = workflowId, hadLock = true } = before ?? {};
    this.ended(number, 'lost');
    const harm = hadLock ? '' : '; it never had the lock, so it has changed nothing';
    await pageOf(this.target.get(), id, `${id} was lost: ${why}${harm}`);
    const reviewDueAt = this.target.get().reviews.find(({ deployment }) => deployment === id)?.dueAt ?? null;
    // Paged already; the history keeps what there is.
    const salvaged = await bookkeeping.salvage({ workflowId, why, reviewDueAt, hadLock }).catch(() => null);
    if (!salvaged) return;
    if (salvaged.outcome !== 'needs-intervention') this.settle(number, id, salvaged);
    if (salvaged.notExported !== null) await exportLater(id);
  }

  /** It had come to its end, or to no change, before it was lost: nothing is owed, and the lock is free. */
  private settle(number: number, id: string, { outcome, serves, overtakes }: Salvaged): void {
    const { newestConfirmed } = this.target.get();
    const state = outcome === 'aborted' ? withoutReview(this.target.get(), id) : this.target.get();
    this.target.set(withSalvaged(state, number, { serves, overtakes }));
    if (this.target.get().newestConfirmed !== newestConfirmed) this.supersede();
  }
}

/** What a deployment that needs intervention says of its review; undefined where it says nothing. */
function reviewDueIn(details: readonly unknown[] | null | undefined): string | null | undefined {
  const [said] = details ?? [];
  if (said === null || typeof said !== 'object' || !('reviewDueAt' in said)) return undefined;
  return typeof said.reviewDueAt === 'string' ? said.reviewDueAt : null;
}

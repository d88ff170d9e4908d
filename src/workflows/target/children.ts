import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  type ChildWorkflowHandle,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { fieldsOf } from '../../domain/base/fields.ts';
import { deploymentId, deploymentOfWorkflow, isDeploymentOf } from '../../domain/base/ids.ts';
import type { SealedPlan } from '../../domain/plan/seals.ts';
import { openDeliveriesIn, stakeholdersIn } from '../../domain/ports/received.ts';
import { searchedBy } from '../../domain/ports/search-attributes.ts';
import type { RecoveredDeployment } from '../../domain/ports/targets.ts';
import { withEnd, withRecovered } from '../../domain/target/ended-deployments.ts';
import { withLate } from '../../domain/target/late-deliveries.ts';
import { without } from '../../domain/target/open-deployments.ts';
import { withoutRepair, withRepairGranted } from '../../domain/target/repair.ts';
import { type Resolution } from '../../domain/target/requests.ts';
import type { DeploymentResult } from '../../domain/target/result.ts';
import { withoutReview, withReviewOpened } from '../../domain/target/reviews.ts';
import type { Lock, OpenDeployment, Target } from '../../domain/target/state.ts';
import { supersededIn } from '../../domain/target/supersede.ts';
import { targetStateOf } from '../../domain/target/view.ts';
import type { deployment } from '../deployment/deployment.ts';
import { grantedSignal, supersededSignal } from '../deployment/messages.ts';
import { activities } from '../engine/activities.ts';
import { codeOf, rootMessage } from '../engine/failures.ts';
import { UnderWay } from '../engine/under-way.ts';
import { pageOf } from '../notifications/page-target.ts';
import { exportLater } from '../record-export.ts';
import type { Shared } from './shared.ts';

/** A workflow task of a killed worker is taken over after this time, in milliseconds. */
const workflowTaskTimeout = 2_000;

const maxGrantsSignalled = 20;

export type Start =
  | ({ readonly kind: 'request'; readonly number: number } & SealedPlan)
  | { readonly kind: 'repair'; readonly number: number; readonly resolution: Resolution; readonly before: Lock };

/** The deployments of one target: started as children, followed to their end, signalled when the lock is granted or a newer one supersedes them. */
export class Children {
  private readonly target: Shared;
  /** Work that a new run of the target could not take over, and that is over within moments. */
  private readonly short = new UnderWay();
  /** The same that takes as long as the store, people's channels or a lost deployment's history do. */
  readonly long = new UnderWay();
  /** How often which grant was signalled again. */
  private toldAgain = { fence: 0, times: 0 };
  /** What the lock was like before it passed to a repair, by the repair's number: so it is again where that cannot be started. */
  private readonly repairs = new Map<number, Lock>();

  constructor(target: Shared) {
    this.target = target;
  }

  get areSettled(): boolean {
    return this.short.isIdle && this.target.get().open.every(({ runId }) => runId !== null);
  }

  /** Follows what an earlier run of this target started; a child handle does not survive it. */
  followOpen(): void {
    this.follow(this.target.get().open);
  }

  follow(some: readonly OpenDeployment[]): void {
    for (const one of some) if (one.runId !== null) void this.followWithoutHandle(one, one.runId);
  }

  start(start: Start): void {
    if (start.kind === 'request') void this.short.own(this.launch(start));
    else void this.long.own(this.repair(start));
  }

  /** Signals it again when the lock is asked for in the holder's name. Anybody can do that, so it is signalled a limited number of times. */
  grantAgain(): void {
    const fence = this.target.get().lock?.fence ?? 0;
    const times = this.toldAgain.fence === fence ? this.toldAgain.times : 0;
    this.toldAgain = { fence, times: times + 1 };
    if (times < maxGrantsSignalled) this.grant();
  }

  /** Signals the holder of the lock that it has it. */
  grant(): void {
    const { lock, live, slot } = this.target.get();
    const holder = this.target.get().open.find(({ number }) => number === lock?.number);
    if (lock && holder)
      void this.short.own(
        getExternalWorkflowHandle(holder.workflowId).signal(grantedSignal, { fence: lock.fence, live, slot }),
      );
  }

  /** Takes over a state of the target. What was confirmed in it supersedes what is older. */
  supersedeIn(next: Target): void {
    const { newestConfirmed } = this.target.get();
    this.target.set(next);
    if (next.newestConfirmed !== newestConfirmed) this.supersede();
  }

  /** Ends older deployments that have changed nothing: a newer one serves. */
  supersede(): void {
    for (const { number } of supersededIn(this.target.get())) this.supersedeOne(number);
  }

  supersedeOne(number: number): void {
    const { service, environment, newestConfirmed = 0, open } = this.target.get();
    const by = deploymentId(service, environment, newestConfirmed);
    const superseded = open.find((one) => one.number === number);
    if (superseded)
      void this.short.own(getExternalWorkflowHandle(superseded.workflowId).signal(supersededSignal, { by }));
  }

  /** Beside whatever else is to be done: people who are slow to be reached, or cannot be, hold nothing up. */
  private page(of: string, text: string): void {
    void this.long.own(pageOf(this.target.get(), of, text));
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
        typedSearchAttributes: searchedBy(plan),
        staticSummary: `${plan.service} ${plan.release} to ${plan.environment}`,
        staticDetails: `${plan.repair ? 'Repair' : 'Change'}, requested by \`${plan.requester.subject}\`, plan \`${planDigest}\``,
      });
      const { open: now } = this.target.get();
      const runId = handle.firstExecutionRunId;
      this.repairs.delete(number);
      this.target.set({
        ...this.target.get(),
        open: now.map((one) => (one.number === number ? { ...one, runId } : one)),
      });
      void this.followChild(number, child.workflowId, handle);
      // A repair has the lock already. It also asks for it, but so may anybody, until the limit of signals is reached.
      if (this.target.get().lock?.number === number) this.grant();
    } catch (error) {
      void this.long.own(this.notStarted(number, child.id, error as Error));
    }
  }

  /** Its number is in use, maybe since before an older store was restored. The next free one is found. */
  private async notStarted(number: number, id: string, error: Error): Promise<void> {
    const { service, environment, lastNumber } = this.target.get();
    const before = this.repairs.get(number);
    const state = this.target.get();
    this.target.set(before ? withoutRepair(state, number, before) : without(state, number));
    this.page(id, `${id} could not be started: ${rootMessage(error)}`);
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return;
    const free = await activities.freeNumber({ service, environment, after: lastNumber });
    const now = this.target.get();
    this.target.set({ ...now, lastNumber: Math.max(now.lastNumber, free - 1) });
  }

  private async repair({ number, resolution, before }: Extract<Start, { readonly kind: 'repair' }>): Promise<void> {
    const { deployment: of, decision, reason, by, live, proof = null } = resolution;
    this.repairs.set(number, before);
    try {
      const target = targetStateOf(this.target.get());
      const { decidedSeq = null } = before;
      const asked = { deployment: of, decision, reason, requester: by, live, target, proof, decidedSeq };
      const planned = await activities.planRepair(asked);
      // A target that was started anew, from the store, does not know yet whom to page.
      const { stakeholders: known } = this.target.get();
      const stakeholders = stakeholdersIn(planned.plan.policy.stakeholders) ?? known;
      this.target.set(withRepairGranted({ ...this.target.get(), stakeholders }, number));
      await this.launch({ number, ...planned });
    } catch (error) {
      this.target.set(withoutRepair(this.target.get(), number, before, codeOf(error) === 'too-early'));
      this.page(of, `The repair of ${of} could not be planned: ${rootMessage(error)}`);
    }
  }

  private async followChild(
    number: number,
    workflowId: string,
    handle: ChildWorkflowHandle<typeof deployment>,
  ): Promise<void> {
    try {
      this.ended(number, await handle.result());
    } catch (error) {
      const why = error instanceof Error ? error.cause : undefined;
      if (why instanceof ApplicationFailure && why.type === 'needs-intervention')
        this.ended(number, 'lost', why.details);
      else await this.long.own(this.lost(number, workflowId, rootMessage(error)));
    }
  }

  private async followWithoutHandle({ number, workflowId }: OpenDeployment, runId: string): Promise<void> {
    const { kind, result, details } = await activities.followDeployment({ workflowId, runId });
    if (kind === 'completed' && result) this.ended(number, result);
    else if (kind === 'failed') this.ended(number, 'lost', details);
    else await this.long.own(this.lost(number, workflowId, kind));
  }

  /** `details`: what one that needs intervention leaves behind. */
  private ended(number: number, end: DeploymentResult | 'lost', details?: readonly unknown[] | null): void {
    const due = end === 'lost' ? reviewDueIn(details) : (end.reviewDueAt ?? null);
    const { id = '' } = this.target.get().open.find((one) => one.number === number) ?? {};
    this.leave(id, openDeliveriesIn(end === 'lost' ? details?.[0] : end));
    this.supersedeIn(withEnd(withReviewOpened(this.target.get(), number, due, Date.now()), number, end));
  }

  /** What goes on being tried after a deployment's end is written into its journal from here. */
  private leave(id: string, deliveries: readonly string[]): void {
    if (isDeploymentOf(id, this.target.get())) this.target.set(withLate(this.target.get(), id, deliveries, Date.now()));
  }

  /**
   * Terminated or timed out. One that holds the lock keeps it until it is known how it ended. People are paged, and the record
   * has what is known.
   */
  private async lost(number: number, workflowId: string, why: string): Promise<void> {
    const before = this.target.get().open.find((one) => one.number === number);
    const { id = deploymentOfWorkflow(workflowId) ?? workflowId, hadLock = true } = before ?? {};
    this.ended(number, 'lost');
    const harm = hadLock ? '' : '; it never had the lock, so it has changed nothing';
    this.page(id, `${id} was lost: ${why}${harm}`);
    const reviewDueAt = this.target.get().reviews.find(({ deployment }) => deployment === id)?.dueAt ?? null;
    // Paged; the history keeps what there is.
    const recovered = await activities.recoverDeployment({ workflowId, why, reviewDueAt, hadLock }).catch(() => null);
    if (!recovered) return;
    this.leave(id, openDeliveriesIn(recovered));
    if (recovered.outcome !== 'needs-intervention') this.settle(number, id, recovered);
    if (recovered.notExported !== null) await exportLater(id);
  }

  /** It had come to its end, or to no change, before it was lost: nothing is outstanding, and the lock is free. */
  private settle(number: number, id: string, { outcome, serves, supersedes }: RecoveredDeployment): void {
    const state = outcome === 'aborted' ? withoutReview(this.target.get(), id) : this.target.get();
    this.supersedeIn(withRecovered(state, number, { serves, supersedes }));
  }
}

/** When the review of a deployment that needs intervention is due; null: it has none; undefined: it is not known. */
function reviewDueIn(details: readonly unknown[] | null | undefined): string | null | undefined {
  const { reviewDueAt } = fieldsOf(details?.[0]);
  return reviewDueAt === undefined || typeof reviewDueAt === 'string' ? reviewDueAt : null;
}

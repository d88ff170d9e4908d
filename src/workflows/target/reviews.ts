import { sleep } from '@temporalio/workflow';
import { type ReviewClosing, withoutReview, withReviewOverdue } from '../../domain/target/reviews.ts';
import { activities } from '../engine/activities.ts';
import { rootMessage } from '../engine/failures.ts';
import type { InTurn } from '../engine/in-turn.ts';
import { UnderWay } from '../engine/under-way.ts';
import { pageOf } from '../notifications/page-target.ts';
import { exportLater } from '../record-export.ts';
import type { Shared } from './shared.ts';

/** Reviews of a target's emergencies: one durable timer each until they are due, and their closing. */
export class Reviews {
  private readonly target: Shared;
  private readonly armed = new Set<string>();
  /** Work that a new run of the target could not take over; it sets the timers anew. */
  private readonly underWay = new UnderWay();
  private readonly journals: InTurn;

  constructor(target: Shared, journals: InTurn) {
    this.target = target;
    this.journals = journals;
  }

  get areSettled(): boolean {
    return this.underWay.isIdle;
  }

  get isToArm(): boolean {
    return this.target.get().reviews.some(({ deployment, isOverdue }) => !isOverdue && !this.armed.has(deployment));
  }

  /** Sets the timers that are missing. One a review: a timeout in the target's own loop would leave two events each round. */
  arm(): void {
    for (const { deployment, dueAt, isOverdue } of this.target.get().reviews) {
      if (isOverdue || this.armed.has(deployment)) continue;
      this.armed.add(deployment);
      void this.untilDue(deployment, dueAt);
    }
  }

  close(closing: ReviewClosing): void {
    void this.underWay.own(this.record(closing));
  }

  private async untilDue(deployment: string, dueAt: string): Promise<void> {
    const ms = Math.max(1, Date.parse(dueAt) - Date.now());
    await sleep(ms, { summary: `Review of ${deployment} is due` });
    if (!this.target.get().reviews.some((one) => one.deployment === deployment)) return;
    this.target.set(withReviewOverdue(this.target.get(), deployment));
    await this.underWay.own(
      this.page(deployment, `The review of the emergency ${deployment} is overdue (due ${dueAt}).`),
    );
  }

  /** It stays open until it stands in the deployment's own record. */
  private async record({ deployment, findings, by, proof }: ReviewClosing): Promise<void> {
    const { service, environment, reviews } = this.target.get();
    const target = `${service}/${environment}`;
    const at = new Date().toISOString();
    const reviewDueAt = reviews.find((one) => one.deployment === deployment)?.dueAt ?? null;
    try {
      const asked = { deployment, findings, by, at, reviewDueAt, target, proof: proof ?? null };
      const notExported = await this.journals.run(() => activities.closeReview(asked));
      if (notExported !== null) await exportLater(deployment);
      this.target.set(withoutReview(this.target.get(), deployment));
    } catch (error) {
      await this.page(deployment, `The review of ${deployment} stays open: ${rootMessage(error)}`);
    }
  }

  private page(deployment: string, text: string): Promise<void> {
    return pageOf(this.target.get(), deployment, text);
  }
}

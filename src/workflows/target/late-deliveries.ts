import { condition, sleep } from '@temporalio/workflow';
import type { DeliveryRecorded, RecordDeliveryInput } from '../../domain/ports/notification.ts';
import { deliveryEndIn } from '../../domain/ports/received.ts';
import { withoutLate } from '../../domain/target/late-deliveries.ts';
import { type LateDelivery } from '../../domain/target/state.ts';
import { activities } from '../engine/activities.ts';
import type { InTurn } from '../engine/in-turn.ts';
import { exportLater } from '../record-export.ts';
import type { Shared } from './shared.ts';

type RecordDelivery = (input: RecordDeliveryInput) => Promise<DeliveryRecorded>;

/** Anybody can signal that a delivery has ended: so many signals have it examined early, else it is at its time. */
const maxWords = 5;
const maxEarly = 200;

/** A journal that cannot be written is tried again after this time, in milliseconds, then twice as long each time. */
const againMs = 60_000;
const maxAgainMs = 3_600_000;

/** With waits that long, more than a day. */
const maxLooks = 30;

/**
 * Deliveries that deployments of a target have left open at their end: each is examined at once, when it signals that it
 * has ended, and at the latest when a day is over, until its end stands in the journal. Only what a deployment's own end has
 * named is examined, so that forged signals cost nothing. A new run examines all of them anew.
 */
export class LateDeliveries {
  private readonly target: Shared;
  private readonly journals: Pick<InTurn, 'run'>;
  private readonly followed = new Set<string>();
  /** Those whose end was signalled and has not been examined yet, and how often each was signalled. */
  private readonly said = new Set<string>();
  private readonly words = new Map<string, number>();
  /** Signalled while their deployments are still open, the newest last: the ends of those may be on their way. */
  private readonly early = new Set<string>();
  private readonly record: RecordDelivery;

  constructor(target: Shared, journals: Pick<InTurn, 'run'>, record: RecordDelivery = activities.recordDelivery) {
    this.target = target;
    this.journals = journals;
    this.record = record;
  }

  get areToFollow(): boolean {
    return this.all.some(({ delivery }) => !this.followed.has(delivery));
  }

  follow(): void {
    for (const one of this.all) {
      if (this.followed.has(one.delivery)) continue;
      this.followed.add(one.delivery);
      if (this.early.delete(one.delivery)) this.said.add(one.delivery);
      void this.untilWritten(one);
    }
  }

  /** Receives the signal that a delivery is about to end, which anybody can send. */
  hear(raw: unknown): void {
    const ended = deliveryEndIn(raw);
    if (!ended) return;
    const { deployment, delivery } = ended;
    if (this.target.get().open.some(({ id }) => id === deployment)) return this.keepEarly(delivery);
    if (!this.all.some((one) => one.delivery === delivery && one.deployment === deployment)) return;
    const words = (this.words.get(delivery) ?? 0) + 1;
    this.words.set(delivery, words);
    if (words <= maxWords) this.said.add(delivery);
  }

  private keepEarly(delivery: string): void {
    this.early.delete(delivery);
    this.early.add(delivery);
    const [oldest] = this.early;
    if (this.early.size > maxEarly && oldest !== undefined) this.early.delete(oldest);
  }

  private get all(): readonly LateDelivery[] {
    return this.target.get().late ?? [];
  }

  private async untilWritten(one: LateDelivery): Promise<void> {
    const { delivery, until } = one;
    for (let look = 0; look < maxLooks; look += 1) {
      const isOver = await this.journals.run(() => this.write(one)).catch(() => null);
      const leftMs = Date.parse(until) - Date.now();
      if (isOver || (isOver === false && leftMs <= 0)) break;
      if (isOver === null)
        await sleep(Math.min(againMs * 2 ** look, maxAgainMs), { summary: 'Write how a delivery ended again' });
      else await condition(() => this.said.has(delivery), Math.max(1, leftMs));
    }
    this.followed.delete(delivery);
    this.words.delete(delivery);
    this.target.set(withoutLate(this.target.get(), delivery));
  }

  /** Answers whether nothing is left to be written of it. */
  private async write({ deployment, delivery }: LateDelivery): Promise<boolean> {
    const isSaid = this.said.delete(delivery);
    const { isOver, notExported } = await this.record({ deployment, delivery, isSaid });
    if (notExported !== null) await exportLater(deployment);
    return isOver;
  }
}

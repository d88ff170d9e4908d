import { condition, sleep } from '@temporalio/workflow';
import { type LateDelivery, withoutLate } from '../domain/late-deliveries.ts';
import { deliveryEndIn } from '../domain/received.ts';
import { bookkeeping } from './activity-options.ts';
import type { Shared } from './children.ts';
import type { InTurn } from './in-turn.ts';
import { exportLater } from './record-export.ts';

/** Anybody can say that a delivery has ended: so often it is looked at for their word, else at its time. */
const mostWords = 5;
/** A journal that cannot be written is tried again after this time, in milliseconds, then twice as long each time. */
const againMs = 60_000;
const longestAgainMs = 3_600_000;
/** With waits that long, more than a day. */
const mostLooks = 30;

/**
 * Deliveries that deployments of a target have left open at their end: each is looked at at once, once it has said that it
 * has ended, and at the latest when a day is over, until its end stands in the journal. Only what a deployment's own end has
 * named is looked at, so that forged words cost nothing. A new run looks at all of them anew.
 */
export class LateDeliveries {
  private readonly target: Shared;
  private readonly journals: InTurn;
  private readonly followed = new Set<string>();
  /** Those whose end has been said and not been looked at yet, and how often each was said. */
  private readonly said = new Set<string>();
  private readonly words = new Map<string, number>();

  constructor(target: Shared, journals: InTurn) {
    this.target = target;
    this.journals = journals;
  }

  get areToFollow(): boolean {
    return this.all.some(({ delivery }) => !this.followed.has(delivery));
  }

  follow(): void {
    for (const one of this.all) {
      if (this.followed.has(one.delivery)) continue;
      this.followed.add(one.delivery);
      void this.untilWritten(one);
    }
  }

  /** A delivery says that it is about to end, or somebody says so in its name. */
  hear(raw: unknown): void {
    const ended = deliveryEndIn(raw);
    if (!ended || !this.all.some((one) => one.delivery === ended.delivery && one.deployment === ended.deployment))
      return;
    const words = (this.words.get(ended.delivery) ?? 0) + 1;
    this.words.set(ended.delivery, words);
    if (words <= mostWords) this.said.add(ended.delivery);
  }

  private get all(): readonly LateDelivery[] {
    return this.target.get().late ?? [];
  }

  private async untilWritten(one: LateDelivery): Promise<void> {
    const { delivery, until } = one;
    for (let look = 0; look < mostLooks; look += 1) {
      const isOver = await this.journals.run(() => this.write(one)).catch(() => null);
      const leftMs = Date.parse(until) - Date.now();
      if (isOver || (isOver === false && leftMs <= 0)) break;
      if (isOver === null)
        await sleep(Math.min(againMs * 2 ** look, longestAgainMs), { summary: 'Write how a delivery ended again' });
      else await condition(() => this.said.has(delivery), Math.max(1, leftMs));
    }
    this.followed.delete(delivery);
    this.words.delete(delivery);
    this.target.set(withoutLate(this.target.get(), delivery));
  }

  /** Answers whether nothing is left to be written of it. */
  private async write({ deployment, delivery }: LateDelivery): Promise<boolean> {
    const isSaid = this.said.delete(delivery);
    const { isOver, notExported } = await bookkeeping.recordDelivery({ deployment, delivery, isSaid });
    if (notExported !== null) await exportLater(deployment);
    return isOver;
  }
}

import { allHandlersFinished, condition, getExternalWorkflowHandle, sleep, workflowInfo } from '@temporalio/workflow';
import { deploymentWorkflowId, isWorkflowOf, pageWorkflowId, parseDeploymentId } from '../../domain/base/ids.ts';
import { allMissed } from '../../domain/deployment/notification-words.ts';
import {
  nextWays,
  nobodyWords,
  notifiedEntries,
  type PageAcknowledgementClaim,
  type PageEntry,
  pageAgain,
  unansweredWords,
  unreachedWords,
} from '../../domain/journal/paging.ts';
import type { PageAcknowledgement } from '../../domain/journal/values.ts';
import type { Delivery, Notification, Stakeholder } from '../../domain/kinds/notification.ts';
import { notifyResultIn, type PageInput } from '../../domain/ports/notification.ts';
import { isPage, isPageAcknowledgementClaim } from '../../domain/ports/received.ts';
import { activities } from '../engine/activities.ts';
import { notifyOfPage } from '../engine/bounds-by-plan.ts';
import { codeOf, rootMessage } from '../engine/failures.ts';
import { pageAcknowledgedSignal, pageUpdatedSignal, signalTarget } from '../engine/internal-signals.ts';
import { startOutliving } from '../engine/outliving.ts';
import { onSignal, onUnknownSignal } from '../engine/signals.ts';
import { onQuery, onUpdate, refusal } from '../engine/updates-and-queries.ts';
import { deliverLater } from './delivery.ts';

export const pageUpdate = 'acknowledge';
export const pageQuery = 'page';

/** A delivery is tried for a day, and its last attempt may take a moment more. */
const deliveriesMs = 25 * 3_600_000;

/** Anybody who reaches Temporal can send the signal: after so many checks of the journal each waits so long, in milliseconds. */
const checksAtOnce = 10;
const checkAgainMs = 1_000;

/**
 * One page, from its second way on: it goes to the next way of each person who was not reached, and of everybody where it is
 * not acknowledged in time, until it is or no way is left, which it then reports. It outlives the workflow that started it,
 * which reads its story; the target is signalled where the deployment is over.
 */
export async function page(input: PageInput): Promise<void> {
  if (!isPage(input)) throw refusal('malformed', 'This is no page.');
  const run = new OpenPage(input);
  onUpdate<PageAcknowledgementClaim, PageAcknowledgement>(pageUpdate, {
    isArgument: isPageAcknowledgementClaim,
    validate: () => run.checkOpen(),
    carryOut: (claim) => run.acknowledge(claim),
    description: 'A person has seen the page and takes care of it',
  });
  onSignal(pageAcknowledgedSignal.name, () => run.ring());
  onQuery(pageQuery, () => run.story);
  onUnknownSignal(() => undefined);
  await run.goOn();
}

class OpenPage {
  readonly story: PageEntry[];
  private readonly input: PageInput;
  private readonly told: Delivery[];
  private acknowledgement: PageAcknowledgement | null = null;
  private isOver = false;
  private rounds = 1;
  private openDeliveries = 0;
  private checks = 0;
  private isRung = false;
  private isChecking = false;
  private telling: Promise<void> = Promise.resolve();

  constructor(input: PageInput) {
    this.input = input;
    const { notification, first, acknowledgeWithinMs } = input;
    this.told = [...first.deliveries];
    const { page: name } = notification;
    const until = new Date(Date.parse(first.at) + acknowledgeWithinMs).toISOString();
    // The deployment has journaled these itself, unless its journal was closed by then.
    this.story = [
      ...this.entriesOf(1, first.at, first.deliveries),
      { at: first.at, type: 'page-opened', page: name, until },
    ];
  }

  private get name(): string {
    return this.input.notification.page;
  }

  private entriesOf(round: number, at: string, deliveries: readonly Delivery[]): readonly PageEntry[] {
    return notifiedEntries({ event: 'page', page: this.name, round }, deliveries).map((entry) => ({ at, ...entry }));
  }

  async goOn(): Promise<void> {
    const { notification, to, first, acknowledgeWithinMs: withinMs } = this.input;
    let deadline = Date.parse(first.at) + withinMs;
    for (;;) {
      await this.notifyUnreached();
      if (await this.isAcknowledgedBy(deadline)) break;
      const next = nextWays(to, this.told, 'all');
      if (next.length === 0) break;
      await this.tell(next, unansweredWords(notification, this.told, withinMs));
      deadline = Date.now() + withinMs;
    }
    // From here on it cannot be acknowledged: people are notified of the end.
    this.isOver = true;
    if (!this.acknowledgement) await this.sayNobody();
    const { rounds, acknowledgement } = this;
    this.story.push({ at: new Date().toISOString(), type: 'page-ended', page: this.name, rounds, acknowledgement });
    this.moved();
    await condition(() => this.openDeliveries === 0, deliveriesMs, { summary: 'Deliveries go on' });
    await condition(allHandlersFinished);
    await this.telling;
  }

  private isAcknowledgedBy(deadline: number): Promise<boolean> {
    return condition(() => this.acknowledgement !== null, Math.max(1, deadline - Date.now()), {
      summary: 'Waiting: an acknowledgement of the page',
    });
  }

  /** Whoever has another way does not wait where the last one did not reach them. */
  private async notifyUnreached(): Promise<void> {
    const { notification, to } = this.input;
    while (!this.acknowledgement) {
      const next = nextWays(to, this.told, 'unreached');
      if (next.length === 0) return;
      await this.tell(next, unreachedWords(notification, this.told));
    }
  }

  private async sayNobody(): Promise<void> {
    const { notification, to, acknowledgeWithinMs } = this.input;
    const { page: _, ...said } = pageAgain(
      notification,
      'nobody',
      nobodyWords(notification, this.told, acknowledgeWithinMs),
      Date.now(),
      null,
    );
    await this.send(said, to, this.rounds + 1);
  }

  private async tell(next: readonly Stakeholder[], why: string): Promise<void> {
    const { notification, acknowledgeWithinMs } = this.input;
    this.rounds += 1;
    const what = `round-${this.rounds}`;
    const deliveries = await this.send(
      pageAgain(notification, what, why, Date.now(), acknowledgeWithinMs),
      next,
      this.rounds,
    );
    this.told.push(...deliveries);
  }

  private async send(notification: Notification, to: readonly Stakeholder[], round: number) {
    const input = { notification, to };
    const told = await notifyOfPage(input).catch((error: unknown) => allMissed(input, rootMessage(error)));
    const { deliveries } = notifyResultIn(told);
    this.story.push(...this.entriesOf(round, notification.at, deliveries));
    const later = deliveries.filter(({ again }) => again !== null);
    this.openDeliveries += later.length;
    await deliverLater(input, later, (end) => {
      this.openDeliveries -= 1;
      this.story.push({ at: end.lastAt, type: 'delivery-ended', ...end, page: this.name });
      this.moved();
    });
    this.moved();
    return deliveries;
  }

  checkOpen(): void {
    if (this.isOver && !this.acknowledgement)
      throw refusal('not-waiting', 'Nobody acknowledged this page in time, and everybody has been notified of that.');
  }

  async acknowledge(claim: PageAcknowledgementClaim): Promise<PageAcknowledgement> {
    if (this.acknowledgement) return this.acknowledgement;
    const found = await this.evaluate(claim).catch((error: unknown) => {
      throw refusal(codeOf(error) ?? 'engine-unavailable', rootMessage(error));
    });
    if (!found) throw refusal('unproven-message', 'Nobody vouches for this acknowledgement.');
    this.checkOpen();
    this.acknowledgement ??= this.named(found, claim);
    return this.acknowledgement;
  }

  /** Receives the signal that the deployment's journal has an acknowledgement. Anybody can send it, so the journal is read. */
  ring(): void {
    this.isRung = true;
    if (!this.isChecking && !this.isOver) void this.checkJournal();
  }

  private async checkJournal(): Promise<void> {
    this.isChecking = true;
    while (this.isRung && !this.isOver && !this.acknowledgement) {
      this.isRung = false;
      this.checks += 1;
      if (this.checks > checksAtOnce) await sleep(checkAgainMs, { summary: 'Wait before the journal is read again' });
      const found = await this.evaluate(null).catch(() => null);
      if (found && !this.isOver) this.acknowledgement ??= found;
    }
    this.isChecking = false;
  }

  private evaluate(said: PageAcknowledgementClaim | null) {
    const { notification, roles, first } = this.input;
    const { deployment, page: name } = notification;
    return activities.verifyAcknowledgement({ deployment, page: name, roles, since: first.at, said });
  }

  /** Only the page knows whom a link was sent to. */
  private named(found: PageAcknowledgement, said: PageAcknowledgementClaim): PageAcknowledgement {
    if (!('delivery' in said)) return found;
    const way = this.told.find(({ id }) => id === said.delivery);
    if (!way) throw refusal('not-waiting', 'This page went no such way.');
    return { ...found, who: `whoever held the link sent to ${way.stakeholder} by ${way.how}` };
  }

  /** Notifies the writer of the journal that there is more to read, one signal after the other. */
  private moved(): void {
    this.telling = this.telling.then(() => this.notifyJournal());
  }

  private async notifyJournal(): Promise<void> {
    const { deployment } = this.input.notification;
    const name = parseDeploymentId(deployment);
    // A page that its target has started stands in no journal.
    if (!name || !isWorkflowOf(deployment, workflowInfo().parent?.workflowId ?? '')) return;
    const { service, environment, number } = name;
    const moved = { deployment, page: this.name };
    const isHeard = await getExternalWorkflowHandle(deploymentWorkflowId(service, environment, number))
      .signal(pageUpdatedSignal, moved)
      .then(
        () => true,
        () => false, // it is over: its target writes behind its journal
      );
    // A deployment that ends just now may have received it too late.
    if (isHeard && !this.isOver) return;
    await signalTarget(name, pageUpdatedSignal, moved);
  }
}

/** Starts the workflow of a page, which outlives the one that starts it. Answers whether it is there. */
export async function startPage(input: PageInput): Promise<boolean> {
  const { deployment, page: name } = input.notification;
  const workflowId = pageWorkflowId(deployment, name);
  return (await startOutliving(page, input, { workflowId, staticSummary: `Page ${name} of ${deployment}` })) !== null;
}

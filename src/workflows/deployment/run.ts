import { reminderMs, wantedOf } from '../../domain/deployment/missing-people.ts';
import { hearersOf } from '../../domain/deployment/notification-words.ts';
import { startExpiry } from '../../domain/deployment/start-expiry.ts';
import type { Wait } from '../../domain/journal/waits.ts';
import type { Delivery, NotifyInput } from '../../domain/kinds/notification.ts';
import type { MessageArgument } from '../../domain/messages/messages.ts';
import type { WindowFinding } from '../../domain/policy/windows-schema.ts';
import type { Grant } from '../../domain/target/result.ts';
import { type Reminder, SharedTimer } from '../engine/shared-timer.ts';
import { ActingRun } from './acting.ts';
import { Alarms } from './alarms.ts';
import { Documents } from './documents.ts';
import { HealthMonitor } from './health-monitor.ts';
import { notifyInBackground } from './notify.ts';

/** One deployment while it runs: what it has received, and its parts that go on beside the phases. */
export class DeploymentRun extends ActingRun {
  readonly monitor = new HealthMonitor(this);
  readonly alarms = new Alarms(this);
  readonly documents = new Documents(this);
  /** Of its approvals: what it waits for until then has one timer. */
  readonly expiry = new SharedTimer('Limit: approvals');
  /** The grant of the lock, as the target signalled it. */
  grant: Grant | null = null;
  /** The latest approvals with the API's proof, by gate and subject. */
  readonly latestApprovals = new Map<string, MessageArgument<'approve'>>();
  /** The window as it was evaluated last, and when (milliseconds since the epoch). */
  window: { readonly finding: WindowFinding; readonly at: number } | null = null;
  /** Of asking for approval, where that was done with the evaluation and is not journaled yet. */
  asked: { readonly input: NotifyInput | null; readonly deliveries: readonly Delivery[] } | null = null;

  /**
   * Waits armed until `done` holds. Journals the wait, with what happens when `withinMs` is over, and notifies the people
   * who are wanted, at once (unless `isAsked`: they were already) and again before it is over; answers whether `done` came first.
   */
  async wait(wait: Omit<Wait, 'until'>, withinMs: number, done: () => boolean, isAsked = false): Promise<boolean> {
    if (done()) return true;
    const until = new Date(Date.now() + withinMs).toISOString();
    const waiting = { ...wait, until };
    this.append({ type: 'waiting-started', wait: waiting });
    if (!isAsked) this.askFor(waiting);
    const isToExpiry = until === startExpiry(this.plan, this.state.requestedAt);
    const timer = isToExpiry ? this.expiry : new SharedTimer(`Waiting: ${wait.kind}`);
    const cameFirst = withinMs > 0 && (await timer.before(until, done, this.reminderOf(waiting, withinMs)));
    if (!isToExpiry) timer.stop();
    this.append({ type: 'waiting-ended', kind: wait.kind });
    this.throwIfStopped();
    return cameFirst;
  }

  private reminderOf(wait: Wait, withinMs: number): Reminder | null {
    const beforeMs = reminderMs(withinMs);
    const wanted = wantedOf(this.plan, this.state, wait);
    if (beforeMs === null || !wanted || hearersOf(this.plan.policy.stakeholders, wanted.event).length === 0)
      return null;
    const at = new Date(Date.now() + withinMs - beforeMs).toISOString();
    return { at, remind: () => this.askFor(wait, 'Again: ') };
  }

  /** Notifies the people who can end a wait, beside everything else. */
  askFor(wait: Wait, before = ''): void {
    const wanted = wantedOf(this.plan, this.state, wait);
    if (wanted) notifyInBackground(this, wanted.event, { ...wanted.asked, text: `${before}${wanted.asked.text}` });
  }
}

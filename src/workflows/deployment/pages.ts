import { getExternalWorkflowHandle, sleep } from '@temporalio/workflow';
import { pageWorkflowId } from '../../domain/base/ids.ts';
import { hearersOf } from '../../domain/deployment/notification-words.ts';
import { entriesOf } from '../../domain/journal/entries.ts';
import { pageRoles, untold } from '../../domain/journal/paging.ts';
import type { Delivery, NotifyInput } from '../../domain/kinds/notification.ts';
import { pageIn } from '../../domain/ports/received.ts';
import { activities } from '../engine/activities.ts';
import { pageAcknowledgedSignal, pageUpdatedSignal, signalTarget } from '../engine/internal-signals.ts';
import { startPage } from '../notifications/page.ts';
import type { MainScope } from './main-scope.ts';

/** Anybody who reaches Temporal can send the signal: after so many reads each waits so long, in milliseconds. */
const readsAtOnce = 50;
const readAgainMs = 1_000;

/** The pages of one deployment: each has a workflow of its own, and its story comes into the journal. */
export class Pages {
  private readonly run: MainScope;
  private count = 0;
  /** Those that are under way, with their start. */
  private readonly started = new Map<string, Promise<boolean>>();
  private readonly moved = new Set<string>();
  private isReading = false;
  private reads = 0;

  constructor(run: MainScope) {
    this.run = run;
  }

  /** A name for the next one. */
  next(): string {
    this.count += 1;
    return String(this.count);
  }

  /** Starts the workflow that carries a page on after its first round. */
  open({ notification }: NotifyInput, name: string, deliveries: readonly Delivery[]): void {
    const { run } = this;
    const { plan } = run;
    const { acknowledgeWithinMs } = plan.policy.paging;
    const to = hearersOf(plan.policy.stakeholders, 'page');
    const first = { at: notification.at, deliveries };
    const until = new Date(Date.parse(notification.at) + acknowledgeWithinMs).toISOString();
    if (!run.hasEnded) run.append({ type: 'page-opened', page: name, until });
    const of = { ...notification, page: name };
    const input = { notification: of, to, first, acknowledgeWithinMs, roles: pageRoles(plan) };
    // What stops the deployment stops no page.
    const started = run.shelter.run(() => startPage(input));
    this.started.set(name, started);
    run.track(() => this.mind(name, started));
  }

  private async mind(name: string, started: Promise<boolean>): Promise<void> {
    if ((await started) || this.run.hasEnded) return;
    const what = `page ${name} goes to no second way: its workflow could not be started`;
    this.run.deviation('page-not-followed', 'major', what);
  }

  /** Signals each page that is under way to read the acknowledgement in the journal. */
  acknowledged(): void {
    for (const [name, started] of this.started) this.run.track(() => this.notifyAcknowledged(name, started));
  }

  private async notifyAcknowledged(name: string, started: Promise<boolean>): Promise<void> {
    if (!(await started)) return;
    await getExternalWorkflowHandle(pageWorkflowId(this.run.id, name))
      .signal(pageAcknowledgedSignal, {})
      .catch(() => undefined); // it is over
  }

  /** Receives the signal that a page has gone on; its story is read by an activity. */
  onUpdated(raw: unknown): void {
    const name = pageIn(raw);
    // Once its end is decided nothing keeps a deployment from closing: its target writes the rest.
    if (name === null || !this.started.has(name) || this.run.isDecided) return;
    this.moved.add(name);
    if (!this.isReading) this.run.track(() => this.read());
  }

  /** Leaves the pages whose end is not journaled to the target, which continues the closed journal. */
  async leave(): Promise<void> {
    const { id, plan, journal } = this.run;
    const ended = new Set(entriesOf(journal, 'page-ended').map(({ page: name }) => name));
    const left = [...this.started.keys()].filter((name) => !ended.has(name));
    await Promise.all(left.map((page) => signalTarget(plan, pageUpdatedSignal, { deployment: id, page })));
  }

  private async read(): Promise<void> {
    this.isReading = true;
    for (let [name] = this.moved; name !== undefined && !this.run.isDecided; [name] = this.moved) {
      this.moved.delete(name);
      this.reads += 1;
      if (this.reads > readsAtOnce) await sleep(readAgainMs, { summary: 'Wait before pages are read again' });
      const story = await activities.readPage({ deployment: this.run.id, page: name }).catch(() => []);
      if (this.run.hasEnded) break;
      for (const { at: _, ...entry } of untold(this.run.journal, story)) this.run.append(entry);
    }
    this.isReading = false;
  }
}

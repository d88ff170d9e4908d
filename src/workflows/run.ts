import { CancellationScope, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { deploymentId } from '../domain/base/ids.ts';
import type { Phase } from '../domain/base/phases.ts';
import { startExpiry } from '../domain/deployment/approvals.ts';
import { currentDetails, detailsDiffer } from '../domain/deployment/current-details.ts';
import { hearersOf } from '../domain/deployment/notification.ts';
import { applyEntry, type DeploymentState, initialState } from '../domain/deployment/state.ts';
import { reminderMs, wantedOf } from '../domain/deployment/wanted.ts';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import type { EntryBody, JournalEntry, StopCause, Wait } from '../domain/journal/entries.ts';
import { fitEntry } from '../domain/journal/fit-entry.ts';
import type { Delivery, NotifyInput } from '../domain/kinds/notification.ts';
import type { MessageArgument } from '../domain/messages/messages.ts';
import type { Warrant } from '../domain/messages/warrant.ts';
import { bindingsFor } from '../domain/plan/bindings.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Bindings, LiveRelease } from '../domain/plan/references.ts';
import { partName, placeOf } from '../domain/plan/seals.ts';
import type { WindowFinding } from '../domain/policy/windows.ts';
import type { Lease, Workplace } from '../domain/ports/lease.ts';
import { searchAttributes } from '../domain/ports/search-attributes.ts';
import type { Grant } from '../domain/target/result.ts';
import { partSealOf, type Seals } from '../domain/trust/seal.ts';
import { Alarms } from './alarms.ts';
import { Documents } from './documents.ts';
import { doorbell } from './doorbell.ts';
import { HealthMonitor } from './health-monitor.ts';
import { attachOutbox } from './journal-interceptor.ts';
import { JournalOutbox } from './journal-outbox.ts';
import { keepTime } from './kept-time.ts';
import { Pages } from './pages.ts';
import { type Reminder, SharedTimer } from './shared-timer.ts';
import { causeOf, Stopped } from './stopped.ts';
import { Telling } from './telling.ts';

export interface DeploymentInput {
  readonly plan: Plan;
  readonly planDigest: string;
  /** The API's signatures; null where it has no key. */
  readonly seals: Seals | null;
  readonly number: number;
  /** What the target served when the deployment was requested; the lock decides what counts. */
  readonly presumed: { readonly live: LiveRelease | null; readonly slot: string | null };
}

/** One deployment while it runs: its journal, the state folded from it, and the one thing that ends its main scope. */
export class DeploymentRun {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly seals: Seals | null;
  readonly id: string;
  readonly number: number;
  readonly monitor: HealthMonitor;
  readonly alarms: Alarms;
  readonly telling: Telling;
  readonly pages: Pages;
  readonly documents: Documents;
  /** Of its approvals: what it waits for until then has one timer. */
  readonly expiry = new SharedTimer('Limit: approvals');
  readonly journal: JournalEntry[] = [];
  readonly outbox: JournalOutbox;
  /** The grant of the lock, as the target signalled it. */
  grant: Grant | null = null;
  /** The API's word for this run. */
  warrant: Warrant | null = null;
  /** Approvals as they were said last, with the API's word for them, by gate and subject. */
  readonly approvalsSaid = new Map<string, MessageArgument<'approve'>>();
  /** The window as it was judged last, and when (milliseconds since the epoch). */
  window: { readonly finding: WindowFinding; readonly at: number } | null = null;
  /** Of asking for approval, where that was done with the judgement and is not journaled yet. */
  asked: { readonly input: NotifyInput | null; readonly deliveries: readonly Delivery[] } | null = null;
  state: DeploymentState;
  /** How it ends is decided, and being told. */
  isDecided = false;

  /** Where things run that only the deployment's end ends: not a breach, not an abort, not Temporal's own cancel. */
  readonly shelter: CancellationScope;

  private hiddenBehind: DeploymentRun['shown'] | null = null;
  private cause: StopCause | null = null;
  /** The phase that searches find it by; the first one is there from the start. */
  private searchedAs: Phase = 'verifying';
  private scope: CancellationScope | null = null;
  private readonly presumed: DeploymentInput['presumed'];

  /** Made inside a non-cancellable scope. */
  constructor({ plan, planDigest, seals, number, presumed }: DeploymentInput) {
    this.plan = plan;
    this.planDigest = planDigest;
    this.seals = seals;
    this.number = number;
    this.presumed = presumed;
    this.id = deploymentId(plan.service, plan.environment, number);
    this.state = initialState(plan);
    this.outbox = new JournalOutbox(() => this.row());
    this.monitor = new HealthMonitor(this);
    this.alarms = new Alarms(this);
    this.documents = new Documents(this);
    this.shelter = CancellationScope.current();
    this.telling = new Telling(this, this.shelter);
    this.pages = new Pages(this);
    attachOutbox(this.outbox);
  }

  /** Appends an entry at the workflow's time; every view follows from it. */
  append(body: EntryBody, at = new Date().toISOString()): void {
    const place = { v: 1 as const, seq: this.journal.length + 1, at };
    const entry: JournalEntry = { ...place, ...fitEntry(body) };
    this.journal.push(entry);
    const before = this.state;
    this.state = applyEntry(this.plan, before, entry);
    this.outbox.add(entry);
    keepTime(entry.seq);
    doorbell.journalGrew(this.id, entry.seq);
    // Most entries change nothing of it, and a rollback must not wait for words.
    if (entry.seq === 1 || detailsDiffer(before, this.state))
      setCurrentDetails(currentDetails(this.plan, this.planDigest, this.state));
  }

  /**
   * Appends a decision that its target is told of. It stands at once; views and the store hear of it when the target has,
   * so that none of them shows what the target does not know. One that cannot be told hears of the deployment's end.
   */
  async appendOnceTold(bodies: readonly EntryBody[], tell: () => Promise<void>): Promise<void> {
    const { journal, state } = this;
    this.hiddenBehind = { journal: [...journal], state };
    this.outbox.hold();
    for (const body of bodies) this.append(body);
    await tell().catch(() => undefined);
    this.hiddenBehind = null;
    this.outbox.letGo();
  }

  /** Journal and state as views show them. */
  get shown(): { readonly journal: readonly JournalEntry[]; readonly state: DeploymentState } {
    return this.hiddenBehind ?? this;
  }

  enter(phase: Phase): void {
    this.append({ type: 'phase-entered', phase });
    this.findBy(phase);
  }

  /** Lets searches find it by a phase; each costs an event, so phases that pass at once do without. */
  findBy(phase: Phase): void {
    if (phase === this.searchedAs) return;
    this.searchedAs = phase;
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);
  }

  deviation(code: string, severity: 'minor' | 'major', what: string, step?: string): void {
    const authority = `plan ${this.planDigest}`;
    this.append({
      type: 'deviation',
      code,
      severity,
      what,
      decidedBy: 'Gantry',
      authority,
      ...(step === undefined ? {} : { step }),
    });
  }

  /** References as the lock bound them; before it, as they were presumed at the request. */
  get bindings(): Bindings {
    const { live, slot } = this.presumed;
    return this.state.bindings ?? bindingsFor(this.plan, this.id, 0, live, slot);
  }

  get lease(): Lease {
    const { runId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
    return {
      deployment: this.id,
      target: `${this.plan.service}/${this.plan.environment}`,
      fence: this.bindings.fence,
      runId,
      firstRunId: firstExecutionRunId,
      continuedFrom: continuedFromExecutionRunId ?? null,
      warrant: this.warrant,
    };
  }

  get workplace(): Workplace {
    const { procedure, inline, files, slots } = placeOf(this.plan);
    return { procedure, inline, files, slots, seal: partSealOf(this.seals, partName.place) };
  }

  /** The deployment as lists show it. */
  row(): DeploymentRow {
    const { plan } = this;
    const { state, journal } = this.shown;
    return {
      id: this.id,
      workflowId: workflowInfo().workflowId,
      number: this.number,
      service: plan.service,
      environment: plan.environment,
      release: plan.release,
      artifactDigest: plan.artifact.digest,
      planDigest: this.planDigest,
      requester: plan.requester.subject,
      requestedAt: state.requestedAt,
      phase: state.phase,
      outcome: state.outcome,
      endedAt: state.outcome === null ? null : (journal.findLast(({ type }) => type === 'ended')?.at ?? null),
      lastSeq: state.seq,
    };
  }

  /**
   * Runs the part of a deployment that a breach, an abort, a cancel or an error ends early. Whatever ends it, the
   * cause comes back and nothing is thrown, so that the caller can always compensate.
   */
  async untilStopped(main: () => Promise<void>): Promise<StopCause | null> {
    if (this.cause) return this.cause;
    this.scope = new CancellationScope({ cancellable: true });
    try {
      await this.scope.run(main);
    } catch (error) {
      this.cause ??= causeOf(error);
    }
    this.scope = null;
    return this.state.confirmed ? null : this.cause;
  }

  /** Ends the main scope, once; after the confirmation nothing does. */
  stop(cause: StopCause): void {
    if (this.cause || this.state.confirmed) return;
    this.cause = cause;
    this.scope?.cancel();
  }

  /** Its journal says no more: what comes later is written by its target. */
  get hasEnded(): boolean {
    return this.state.outcome !== null;
  }

  get isStopped(): boolean {
    return this.cause !== null;
  }

  /**
   * For the places that a cancelled scope does not reach by itself: right before an effect, right after an answer.
   * Outside the main scope there is nothing left to stop.
   */
  throwIfStopped(): void {
    if (this.cause && this.scope) throw new Stopped(this.cause);
  }

  /**
   * Waits armed until `done` holds. Says so in the journal, with what happens when `withinMs` is over, and tells whoever
   * is wanted, at once (unless they were `asked` already) and again before it is over; answers whether `done` came first.
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

  /** Tells whoever could do it what a wait wants, beside everything else. */
  askFor(wait: Wait, before = ''): void {
    const wanted = wantedOf(this.plan, this.state, wait);
    if (wanted) this.telling.start(wanted.event, { ...wanted.asked, text: `${before}${wanted.asked.text}` });
  }
}

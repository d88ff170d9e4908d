import { setTimeout as delay } from 'node:timers/promises';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { applyEntry, type DeploymentState, initialState } from '../../domain/deployment/state.ts';
import type { JournalBatch } from '../../domain/journal/batch.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { FrozenPlan } from '../../domain/plan/seals.ts';
import type { Store } from '../../store/index.ts';
import { keepWhole } from '../../store/whole.ts';
import type { Gateway } from '../../temporal/gateway.ts';
import { sharedRun } from './shared-run.ts';

export interface Sources {
  readonly store: Pick<Store, 'journal' | 'plan' | 'savePlan' | 'appendJournal'>;
  readonly gateway: Pick<Gateway, 'rest' | 'whole'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What may be shown of a deployment: its plan, its journal without a gap, and the state of both. */
export interface Seen extends FrozenPlan {
  readonly journal: readonly JournalEntry[];
  readonly state: DeploymentState;
}

const page = 500;

/** So many waiting readers are notified at once, and the next ones after so many milliseconds. */
const maxAtOnce = 25;
const betweenMs = 40;
/** While the store is silent the workflow is asked for every reader: so many milliseconds lie between two questions. */
const paceMs = 250;

/**
 * One deployment for all readers of this process: its journal, which only grows. Entries come from the store; those that
 * only the workflow has are stored before they are shown, so that no other process shows less, and shown anyway while the
 * store does not answer. However many read, the store and the workflow each get one question at a time, and the workflow a
 * few each second.
 */
export class Followed {
  readonly id: string;
  /** Resolves once everything is known that the store had at the call. */
  readonly readStore: () => Promise<void>;
  /** The same for what the workflow has beyond that. */
  readonly askWorkflow: () => Promise<void>;
  /** When the store was last read and the workflow last asked, whether or not they answered. */
  readAt = Number.NEGATIVE_INFINITY;
  askedAt = Number.NEGATIVE_INFINITY;
  /** Whether the store gave no answer when it was read last. */
  isStoreSilent = false;
  /** The greatest entry number that the store has returned. */
  private storeHas = 0;
  private readonly bringWhole: () => Promise<void>;
  private readonly sources: Sources;
  private readonly journal: JournalEntry[] = [];
  private readonly waiting = new Set<() => boolean>();
  private waking: NodeJS.Timeout | null = null;
  private plan: FrozenPlan | null = null;
  private state: DeploymentState | null = null;

  constructor(sources: Sources, id: string) {
    this.sources = sources;
    this.id = id;
    this.readStore = sharedRun(() => this.read());
    this.askWorkflow = sharedRun(() => this.ask());
    this.bringWhole = sharedRun(() => this.bring());
  }

  /** Number of the last entry that is known. */
  get seq(): number {
    return this.journal.length;
  }

  /** Whether the last entry of all is known. */
  get isComplete(): boolean {
    return this.journal.some((entry) => entry.type === 'record-published' && entry.state === 'final');
  }

  get hasEnded(): boolean {
    return this.journal.some(({ type }) => type === 'ended');
  }

  /** Whether the store has entries after some that it has lost. */
  get hasGap(): boolean {
    return this.storeHas > this.seq;
  }

  entriesBeyond(after: number, limit?: number): readonly JournalEntry[] {
    return this.journal.slice(after, limit === undefined ? undefined : after + limit);
  }

  /** Everything that is known; null without the plan. */
  async seen(): Promise<Seen | null> {
    this.plan ??= await this.planOf();
    if (!this.plan) return null;
    const { plan } = this.plan;
    let state = this.state ?? initialState(plan);
    for (const entry of this.journal.slice(state.seq)) state = applyEntry(plan, state, entry);
    this.state = state;
    return { ...this.plan, state, journal: this.journal.slice() };
  }

  /** Resolves once there is something beyond `after`, or `signal` is aborted. */
  async grownBeyond(after: number, signal: AbortSignal): Promise<void> {
    if (this.seq > after || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        if (this.seq <= after && !signal.aborted) return false;
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
        return true;
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private async planOf(): Promise<FrozenPlan | null> {
    const frozen = this.journal.find((entry) => entry.type === 'plan-frozen');
    // The store was just asked; the workflow knows its plan.
    if (this.isStoreSilent) throw new GantryError('store-unavailable', 'The store did not answer a moment ago.');
    const plan = frozen && (await this.sources.store.plan(frozen.planDigest));
    if (frozen && !plan) await this.bringWhole();
    return plan && frozen ? { plan, planDigest: frozen.planDigest } : this.plan;
  }

  private async read(): Promise<void> {
    try {
      for (;;) {
        const some = await this.sources.store.journal(this.id, this.seq, page);
        const before = this.seq;
        this.storeHas = Math.max(this.storeHas, some.at(-1)?.seq ?? 0);
        this.take(some);
        this.isStoreSilent = false;
        if (some.length < page || this.seq === before) return;
      }
    } catch (error) {
      this.isStoreSilent = true;
      throw error;
    } finally {
      this.readAt = this.sources.now();
    }
  }

  private async ask(): Promise<void> {
    // The clock of a machine may be put back.
    const leftMs = Math.min(paceMs, this.askedAt + paceMs - this.sources.now());
    if (this.isStoreSilent && leftMs > 0) await delay(leftMs);
    try {
      // Entries travel in the headers of activities, so the history has those in the gap.
      if (this.hasGap) await this.bringWhole().catch(() => undefined);
      await this.askForRest();
    } catch (error) {
      // No worker answers: the history can be read without one.
      if (this.hasEnded || hasCode(error, 'not-found')) throw error;
      const before = this.seq;
      await this.bringWhole();
      if (this.seq === before) throw error;
    } finally {
      this.askedAt = this.sources.now();
    }
  }

  private async askForRest(): Promise<void> {
    const { store, gateway } = this.sources;
    for (;;) {
      const batch: JournalBatch = await gateway.rest(this.id, this.seq);
      if (batch.deployment !== this.id || batch.row.id !== this.id)
        throw new GantryError('internal', `The workflow of ${this.id} tells of ${batch.deployment}.`);
      if (batch.entries.length === 0) return;
      // Stored first, so that other processes show no less. A store that does not answer is not waited for.
      const stored = store.appendJournal(batch).catch(() => undefined);
      if (!this.isStoreSilent) await stored;
      const before = this.seq;
      this.take(batch.entries);
      if (batch.entries.length < page || this.seq === before) return;
    }
  }

  /** Takes plan and journal from Temporal's history, and stores what the store lacks. */
  private async bring(): Promise<void> {
    const { store, gateway } = this.sources;
    const whole = await gateway.whole(this.id);
    if (whole?.id !== this.id) return;
    const kept = keepWhole(store, whole).catch(() => undefined);
    if (!this.isStoreSilent) await kept;
    this.plan ??= { plan: whole.plan, planDigest: whole.planDigest };
    this.take(whole.journal);
    if (this.hasGap) await this.read();
  }

  /** Takes the entries that follow without a gap. */
  private take(entries: readonly JournalEntry[]): void {
    const before = this.seq;
    for (const entry of entries) if (entry.seq === this.seq + 1) this.journal.push(entry);
    if (this.seq > before) this.wake();
  }

  /** Notifies waiting readers, a few at a time: answering hundreds at once would block this process. */
  private wake(): void {
    if (this.waking) return;
    let left = maxAtOnce;
    for (const wake of this.waiting) {
      if (left === 0) break;
      if (wake()) left -= 1;
    }
    if (left > 0) return;
    this.waking = setTimeout(() => {
      this.waking = null;
      this.wake();
    }, betweenMs);
  }
}

import { workflowInfo } from '@temporalio/workflow';
import type { TargetName } from '../../domain/base/ids.ts';
import { withGrant } from '../../domain/target/lock.ts';
import { type Requested, type RequestKey, withRequest } from '../../domain/target/requests.ts';
import { type ReviewClosing } from '../../domain/target/reviews.ts';
import { emptyTarget, type ReviewTerms, type Target } from '../../domain/target/state.ts';
import { InTurn } from '../engine/in-turn.ts';
import { Children, type Start } from './children.ts';
import { isBegun, mayGrant, mayRenew, Renewal } from './continue-as-new.ts';
import { LateDeliveries } from './late-deliveries.ts';
import { type LateEntry, recordLate } from './late-entries.ts';
import { Reviews } from './reviews.ts';
import type { Shared } from './shared.ts';
import { StoredCopy } from './stored-copy.ts';
import { UnknownDeployments } from './unknown-deployments.ts';

export interface TargetInput extends TargetName {
  /** What an earlier run, or the store, knows. */
  readonly known: Target | null;
}

/** At most so many wait to be written: Gantry itself never sends more. */
const maxLate = 1_000;

/** One target while a run of it lasts: its state, what was accepted and is to be begun, and the parts that do so. */
export class TargetRun implements Shared {
  readonly service: string;
  readonly environment: string;
  /** Accepted by handlers, and begun by the target's own loop. */
  readonly starts: Start[] = [];
  readonly closings: ReviewClosing[] = [];
  readonly lateEntries: LateEntry[] = [];
  readonly renewal = new Renewal(() => workflowInfo().continueAsNewSuggested);
  readonly children = new Children(this);
  /** What writes behind the end of a deployment's journal. */
  readonly journals = new InTurn();
  readonly reviews = new Reviews(this, this.journals);
  readonly late = new LateDeliveries(this, this.journals);
  readonly unknown = new UnknownDeployments(this, this.children);
  readonly copy: StoredCopy;

  private state: Target;

  constructor({ service, environment, known }: TargetInput) {
    this.service = service;
    this.environment = environment;
    this.state = known ?? emptyTarget(service, environment);
    this.copy = new StoredCopy(this, known === null);
  }

  /** `service/environment`. */
  get name(): string {
    return `${this.service}/${this.environment}`;
  }

  get(): Target {
    return this.state;
  }

  set(next: Target): void {
    this.state = next;
    this.renewal.noteSuggestion();
  }

  /** The next deployment, as it was asked for; a repair has no key, and the lock passes to it with its number. */
  number(key: RequestKey | null, review: ReviewTerms | null): Requested {
    const { target, requested } = withRequest(this, this.state, key, review);
    this.set(target);
    return requested;
  }

  /** Whether one more may wait to be written behind the end of a deployment's journal. */
  get hasRoomForLate(): boolean {
    return this.lateEntries.length < maxLate;
  }

  /** Something to be written there, unless it could not be read. */
  addLate(entry: LateEntry | null): void {
    this.renewal.noteSuggestion();
    if (entry && this.hasRoomForLate) this.lateEntries.push(entry);
  }

  /** Whether the loop has something to do. */
  get hasWork(): boolean {
    const { reviews, late, copy, unknown } = this;
    return (
      !isBegun(this) ||
      reviews.isToArm ||
      late.areToFollow ||
      copy.isDue ||
      unknown.areAsking ||
      mayGrant(this) ||
      mayRenew(this)
    );
  }

  /** Begins all that waits, and hands the lock to the next deployment. */
  begin(): void {
    this.reviews.arm();
    const granted = mayGrant(this) ? withGrant(this.state, new Date().toISOString()) : null;
    if (granted) {
      this.set(granted);
      this.children.grant();
    }
    for (const start of this.starts.splice(0)) this.children.start(start);
    for (const closing of this.closings.splice(0)) this.reviews.close(closing);
    for (const entry of this.lateEntries.splice(0)) void recordLate(this, this.journals, entry);
    this.late.follow();
    this.unknown.findAsking();
    this.copy.saveIfDue();
  }
}

import { allHandlersFinished } from '@temporalio/workflow';
import { withGrant } from '../../domain/target/lock.ts';
import type { InTurn } from '../engine/in-turn.ts';
import type { UnderWay } from '../engine/under-way.ts';
import type { Reviews } from './reviews.ts';
import type { Shared } from './shared.ts';
import type { StoredCopy } from './stored-copy.ts';

/** A run takes 2,000 updates; long before that the target goes on in a new one. */
const updatesOfARun = 1_000;

/** Requests are accepted up to this number of updates, so that a flood of them never blocks a resolution, an adoption or a review. */
const requestsOfARun = 1_500;

/** Knows when a target is to go on in a new run. */
export class Renewal {
  private readonly suggested: () => boolean;
  private updates = 0;
  private isSuggested = false;

  /** `suggested`: whether Temporal suggests it. */
  constructor(suggested: () => boolean) {
    this.suggested = suggested;
  }

  /**
   * Called only where the history keeps an event: a task whose only update was refused leaves none, and a replay would not
   * come to the same result.
   */
  noteSuggestion(): void {
    this.isSuggested ||= this.suggested();
  }

  /** An update was accepted, so the history has an event for it. */
  countUpdate(): void {
    this.updates += 1;
    this.noteSuggestion();
  }

  get isDue(): boolean {
    return this.isSuggested || this.updates >= updatesOfARun;
  }

  get takesRequests(): boolean {
    return this.updates < requestsOfARun;
  }
}

/** What a target has to begin and has under way: a new run takes over none of it. */
interface Busy extends Pick<Shared, 'get'> {
  readonly renewal: Renewal;
  readonly starts: readonly unknown[];
  readonly closings: readonly unknown[];
  readonly lateEntries: readonly unknown[];
  readonly children: { readonly areSettled: boolean; readonly long: Pick<UnderWay, 'isIdle'> };
  readonly journals: Pick<InTurn, 'isIdle'>;
  readonly reviews: Pick<Reviews, 'areSettled'>;
  readonly copy: Pick<StoredCopy, 'isSaving'>;
  readonly unknown: { readonly areAsked: boolean };
}

/**
 * Whether the target goes on in a new run now: all handlers have finished, and nothing is under way. The holder of the lock
 * keeps it there, and every open deployment is followed there.
 */
export function mayRenew(target: Busy): boolean {
  const isQuiet = isBegun(target) && allHandlersFinished();
  return target.renewal.isDue && isQuiet && target.children.areSettled && !isLongUnderWay(target);
}

/** Whether the lock is to be granted: nothing more is, once the target is to go on in a new run. */
export function mayGrant(target: Busy): boolean {
  return (!target.renewal.isDue || isLongUnderWay(target)) && withGrant(target.get(), '') !== null;
}

/** Whether all that was accepted has been begun. */
export function isBegun({ starts, closings, lateEntries }: Busy): boolean {
  return starts.length === 0 && closings.length === 0 && lateEntries.length === 0;
}

/** Work whose duration depends on others: while it lasts there is no new run, and locks are still granted. */
function isLongUnderWay({ copy, children, reviews, journals, unknown }: Busy): boolean {
  return copy.isSaving || !children.long.isIdle || !reviews.areSettled || !journals.isIdle || unknown.areAsked;
}

import type { taskQueues } from '../base/task-queues.ts';
import type { CallerRule } from './callers.ts';

/**
 * How entries that the store may not have yet ride on an activity. `before`: they are stored before it acts. `beside`:
 * while it observes, or until it comes to its effect, which waits for them itself. `after`: it needs no store; what could
 * not be written rides again. `none`: it ends when its deployment does, so what rode on it would ride on everything else, too.
 */
export type JournalRide = 'before' | 'beside' | 'after' | 'none';

/** What is decided of an activity before it is asked for. Options have Temporal's names; all times are in milliseconds. */
export interface Traits<Input> {
  /** Which workflow may ask for it. */
  readonly caller: CallerRule<Input>;
  readonly queue: keyof typeof taskQueues;
  readonly journal: JournalRide;
  /** As operators read it; absent: the workflow says it each time. */
  readonly summary?: string;
  /** Of an attempt. Where it depends on the plan, the workflow says it each time. */
  readonly startToCloseTimeout: number;
  /** Of all attempts, and the wait for a worker. */
  readonly scheduleToCloseTimeout?: number;
  readonly heartbeatTimeout?: number;
  readonly cancellationType?: 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED';
  readonly retry: {
    readonly maximumAttempts?: number;
    readonly initialInterval?: number;
    readonly backoffCoefficient?: number;
    readonly maximumInterval?: number;
  };
}

/** What a started attempt may take beyond its own time limit: ending a process group, writing the journal. */
export const margin = 10_000;

/** A worker without a heartbeat for so long is lost. With less, a busy machine would look like a dead one. */
export const beating = { heartbeatTimeout: 3_000 };

/** Reads or writes Gantry's own state under keys of its own, so Temporal may repeat it. */
export const short = {
  queue: 'main',
  journal: 'before',
  startToCloseTimeout: 15_000,
  scheduleToCloseTimeout: 600_000,
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 5_000 },
} as const;

/** Another side may keep these waiting, so they have a queue of their own. */
export const slow = { ...short, queue: 'waits' } as const;

/** People must be notified of trouble with these within two minutes: the workflow pages them, and tries again itself. */
export const urgent = { ...short, scheduleToCloseTimeout: 90_000 };

/** It runs once per attempt that the workflow decided on. */
export const once = { ...beating, startToCloseTimeout: margin, retry: { maximumAttempts: 1 } };

/** An effect is waited for even when it is cancelled. */
export const effect = { ...once, cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;

declare const offered: unique symbol;
/** Traits, and what is offered. */
export interface Offer<Input, Output> extends Traits<Input> {
  readonly [offered]?: (input: Input) => Promise<Output>;
}

/** An entry of the table: what it takes, what it answers, and its traits. */
export const activity = <Input, Output>(traits: Traits<Input>): Offer<Input, Output> => traits;

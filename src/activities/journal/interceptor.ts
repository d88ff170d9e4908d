import { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { GantryError } from '../../domain/base/errors.ts';
import { isWorkflowOf } from '../../domain/base/ids.ts';
import { type JournalBatch, journalHeader } from '../../domain/journal/batch.ts';
import { rideOn } from '../../domain/ports/activities.ts';
import type { ActionInput } from '../../domain/ports/effects.ts';
import type { ActivityDeps } from '../deps.ts';
import { toFailure } from '../engine/failures.ts';
import { whileBeating } from '../engine/heartbeat.ts';
import { patiently } from '../engine/store-patience.ts';
import { checkCaller } from '../trust/callers.ts';
import { storeEntries } from './store-entries.ts';

const writes = new WeakMap<Context, Promise<void>>();

/** Resolves once the entries that rode on the activity that runs now are stored. Throws when the store does not take them. */
export async function entriesStored(): Promise<void> {
  await writes.get(Context.current());
}

/** What Temporal repeats waits so long for the store, in milliseconds, before it is tried again. */
const patienceMs = 4_000;

/**
 * Writes the entries that ride on an activity to the store before the activity acts. What needs no store acts first,
 * and what could not be written rides again.
 */
export function journalInterceptor(deps: ActivityDeps, context: Context) {
  const ride = rideOn(context.info.activityType, context.info.taskQueue);
  const isFree = ride === 'after';
  const runId = context.info.workflowExecution?.runId;
  return {
    async execute(
      input: ActivityExecuteInput,
      next: Next<ActivityInboundCallsInterceptor, 'execute'>,
    ): Promise<unknown> {
      const payload = input.headers[journalHeader];
      const batch = payload ? defaultPayloadConverter.fromPayload<JournalBatch>(payload) : null;
      try {
        checkCaller(context.info.activityType, input.args[0], context.info.workflowExecution?.workflowId ?? 'nobody');
        if (batch && !isOwn(batch, context))
          throw new GantryError('forbidden', `Only ${batch.deployment} itself writes its journal.`);
        if (!batch || isFree) return await next(input);
        const patience = { forMs: patienceMsOf(input.args[0]), signal: context.cancellationSignal };
        const written = patiently(patience, () => storeEntries(deps, batch, runId));
        writes.set(context, written);
        // Heartbeats keep the attempt alive while a slow store makes it wait.
        if (ride !== 'beside') await whileBeating(() => written);
        const acting = next(input);
        // What is over before the store has answered keeps its attempt alive.
        const stored = Promise.race([written, acting.then(() => whileBeating(() => written))]);
        const [result] = await Promise.all([acting, stored]);
        return result;
      } catch (error) {
        throw toFailure(error);
      } finally {
        if (batch && isFree && isOwn(batch, context)) void storeEntries(deps, batch, runId).catch(() => undefined);
      }
    },
  };
}

/** Whoever reaches Temporal can put entries of any deployment into a header. */
function isOwn({ deployment, row }: JournalBatch, { info }: Context): boolean {
  return row.id === deployment && isWorkflowOf(deployment, info.workflowExecution?.workflowId ?? '');
}

/** Actions and checks, which Temporal does not repeat, bring the policy's own limit for the wait for the store. */
function patienceMsOf(asked: unknown): number {
  const own = (asked as Partial<Pick<ActionInput, 'storePatienceMs'>> | null | undefined)?.storePatienceMs;
  return typeof own === 'number' ? own : patienceMs;
}

import { Context } from '@temporalio/activity';
import { formatDuration } from '../../domain/base/duration.ts';
import { GantryError, hasCode, messageOf } from '../../domain/base/errors.ts';
import type { JsonObject } from '../../domain/base/json.ts';
import type { JournaledOutcome } from '../../domain/journal/values.ts';
import type { ActionOutcome } from '../../domain/kinds/adapter.ts';
import { bindingsLookup } from '../../domain/plan/bindings.ts';
import type { PlannedAction } from '../../domain/plan/plan.ts';
import { fillAll } from '../../domain/plan/references.ts';
import type { ActionInput, ActionResult, CompensationInput, CompensationResult } from '../../domain/ports/effects.ts';
import type { OfRun, RunIdentity } from '../../domain/ports/run-identity.ts';
import { holdSignal } from '../../system/time-limit.ts';
import { readEffect } from '../checks/measure.ts';
import { windowClosed } from '../checks/window.ts';
import type { ActivityDeps } from '../deps.ts';
import { whileBeating } from '../engine/heartbeat.ts';
import { patiently } from '../engine/store-patience.ts';
import { entriesStored } from '../journal/interceptor.ts';
import { confirmation } from './attempt-still-counts.ts';
import { contextsOf } from './contexts.ts';
import { forgedCompensation, guardAction, guardCompensation } from './guard.ts';

/** One attempt of an action: guarded, carried out once, answered with what was seen. */
export function act(deps: ActivityDeps, input: ActionInput): Promise<ActionResult> {
  return whileBeating(async (signal) => {
    const stillCounts = confirmation(deps, Context.current().info, signal);
    let hasBegun = false;
    const confirm = async () => {
      await entriesStored();
      await stillCounts();
      hasBegun = true;
    };
    const until = performance.now() + input.storePatienceMs;
    // One time for all waits, which the attempt's own bound leaves room for.
    const patience = { signal, forMs: () => until - performance.now() };
    const isSilence = (error: unknown) => !hasBegun && hasCode(error, 'engine-unavailable');
    const guardAndCarryOut = async (): Promise<ActionResult> => {
      const [refusal, closed] = await Promise.all([
        guardAction(deps, input, patience),
        windowClosed(deps, input, patience),
      ]);
      if (refusal) return refusal;
      const { id, do: action } = input.step;
      try {
        const outcome = await carryOut(deps, input, { step: id, key: id, action }, { signal, confirm });
        return { kind: 'acted', outcome: await journaled(deps, input.runIdentity, outcome), windowClosed: closed };
      } catch (error) {
        // Adapters read secrets before they act.
        if (isSilence(error) || (hasBegun && !hasCode(error, 'secret-missing'))) throw error;
        return notBegun(error);
      }
    };
    try {
      // A Temporal that is slow to answer is no reason to roll back either: everything is evaluated anew.
      return await patiently(patience, guardAndCarryOut, isSilence);
    } catch (error) {
      if (isSilence(error)) return notBegun(error);
      throw error;
    }
  });
}

const notBegun = (error: unknown) => ({
  kind: 'not-begun' as const,
  why: messageOf(error),
});

interface Attempt {
  readonly signal: AbortSignal;
  /** Throws when the attempt no longer counts. */
  readonly confirm: () => Promise<void>;
}

/** One attempt of a compensation. */
export function compensate(deps: ActivityDeps, input: CompensationInput): Promise<CompensationResult> {
  return whileBeating((signal) => {
    const startedAt = new Date(deps.now()).toISOString();
    return undo(deps, input, { signal, confirm: confirmation(deps, Context.current().info, signal) }, startedAt);
  });
}

/** `startedAt`: when a worker began with it, before it evaluated anything. */
async function undo(
  deps: ActivityDeps,
  input: CompensationInput,
  attempt: Attempt,
  startedAt: string,
): Promise<CompensationResult> {
  const { step, undo: planned, done } = input.outstanding;
  // Only what is sealed is even read back. That changes nothing, so it does not wait for the fence; the undo does.
  const refusal = await forgedCompensation(deps, input);
  if (refusal) return refusal;
  const refused = new AbortController();
  const reading = holdSignal([attempt.signal, refused.signal]);
  const [stale, { readBack, summary: seen }] = await Promise.all([
    guardCompensation(deps, input).then((answer) => {
      if (answer) refused.abort();
      return answer;
    }),
    done
      ? readEffect(deps, { ...input, done, isWayBack: true }, reading.signal)
      : { readBack: 'unknown' as const, summary: '' },
  ]).finally(() => reading.release());
  if (stale) return stale;
  const ended = () => ({ startedAt, endedAt: new Date(deps.now()).toISOString(), worker: deps.worker });
  if (readBack === 'not-done') {
    const summary = `its effect is not there, so there is nothing to undo: ${seen}`;
    return { kind: 'skipped', readBack, summary, ...ended() };
  }
  if (planned.kind !== 'action') return { kind: 'failed', readBack, summary: 'there is no undo', ...ended() };
  const outcome = await carryOut(deps, input, { step, key: `${step}/undo`, action: planned.action }, attempt);
  // Its output, for the record: a way back does not wait for it.
  void journaled(deps, input.runIdentity, outcome).catch(() => undefined);
  return { kind: outcome.kind === 'completed' ? 'done' : 'failed', readBack, summary: outcome.summary, ...ended() };
}

/** One attempt of an action with its references filled in, by the adapter of its kind, if the attempt still counts. */
async function carryOut(
  deps: ActivityDeps,
  place: Omit<OfRun, 'seal'>,
  { step, key, action }: { readonly step: string; readonly key: string; readonly action: PlannedAction },
  { signal, confirm }: Attempt,
): Promise<ActionOutcome> {
  const { kind, spec, timeoutMs } = action;
  const adapter = deps.catalog.actions.get(kind);
  if (!adapter) throw new GantryError('internal', `This worker knows no action ${JSON.stringify(kind)}.`);
  const bound = adapter.schema.parse(fillAll<JsonObject>(spec, bindingsLookup(place.bindings)));
  const context = contextsOf(deps, place)(step, signal, timeoutMs, key);
  await confirm();
  const began = performance.now();
  const { tookMs = performance.now() - began, ...outcome } = await adapter.run(bound, context);
  // An answer after its limit does not count, whatever delayed it: the effect is read back.
  return tookMs > timeoutMs && outcome.kind !== 'unknown'
    ? { ...outcome, kind: 'unknown', summary: `${outcome.summary}, later than its ${formatDuration(timeoutMs)}` }
    : outcome;
}

/** The part of an outcome that the journal keeps; the text itself goes to the store under its digest. */
async function journaled(
  deps: ActivityDeps,
  { deployment }: RunIdentity,
  { output, ...outcome }: ActionOutcome,
): Promise<JournaledOutcome> {
  if (!output) return { ...outcome, worker: deps.worker };
  const { text, ...kept } = output;
  // The effect has happened: what it printed is worth keeping, not worth failing for.
  if (text !== undefined && text !== '')
    await deps.store.saveOutput(kept.digest, text, deployment).catch(() => undefined);
  return { ...outcome, output: kept, worker: deps.worker };
}

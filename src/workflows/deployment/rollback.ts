import { sleep } from '@temporalio/workflow';
import type { JsonObject } from '../../domain/base/json.ts';
import type { Outcome } from '../../domain/base/phases.ts';
import { taskQueues } from '../../domain/base/task-queues.ts';
import { frozenBy, outstandingCompensations, unsureOf } from '../../domain/deployment/rollback-order.ts';
import { evaluateRollback } from '../../domain/deployment/rollback-verdict.ts';
import type { EntryOf } from '../../domain/journal/entries.ts';
import type { StopCause } from '../../domain/journal/values.ts';
import { bindingsLookup } from '../../domain/plan/bindings.ts';
import type { OutstandingCompensation } from '../../domain/plan/plan.ts';
import { fillAll } from '../../domain/plan/references.ts';
import { partName } from '../../domain/plan/seals.ts';
import { settlingMs } from '../../domain/plan/settling-time.ts';
import type { CompensationResult } from '../../domain/ports/effects.ts';
import { compensate } from '../engine/eager-compensation.ts';
import { codeOf, rootMessage } from '../engine/failures.ts';
import { notifyInBackground } from './notify.ts';
import { journalChecks, measure } from './observe.ts';
import type { DeploymentRun } from './run.ts';

/** After the first attempt that failed, in milliseconds; then twice as long each time. */
const backoffMs = 1_000;

/** Between two questions of a worker that cannot be answered, in milliseconds. */
const maxWaitMs = 10_000;

/** After so many of them, which is about ten seconds, people are paged. */
const pagesAfter = 4;

type Ending = Extract<Outcome, 'rolled-back' | 'needs-intervention'>;

/** How long after its start searches find a rollback by its phase, in milliseconds. */
const searchedAfterMs = 1_000;

/** Undoes every started step, the last one first, and verifies that what served before serves again. */
export async function rollBack(run: DeploymentRun, cause: StopCause): Promise<Ending> {
  run.append({ type: 'rollback-started', cause });
  run.append({ type: 'phase-entered', phase: 'rolling-back' });
  // The first compensation does not wait for Temporal's index.
  void sleep(searchedAfterMs, { summary: 'Searches find the rollback' }).then(() => run.findBy(run.state.phase));
  return undoAll(run, outstandingCompensations(run.plan, run.journal, run.state));
}

/**
 * Runs compensations in the given order. The first one that fails stops the rest: a slot that may serve is never
 * stopped. Where one step cannot be undone, nothing is.
 */
export async function undoAll(run: DeploymentRun, outstanding: readonly OutstandingCompensation[]): Promise<Ending> {
  const stuck = frozenBy(outstanding);
  if (stuck) return giveUp(run, 'frozen', `frozen in place: step ${stuck.step} cannot be undone`, outstanding);
  for (const [i, one] of outstanding.entries())
    if (!(await undo(run, one)))
      return giveUp(run, 'failed', `the compensation of step ${one.step} failed`, outstanding.slice(i + 1));
  return verifyRollback(run);
}

function giveUp(
  run: DeploymentRun,
  result: 'frozen' | 'failed',
  summary: string,
  notRun: readonly OutstandingCompensation[],
): 'needs-intervention' {
  run.append({ type: 'rollback-completed', result, summary, notRun: notRun.map(({ step }) => step) });
  return 'needs-intervention';
}

/** One compensation, within its attempts. Answers whether the step is undone. */
async function undo(run: DeploymentRun, outstanding: OutstandingCompensation): Promise<boolean> {
  if (outstanding.undo.kind !== 'action') {
    const at = new Date().toISOString();
    const times = { readBack: '–', summary: outstanding.undo.reason, startedAt: at, endedAt: at };
    run.append(completed(outstanding, outstanding.undo.kind === 'none' ? 'nothing' : 'failed', times));
    return outstanding.undo.kind === 'none';
  }
  const { attempts, action } = outstanding.undo;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) await sleep(backoffMs * 2 ** (attempt - 2), { summary: `Back-off: undo ${outstanding.title}` });
    const resolved = fillAll<JsonObject>(action.spec, bindingsLookup(run.bindings));
    run.append({ type: 'compensation-started', step: outstanding.step, attempt, resolved });
    const startedAt = new Date().toISOString();
    const result = await answerOf(run, outstanding, attempt);
    if (result.kind === 'done' || result.kind === 'skipped') {
      run.append(completed(outstanding, result.kind, result));
      return true;
    }
    const summary = result.kind === 'refused' ? `refused: ${result.detail}` : result.summary;
    const isLast = attempt === attempts || result.kind === 'refused';
    const what = `attempt ${attempt} of ${attempts} to undo ${outstanding.step}: ${summary}`;
    run.deviation('compensation-failed', isLast ? 'major' : 'minor', what, outstanding.step);
    if (isLast) {
      const times =
        result.kind !== 'refused' ? result : { readBack: '–', startedAt, endedAt: new Date().toISOString() };
      run.append(completed(outstanding, 'failed', { ...times, summary }));
      return false;
    }
  }
  return false;
}

type Completed = EntryOf<'compensation-completed'>;

function completed(
  { step }: OutstandingCompensation,
  result: Completed['result'],
  { readBack, summary, startedAt, endedAt }: Omit<Completed, 'type' | 'step' | 'result'>,
): Completed {
  return { type: 'compensation-completed', step, result, readBack, summary, startedAt, endedAt };
}

async function answerOf(
  run: DeploymentRun,
  outstanding: OutstandingCompensation,
  attempt: number,
): Promise<CompensationResult> {
  const { plan, state } = run;
  const sealed = run.sealed(partName.undo(outstanding.step));
  for (let tries = 1; ; tries += 1) {
    const startedAt = new Date().toISOString();
    try {
      // It is not known here when an earlier deployment's attempts ended.
      const settleMs = plan.repair
        ? outstanding.settleMs
        : settlingMs(state.attempts, outstanding.step, outstanding.settleMs, Date.now());
      return await compensate({ ...sealed, outstanding, attempt, settleMs });
    } catch (error) {
      const why = rootMessage(error);
      // It is not known whether it may begin, so it has not begun. That is waited for, however long it takes.
      if (codeOf(error) === 'store-unavailable') {
        if (tries === 1)
          run.deviation('compensation-waits', 'minor', `the undo of ${outstanding.step}: ${why}`, outstanding.step);
        if (tries === pagesAfter) notifyInBackground(run, 'page', `The undo of ${outstanding.step} waits: ${why}`);
        await sleep(Math.min(maxWaitMs, backoffMs * 2 ** (tries - 1)), { summary: `Wait: undo ${outstanding.title}` });
        continue;
      }
      const summary = `the attempt was lost (${why})`;
      return { kind: 'failed', readBack: 'unknown', summary, startedAt, endedAt: new Date().toISOString(), worker: '' };
    }
  }
}

async function verifyRollback(run: DeploymentRun): Promise<Ending> {
  const { verify, settleMs } = run.plan.rollback;
  // What became of these may come until then, after its undo as well.
  const unsure = unsureOf(run.plan, run.state, Date.now() - settleMs);
  const passed = await measure(run, 'Rollback checks', verify, {
    taskQueue: taskQueues.rollback,
    of: partName.rollback,
    // They are measured for the record only, and what a person has freed is not kept waiting.
    once: run.plan.repair?.decision === 'accept',
    holdMs: unsure.length > 0 && run.plan.repair?.decision !== 'accept' ? settleMs : 0,
  }).then(
    (observed) => journalChecks(run, observed, { for: 'rollback' }).map(({ check }) => check),
    (error: unknown) => {
      run.deviation('rollback-unverified', 'major', `the rollback checks could not run: ${rootMessage(error)}`);
      return [];
    },
  );
  const { result, summary, excuse } = evaluateRollback(run.plan, run.journal, passed);
  if (excuse) run.deviation(excuse.code, 'major', excuse.what);
  run.append({ type: 'rollback-completed', result, summary, notRun: [] });
  return result === 'failed' ? 'needs-intervention' : 'rolled-back';
}

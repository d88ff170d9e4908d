import { isCancellation, sleep } from '@temporalio/workflow';
import type { JsonObject } from '../../../domain/base/json.ts';
import { taskQueues } from '../../../domain/base/task-queues.ts';
import { approversOf } from '../../../domain/deployment/approvals.ts';
import { mayHaveActed } from '../../../domain/deployment/attempt-ends.ts';
import { afterAttempt, notReadBack, type ReadBack } from '../../../domain/deployment/step-retries.ts';
import type { MessageArgument } from '../../../domain/messages/messages.ts';
import { bindingsLookup } from '../../../domain/plan/bindings.ts';
import type { ActionStep } from '../../../domain/plan/plan.ts';
import { fillAll } from '../../../domain/plan/references.ts';
import { partName } from '../../../domain/plan/seals.ts';
import { settleMsOf, settlingMs } from '../../../domain/plan/settling-time.ts';
import type { ActionResult } from '../../../domain/ports/effects.ts';
import { act } from '../../engine/bounds-by-plan.ts';
import { codeOf, rootMessage, wasNeverTaken } from '../../engine/failures.ts';
import { Stopped } from '../../engine/stopped.ts';
import { measure } from '../observe.ts';
import { storeAll } from '../publish.ts';
import { noteWindowOverrun } from '../rule-changes.ts';
import type { DeploymentRun } from '../run.ts';
import { failStep, verifyStep } from './verify-step.ts';

/**
 * One action: guard, effect, verify. `step-started` registers the compensation before the effect can begin. After an
 * attempt that failed or was lost the effect is read back before anything is repeated.
 */
export async function actionStep(run: DeploymentRun, step: ActionStep): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const resolved = fillAll<JsonObject>(step.do.spec, bindingsLookup(run.bindings));
    run.append({ type: 'step-started', step: step.id, attempt, resolved });
    const trouble = await attemptOnce(run, step, attempt);
    run.throwIfStopped();
    if (trouble === null) break;
    // Where nothing has ever begun there is nothing to read back.
    const isUntouched = !mayHaveActed(run.state.attempts, step.id);
    const next = afterAttempt(step, attempt, isUntouched ? 'not-done' : await readBack(run, step, attempt));
    if (next === 'go-on') {
      run.deviation('done-without-answer', 'minor', `${trouble}, yet the effect is there`, step.id);
      break;
    }
    if (next === 'roll-back') return failStep(run, step, trouble);
    run.deviation('retry', 'minor', `attempt ${attempt} of ${step.retry.attempts}: ${trouble}`, step.id);
    await sleep(step.retry.backoffMs, { summary: `Back-off: ${step.title}` });
    run.throwIfStopped();
  }
  await verifyStep(run, step);
}

/** Carries the action out once. Answers null when it completed, else what went wrong. */
async function attemptOnce(run: DeploymentRun, step: ActionStep, attempt: number): Promise<string | null> {
  const result = await answerOf(run, step, attempt);
  const of = { step: step.id, attempt };
  switch (result.kind) {
    case 'lost':
      run.append({ type: 'attempt-lost', ...of, why: result.why });
      return result.why;
    case 'not-begun':
      run.append({ type: 'attempt-not-begun', ...of, why: result.why });
      return `not begun: ${result.why}`;
    case 'refused': {
      // What a run did before it was reset is not in its history any more: it is not known that nothing has happened.
      const isReset = result.code === 'run-was-reset';
      run.append({ type: isReset ? 'attempt-lost' : 'attempt-not-begun', ...of, why: result.detail });
      if (result.code === 'approval-lost') throw new Stopped({ kind: 'approval-lost', summary: result.detail });
      throw new Stopped({ kind: 'error', code: result.code, summary: `step ${step.id} was refused: ${result.detail}` });
    }
    case 'acted':
      run.append({ type: 'action-completed', ...of, outcome: result.outcome });
      if (result.windowClosed !== null) noteWindowOverrun(run, result.windowClosed, step.id);
      return result.outcome.kind === 'completed' ? null : `${result.outcome.kind}: ${result.outcome.summary}`;
  }
}

type Answer = ActionResult | { readonly kind: 'lost'; readonly why: string };

async function answerOf(run: DeploymentRun, step: ActionStep, attempt: number): Promise<Answer> {
  const { state, plan } = run;
  try {
    // `step-started` rides on the action itself, so that nothing can have acted that is not in the history.
    if (!run.outbox.fitsOnOne) await storeAll(run);
    return await act({
      ...run.sealed(partName.step(step.id)),
      step,
      attempt,
      approvers: approversOf(plan, state.approvals),
      approvals: standingBy(run),
      windows: plan.policy.windows,
      storePatienceMs: plan.policy.limits.store,
    });
  } catch (error) {
    const why = rootMessage(error);
    // Cancelled before a worker had it, or never taken by one: nothing has happened.
    if (isCancellation(error) || wasNeverTaken(error)) return { kind: 'not-begun', why };
    // The journal could not be written, so nothing was done.
    if (codeOf(error) === 'store-unavailable') return { kind: 'refused', code: 'store-unavailable', detail: why };
    return { kind: 'lost', why: `the attempt was lost (${why})` };
  }
}

/** The latest approvals that have not been withdrawn since. */
function standingBy({ latestApprovals, state }: DeploymentRun): readonly MessageArgument<'approve'>[] {
  return state.approvals.flatMap(({ by, gate }) => latestApprovals.get(`${gate} ${by.subject}`) ?? []);
}

async function readBack(run: DeploymentRun, step: ActionStep, attempt: number): Promise<ReadBack> {
  if (!step.done) {
    run.append({ type: 'read-back', step: step.id, attempt, ...notReadBack });
    return notReadBack.verdict;
  }
  const { reading } = await measure(run, `Read back: ${step.title}`, [step.done], {
    taskQueue: taskQueues.main,
    of: step,
    settleMs: settlingMs(run.state.attempts, step.id, settleMsOf(step), Date.now()),
  });
  run.throwIfStopped();
  const { readBack: verdict, summary } = reading ?? { readBack: 'unknown', summary: 'no answer' };
  run.append({ type: 'read-back', step: step.id, attempt, verdict, summary });
  return verdict;
}

import { isCancellation, sleep } from '@temporalio/workflow';
import type { JsonObject } from '../../domain/adapters.ts';
import { approversOf } from '../../domain/approvals.ts';
import type { MessageArgument } from '../../domain/messages.ts';
import type { ActionStep } from '../../domain/plan.ts';
import type { ActionResult } from '../../domain/ports/effects.ts';
import { bindingsLookup, fillAll } from '../../domain/references.ts';
import { afterAttempt, type ReadBack, readBackOf } from '../../domain/retry.ts';
import { taskQueues } from '../../domain/task-queues.ts';
import { partName, partSealOf } from '../../domain/trust/seal.ts';
import { act } from '../activity-options.ts';
import { journalChecks } from '../journal-checks.ts';
import { windowOverran } from '../news.ts';
import { look } from '../observe.ts';
import { storeAll } from '../publish.ts';
import type { DeploymentRun } from '../run.ts';
import { codeOf, rootMessage, Stopped } from '../stopped.ts';

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
    const next = afterAttempt(step, attempt, await readBack(run, step, attempt));
    if (next === 'go-on') {
      run.deviation('done-without-answer', 'minor', `${trouble}, yet the effect is there`, step.id);
      break;
    }
    if (next === 'roll-back') return fail(run, step, trouble);
    run.deviation('retry', 'minor', `attempt ${attempt} of ${step.retry.attempts}: ${trouble}`, step.id);
    await sleep(step.retry.backoffMs, { summary: `Back-off: ${step.title}` });
    run.throwIfStopped();
  }
  await verify(run, step);
}

/** Carries the action out once. Answers null when it completed, else what went wrong. */
async function attemptOnce(run: DeploymentRun, step: ActionStep, attempt: number): Promise<string | null> {
  const result = await answerOf(run, step, attempt);
  if (result.kind === 'lost') {
    run.append({ type: 'attempt-lost', step: step.id, attempt, why: result.why });
    return result.why;
  }
  if (result.kind === 'refused') {
    if (result.code === 'approval-lost') throw new Stopped({ kind: 'approval-lost', summary: result.detail });
    throw new Stopped({ kind: 'error', code: result.code, summary: `step ${step.id} was refused: ${result.detail}` });
  }
  run.append({ type: 'action-completed', step: step.id, attempt, outcome: result.outcome });
  if (result.windowClosed !== null) windowOverran(run, result.windowClosed, step.id);
  return result.outcome.kind === 'completed' ? null : `${result.outcome.kind}: ${result.outcome.summary}`;
}

type Answer = ActionResult | { readonly kind: 'lost'; readonly why: string };

async function answerOf(run: DeploymentRun, step: ActionStep, attempt: number): Promise<Answer> {
  const { lease, workplace, bindings, state, plan } = run;
  const approvers = approversOf(plan, state.approvals);
  try {
    // `step-started` rides on the action itself, so that nothing can have acted that the history does not tell of.
    if (!run.outbox.fitsOnOne) await storeAll(run);
    const { windows } = plan.policy;
    const seal = partSealOf(run.seals, partName.step(step.id));
    const given = { approvers, approvals: standingBy(run) };
    return await act(step, attempt, { lease, workplace, step, seal, attempt, bindings, ...given, windows });
  } catch (error) {
    // Cancelled before a worker had it: nothing has happened, and the deployment is stopped.
    if (isCancellation(error)) run.throwIfStopped();
    // The journal could not be written, so nothing was done.
    if (codeOf(error) === 'store-unavailable')
      return { kind: 'refused', code: 'store-unavailable', detail: rootMessage(error as Error) };
    return { kind: 'lost', why: `the attempt was lost (${rootMessage(error as Error)})` };
  }
}

/** Approvals as they were said, of those that have not been withdrawn since. */
function standingBy({ approvalsSaid, state }: DeploymentRun): readonly MessageArgument<'approve'>[] {
  return state.approvals.flatMap(({ by, gate }) => approvalsSaid.get(`${gate} ${by.subject}`) ?? []);
}

async function readBack(run: DeploymentRun, step: ActionStep, attempt: number): Promise<ReadBack> {
  if (!step.done) {
    const summary = 'the step says no way to read its effect back';
    run.append({ type: 'read-back', step: step.id, attempt, verdict: 'unknown', summary });
    return 'unknown';
  }
  const { results } = await look(run, `Read back: ${step.title}`, [step.done], {
    taskQueue: taskQueues.main,
    of: step,
    once: true,
  });
  run.throwIfStopped();
  const verdict = readBackOf(results[0]?.verdict);
  run.append({ type: 'read-back', step: step.id, attempt, verdict, summary: results[0]?.summary ?? 'no answer' });
  return verdict;
}

async function verify(run: DeploymentRun, step: ActionStep): Promise<void> {
  if (step.verify.kind === 'none') {
    run.append({
      type: 'step-completed',
      step: step.id,
      result: 'passed',
      summary: `not verified: ${step.verify.reason}`,
    });
    return;
  }
  const { checks } = step.verify;
  const observed = await look(run, `Verify: ${step.title}`, checks, { taskQueue: taskQueues.main, of: step });
  run.throwIfStopped();
  const passed = journalChecks(run, observed, { for: 'verify', step: step.id });
  if (passed.length === checks.length) {
    run.append({
      type: 'step-completed',
      step: step.id,
      result: 'passed',
      summary: `${passed.length} of ${checks.length} checks passed`,
    });
    return;
  }
  const bad = observed.results
    .filter(({ verdict }) => verdict !== 'passed')
    .map((one) => `${one.check} ${one.verdict} (${one.summary})`);
  fail(run, step, `verify did not pass: ${bad.join(', ')}`);
}

function fail(run: DeploymentRun, step: ActionStep, summary: string): never {
  run.append({ type: 'step-completed', step: step.id, result: 'failed', summary });
  run.deviation('step-failed', 'major', `${summary}; roll back`, step.id);
  throw new Stopped({ kind: 'step-failed', step: step.id, summary });
}

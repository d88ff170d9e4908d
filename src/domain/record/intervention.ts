import { entriesOf } from '../journal.ts';
import type { PlannedUndo } from '../plan.ts';
import { owedSteps } from '../status.ts';
import { describeUndo } from './rollback.ts';
import { lastOf, type Source } from './source.ts';

/** What a person needs who has to put a target in order. */
export interface Intervention {
  readonly known: readonly string[];
  readonly unknown: readonly string[];
  readonly notRun: readonly string[];
  readonly mayRun: readonly { readonly what: string; readonly command: string }[];
}

export function buildIntervention(source: Source): Intervention {
  const { plan, journal, state, requested } = source;
  const live = state.bindings?.live;
  const results = entriesOf(journal, 'compensation-completed');
  const owed = plan.repair ? plan.repair.owed.map(({ step }) => step) : owedSteps(plan, state);
  const notRun = lastOf(journal, 'rollback-completed')?.notRun ?? owed;
  const checks = entriesOf(journal, 'check-completed').filter((entry) => entry.for === 'rollback');
  const target = `${plan.service}/${plan.environment}`;
  const resolve = (decision: string) =>
    `POST /v1/targets/${target}/resolve {"deployment":"${requested.deployment}","decision":"${decision}","reason":"…"}`;
  return {
    known: [
      live ? `live before: ${live.release} (${live.artifact.digest})` : 'nothing is known to have been live before',
      ...state.steps
        .filter((step) => step.state === 'passed' && step.endedAt !== null)
        .map(({ id, endedAt }) => `step ${id} passed ${endedAt ?? ''} and is not undone`),
      ...results
        .filter(({ result }) => result !== 'failed')
        .map(({ step, result, summary, endedAt }) => `compensation of ${step} ${result} ${endedAt}: ${summary}`),
      ...checks
        .filter(({ verdict }) => verdict === 'passed')
        .map(({ check, summary, at }) => `${check} passed ${at}: ${summary}`),
    ],
    unknown: [
      ...state.steps
        .filter((step) => step.startedAt !== null && !['passed', 'undone'].includes(step.state))
        .map(({ id }) => `how far step ${id} came${lastReadBack(source, id)}`),
      ...results
        .filter(({ result }) => result === 'failed')
        .map(({ step, summary }) => `whether ${step} is undone: ${summary}`),
      ...checks
        .filter(({ verdict }) => verdict !== 'passed')
        .map(({ check, verdict, summary }) => `what serves: rollback check ${check} ${verdict}, ${summary}`),
      ...(checks.length === 0 ? ['what serves: no rollback check was run'] : []),
    ],
    notRun: notRun.map((step) => `undo of ${step}: ${howToUndo(source, step)}`),
    mayRun: [
      { what: 'run the outstanding compensations', command: resolve('compensate') },
      { what: 'accept the target as it is; "live" says what serves', command: resolve('accept') },
      { what: 'look at the history', command: `gantry temporal workflow show --workflow-id ${requested.workflowId}` },
      {
        what: 'look at the workflow',
        command: `gantry temporal workflow describe --workflow-id ${requested.workflowId}`,
      },
    ],
  };
}

function lastReadBack({ journal }: Source, id: string): string {
  const last = lastOf(journal, 'read-back', ({ step }) => step === id);
  return last ? `: read back as ${last.verdict}, ${last.summary}` : '';
}

function howToUndo(source: Source, id: string): string {
  const step = source.plan.steps.find((candidate) => candidate.id === id);
  const owed: PlannedUndo | undefined =
    source.plan.repair?.owed.find((candidate) => candidate.step === id)?.undo ??
    (step?.kind === 'action' || step?.kind === 'manual' ? step.undo : undefined);
  return owed ? describeUndo(source, owed) : 'unknown to the plan';
}

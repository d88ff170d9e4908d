import { mayHaveActed } from '../deployment/attempt-ends.ts';
import { outstandingSteps } from '../deployment/rollback-order.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { slotName } from '../plan/bindings.ts';
import { describeUndo, undoOf } from '../plan/compensations.ts';
import { isActing, stepOf } from '../plan/plan.ts';
import { bindingsOfUndo } from './rollback-section.ts';
import { liveBefore, ofStep, type Source } from './source.ts';

/** Something to know, with the command or request that belongs to it. */
export interface Fact {
  readonly what: string;
  readonly command: string | null;
}

/** What a person needs who has to put a target in order. */
export type Intervention = ReturnType<typeof buildIntervention>;

const plain = (what: string): Fact => ({ what, command: null });

export function buildIntervention(source: Source) {
  const { plan, journal, state, requested } = source;
  const live = state.bindings?.live;
  const results = entriesOf(journal, 'compensation-completed');
  const outstanding = plan.repair
    ? plan.repair.outstanding.map(({ step }) => step)
    : outstandingSteps(plan, state).map(({ id }) => id);
  const notRun = lastOf(journal, 'rollback-completed')?.notRun ?? outstanding;
  const undoFailed = new Set(results.filter(({ result }) => result === 'failed').map(({ step }) => step));
  const checks = entriesOf(journal, 'check-completed').filter((entry) => entry.for === 'rollback');
  // Holds and gates leave nothing behind.
  const acts = (id: string) => isActing(stepOf(plan, id));
  const target = `${plan.service}/${plan.environment}`;
  const resolve = (decision: string, serves: object = {}) =>
    `POST /v1/targets/${target}/resolve ${JSON.stringify({ deployment: requested.deployment, decision, ...serves, reason: '…' })}`;
  return {
    known: [
      live ? `live before: ${live.release} (${live.artifact.digest})` : 'nothing is known to have been live before',
      ...state.steps
        .filter(({ id, state: at }) => at === 'passed' && !undoFailed.has(id) && !state.compensated.includes(id))
        .map(({ id, endedAt }) => `step ${id} passed ${endedAt ?? ''} and is not undone`),
      ...state.steps
        .filter(({ id, startedAt }) => acts(id) && startedAt !== null && !mayHaveActed(state.attempts, id))
        .map(({ id }) => `step ${id} never began, so nothing of it is to be undone`),
      ...results
        .filter(({ result }) => result !== 'failed')
        .map(({ step, result, summary, endedAt }) => `compensation of ${step} ${result} ${endedAt}: ${summary}`),
      ...checks
        .filter(({ verdict }) => verdict === 'passed')
        .map(({ check, summary, at }) => `${check} passed ${at}: ${summary}`),
    ].map(plain),
    unknown: [
      ...state.steps
        .filter(
          ({ id, state: at }) =>
            acts(id) && mayHaveActed(state.attempts, id) && at !== 'passed' && !state.compensated.includes(id),
        )
        .map(({ id }) => plain(`how far step ${id} came${lastReadBack(source, id)}`)),
      ...results
        .filter(({ result }) => result === 'failed')
        .map(({ step, summary }) => undoFact(source, step, `whether ${step} is undone: ${summary}; its undo`)),
      ...checks
        .filter(({ verdict }) => verdict !== 'passed')
        .map(({ check, verdict, summary }) => plain(`what serves: rollback check ${check} ${verdict}, ${summary}`)),
      ...(checks.length === 0 ? [plain('what serves: no rollback check was run')] : []),
    ],
    notRun: notRun.map((step) => undoFact(source, step, `undo of ${step}`)),
    mayRun: [
      { what: 'run the outstanding compensations', command: resolve('compensate') },
      ...mayServe(source).map(({ slot, ...live }) => ({
        what: `accept the target as it is, where ${live.release} serves`,
        command: resolve('accept', { live: slot === null ? live : { ...live, slot } }),
      })),
      { what: 'look at the history', command: `gantry temporal workflow show --workflow-id ${requested.workflowId}` },
      {
        what: 'look at the workflow',
        command: `gantry temporal workflow describe --workflow-id ${requested.workflowId}`,
      },
    ],
  };
}

/** What a person may find to serve: what was live before, and the new release. */
function mayServe(source: Source) {
  const { plan, state } = source;
  const { bindings } = state;
  const before = liveBefore(source);
  const { release, artifact } = plan;
  return [
    ...(before ? [{ release: before.release, artifact: before.artifact, slot: slotName(bindings, 'live') }] : []),
    { release, artifact, slot: slotName(bindings, 'idle') },
  ];
}

function lastReadBack({ journal }: Source, id: string): string {
  const last = lastOf(journal, 'read-back', ofStep(id));
  return last ? `: read back as ${last.verdict}, ${last.summary}` : '';
}

function undoFact(source: Source, id: string, what: string): Fact {
  const { plan } = source;
  const outstanding = plan.repair?.outstanding.find(ofStep(id))?.undo ?? undoOf(stepOf(plan, id));
  const how = outstanding ? describeUndo(outstanding, bindingsOfUndo(source)) : 'unknown to the plan';
  return outstanding?.kind === 'action' ? { what, command: how } : plain(`${what}: ${how}`);
}

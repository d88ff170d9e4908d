import { mayHaveActed } from '../deployment/attempts.ts';
import { outstandingSteps } from '../deployment/status.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { slotName } from '../plan/bindings.ts';
import { type PlannedUndo, stepOf } from '../plan/plan.ts';
import { describeUndo } from './rollback.ts';
import { type Source } from './source.ts';

/** Something to know, with the command or request that belongs to it. */
export interface Fact {
  readonly what: string;
  readonly command: string | null;
}

/** What a person needs who has to put a target in order. */
export interface Intervention {
  readonly known: readonly Fact[];
  readonly unknown: readonly Fact[];
  readonly notRun: readonly Fact[];
  readonly mayRun: readonly Fact[];
}

const plain = (what: string): Fact => ({ what, command: null });

export function buildIntervention(source: Source): Intervention {
  const { plan, journal, state, requested } = source;
  const live = state.bindings?.live;
  const results = entriesOf(journal, 'compensation-completed');
  const outstanding = plan.repair ? plan.repair.outstanding.map(({ step }) => step) : outstandingSteps(plan, state);
  const notRun = lastOf(journal, 'rollback-completed')?.notRun ?? outstanding;
  const undoFailed = new Set(results.filter(({ result }) => result === 'failed').map(({ step }) => step));
  const checks = entriesOf(journal, 'check-completed').filter((entry) => entry.for === 'rollback');
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
        .filter(({ id, startedAt }) => acts(plan, id) && startedAt !== null && !mayHaveActed(state.attempts, id))
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
            acts(plan, id) && mayHaveActed(state.attempts, id) && at !== 'passed' && !state.compensated.includes(id),
        )
        .map(({ id }) => plain(`how far step ${id} came${lastReadBack(source, id)}`)),
      ...results
        .filter(({ result }) => result === 'failed')
        .map(({ step, summary }) => undoOf(source, step, `whether ${step} is undone: ${summary}; its undo`)),
      ...checks
        .filter(({ verdict }) => verdict !== 'passed')
        .map(({ check, verdict, summary }) => plain(`what serves: rollback check ${check} ${verdict}, ${summary}`)),
      ...(checks.length === 0 ? [plain('what serves: no rollback check was run')] : []),
    ],
    notRun: notRun.map((step) => undoOf(source, step, `undo of ${step}`)),
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
function mayServe({ plan, state: { bindings } }: Source) {
  const before = plan.repair ? plan.repair.live : (bindings?.live ?? null);
  const { release, artifact } = plan;
  return [
    ...(before ? [{ release: before.release, artifact: before.artifact, slot: slotName(bindings, 'live') }] : []),
    { release, artifact, slot: slotName(bindings, 'idle') },
  ];
}

/** Holds and gates leave nothing behind. */
function acts(plan: Source['plan'], id: string): boolean {
  const kind = stepOf(plan, id)?.kind;
  return kind === 'action' || kind === 'manual';
}

function lastReadBack({ journal }: Source, id: string): string {
  const last = lastOf(journal, 'read-back', ({ step }) => step === id);
  return last ? `: read back as ${last.verdict}, ${last.summary}` : '';
}

function undoOf(source: Source, id: string, what: string): Fact {
  const step = stepOf(source.plan, id);
  const outstanding: PlannedUndo | undefined =
    source.plan.repair?.outstanding.find((candidate) => candidate.step === id)?.undo ??
    (step?.kind === 'action' || step?.kind === 'manual' ? step.undo : undefined);
  const how = outstanding ? describeUndo(source, outstanding) : 'unknown to the plan';
  return outstanding?.kind === 'action' ? { what, command: how } : plain(`${what}: ${how}`);
}

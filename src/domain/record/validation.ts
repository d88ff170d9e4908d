import { type ValidationGroup, validationGroups } from '../base/validation-groups.ts';
import { type Entry, entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { type CheckResult } from '../journal/values.ts';
import { describeThreshold } from '../kinds/describe.ts';
import { type Checks } from '../plan/plan.ts';
import { availabilityRows, type HealthRow, type Watch, watchOf } from './health.ts';
import { boundExpects, type Source } from './source.ts';

export interface ValidationRow {
  readonly group: ValidationGroup;
  readonly check: string;
  /** As frozen in the plan. */
  readonly threshold: string;
  readonly observed: string | null;
  readonly samples: number | null;
  readonly at: string | null;
  readonly verdict: CheckResult['verdict'] | 'not-run';
}
export interface RollbackCheckRow {
  readonly check: string;
  readonly verdict: CheckResult['verdict'];
  readonly summary: string;
  readonly at: string;
  readonly moment: 'grant' | 'rollback';
}
export interface ValidationResults {
  readonly rows: readonly ValidationRow[];
  /** Why none of the groups was run, or null. */
  readonly notRun: string | null;
  readonly notCovered: readonly { readonly what: string; readonly reason: string }[];
  readonly rollbackChecks: readonly RollbackCheckRow[];
  readonly availability: readonly HealthRow[];
  /** The plan has a check of availability, whether or not it was measured. */
  readonly availabilityPlanned: boolean;
  readonly watch: Watch;
  readonly readiness: readonly string[];
}

export function buildValidation(source: Source): ValidationResults {
  const { plan, journal } = source;
  const rows = validationGroups.flatMap((group) => groupRows(source, group, plan.validation[group]));
  const checked = entriesOf(journal, 'check-completed').filter((entry) => isOfReturn(entry));
  return {
    rows,
    notRun: rows.some(({ verdict }) => verdict !== 'not-run') ? null : whyNotRun(source),
    notCovered: notCovered(source),
    rollbackChecks: checked.map((entry) => ({
      check: entry.check,
      verdict: entry.verdict,
      summary: entry.summary,
      at: entry.endedAt,
      moment: entry.for === 'grant' ? 'grant' : 'rollback',
    })),
    availability: availabilityRows(source),
    availabilityPlanned: plan.health.some(({ traits }) => traits?.includes('availability')),
    watch: watchOf(source),
    readiness: readiness(source),
  };
}

const isOfReturn = (entry: Entry<'check-completed'>) => entry.for === 'rollback' || entry.for === 'grant';

function groupRows(source: Source, group: ValidationGroup, planned: Checks): readonly ValidationRow[] {
  if (planned.kind === 'none') return [];
  return planned.checks.map(({ id, expects }) => {
    const last = lastOf(source.journal, 'check-completed', (entry) => {
      return entry.for === 'validation' && entry.group === group && entry.check === id;
    });
    return {
      group,
      check: id,
      threshold: last?.threshold ?? describeThreshold(boundExpects(source.state, expects)),
      observed: last?.summary ?? null,
      samples: last?.samples ?? null,
      at: last?.endedAt ?? null,
      verdict: last?.verdict ?? 'not-run',
    };
  });
}

function whyNotRun({ plan, ended, state }: Source): string {
  if (plan.repair) return 'a repair validates by its rollback checks';
  if (!ended) return `the deployment came to phase ${state.phase} so far`;
  return ended.outcome === 'succeeded'
    ? 'nothing was journaled'
    : `${ended.outcome.replaceAll('-', ' ')} before validation`;
}

/** Everything for which the procedure says `none`: listed, never taken as passed. */
function notCovered({ plan }: Source): ValidationResults['notCovered'] {
  const groups = validationGroups.flatMap((group) => {
    const planned = plan.validation[group];
    return planned.kind === 'none' ? [{ what: `${group} validation`, reason: planned.reason }] : [];
  });
  const steps = plan.steps.flatMap((step) => [
    ...(step.kind === 'action' && step.verify.kind === 'none'
      ? [{ what: `verification of step ${step.id}`, reason: step.verify.reason }]
      : []),
    ...((step.kind === 'action' || step.kind === 'manual') && step.undo.kind !== 'action'
      ? [{ what: `undo of step ${step.id}`, reason: step.undo.reason }]
      : []),
  ]);
  return [...groups, ...steps];
}

/** What is known to be in operation at the end of the record. */
function readiness(source: Source): readonly string[] {
  const { journal, state, ended, plan } = source;
  const returned = lastOf(journal, 'rollback-completed');
  const given = entriesOf(journal, 'acknowledged').filter((e) => e.for !== 'page');
  const known = given.map((e) => `${e.for} acknowledged by ${e.by.name} as ${e.role}`);
  if (state.confirmed) {
    const { live, slot } = state.confirmed;
    return [`live release confirmed as ${live.release}${slot === null ? '' : ` on ${slot}`}`, ...known];
  }
  if (returned?.result === 'verified') {
    const before = plan.repair ? plan.repair.live : state.bindings?.live;
    return [`confirmed for ${before?.release ?? 'the previous state'} only`];
  }
  if (returned?.result === 'as-before')
    return [`back to ${state.bindings?.live?.release ?? 'the previous state'}, which is as bad as before`];
  if (returned || ended?.outcome === 'needs-intervention') return ['not confirmed: a person must look at the target'];
  if (!state.hasChanged) return ['nothing was changed'];
  return ['not confirmed yet', ...known];
}

import { type ValidationGroup, validationGroups } from '../base/validation-groups.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { describeThreshold } from '../kinds/describe.ts';
import { type Checks } from '../plan/plan.ts';
import { availabilityRows, watchOf } from './health-rows.ts';
import { notCovered } from './not-covered.ts';
import { boundExpects, lastValidation, liveBefore, type Source } from './source.ts';

/** The third section of a record: what validated the release, and what was not covered. */
export type ValidationResults = ReturnType<typeof buildValidation>;
export type ValidationRow = ValidationResults['rows'][number];
export type RollbackCheckRow = ValidationResults['rollbackChecks'][number];

export function buildValidation(source: Source) {
  const { plan, journal } = source;
  const rows = validationGroups.flatMap((group) => groupRows(source, group, plan.validation[group]));
  return {
    rows,
    /** Why none of the groups was run, or null. */
    notRun: rows.some(({ verdict }) => verdict !== 'not-run') ? null : whyNotRun(source),
    notCovered: notCovered(source),
    rollbackChecks: entriesOf(journal, 'check-completed').flatMap((entry) => {
      const { check, verdict, summary, endedAt: at, for: moment } = entry;
      return moment === 'rollback' || moment === 'grant' ? [{ check, verdict, summary, at, moment }] : [];
    }),
    availability: availabilityRows(source),
    /** The plan has a check of availability, whether or not it was measured. */
    availabilityPlanned: plan.health.some(({ traits }) => traits?.includes('availability')),
    watch: watchOf(source),
    readiness: readiness(source),
  };
}

function groupRows(source: Source, group: ValidationGroup, planned: Checks) {
  if (planned.kind === 'none') return [];
  return planned.checks.map(({ id, expects }) => {
    const last = lastValidation(source.journal, group, id);
    return {
      group,
      check: id,
      /** As frozen in the plan. */
      threshold: last?.threshold ?? describeThreshold(boundExpects(source.state, expects)),
      observed: last?.summary ?? null,
      samples: last?.samples ?? null,
      at: last?.endedAt ?? null,
      verdict: last?.verdict ?? ('not-run' as const),
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

/** What is known to be in operation at the end of the record. */
function readiness(source: Source): readonly string[] {
  const { journal, state, ended } = source;
  const returned = lastOf(journal, 'rollback-completed');
  const given = entriesOf(journal, 'acknowledged').filter((e) => e.for !== 'page');
  const known = given.map((e) => `${e.for} acknowledged by ${e.by.name} as ${e.role}`);
  if (state.confirmed) {
    const { live, slot } = state.confirmed;
    return [`live release confirmed as ${live.release}${slot === null ? '' : ` on ${slot}`}`, ...known];
  }
  if (returned?.result === 'verified')
    return [`confirmed for ${liveBefore(source)?.release ?? 'the previous state'} only`];
  if (returned?.result === 'as-before')
    return [`back to ${state.bindings?.live?.release ?? 'the previous state'}, which is as bad as before`];
  if (returned || ended?.outcome === 'needs-intervention') return ['not confirmed: a person must look at the target'];
  if (!state.hasChanged) return ['nothing was changed'];
  return ['not confirmed yet', ...known];
}

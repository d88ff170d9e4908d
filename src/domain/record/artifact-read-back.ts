import { type Entry, entriesOf } from '../journal/entries.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import { readsArtifactBack, type Source } from './source.ts';

type Reading = Pick<Entry<'check-completed'>, 'check' | 'summary' | 'verdict' | 'at'>;

/**
 * The last result that compares the artifact's digest: of checks that verify or validate, of health checks, and of the
 * read-back of a step after an attempt without an answer. Null where that is bad, or there is none.
 */
export function artifactReadBack(source: Source): Omit<Reading, 'verdict'> | null {
  const readings = [...ofChecks(source), ...ofHealth(source), ...ofSteps(source)].filter(
    // Any other verdict measured nothing.
    ({ verdict }) => verdict === 'passed' || verdict === 'failed',
  );
  const last = readings.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  return last?.verdict === 'passed' ? { check: last.check, summary: last.summary, at: last.at } : null;
}

function ofChecks({ plan, journal }: Source): readonly Reading[] {
  const verifying = plan.steps.flatMap((step) =>
    step.kind === 'action' && step.verify.kind === 'checks' ? step.verify.checks : [],
  );
  const validating = Object.values(plan.validation).flatMap((group) => (group.kind === 'checks' ? group.checks : []));
  const asking = idsOf(plan, [...verifying, ...validating]);
  return entriesOf(journal, 'check-completed').filter(
    (entry) => (entry.for === 'verify' || entry.for === 'validation') && asking.has(entry.check),
  );
}

/** Of a health check its latest sample counts. */
function ofHealth({ plan, journal }: Source): readonly Reading[] {
  const asking = idsOf(plan, plan.health);
  return entriesOf(journal, 'health-observed').flatMap(({ summaries }) =>
    summaries.flatMap(({ check, latest }) =>
      latest && asking.has(check)
        ? [{ check, verdict: latest.verdict, summary: latest.summary, at: latest.endedAt }]
        : [],
    ),
  );
}

function ofSteps({ plan, journal }: Source): readonly Reading[] {
  const asking = new Set(
    plan.steps.flatMap((step) =>
      step.kind === 'action' && step.done && readsArtifactBack(plan, step.done) ? [step.id] : [],
    ),
  );
  return entriesOf(journal, 'read-back')
    .filter(({ step, verdict }) => asking.has(step) && verdict === 'done')
    .map(({ step, summary, at }) => ({ check: `the read-back of ${step}`, verdict: 'passed', summary, at }));
}

function idsOf(plan: Source['plan'], checks: readonly PlannedCheck[]): ReadonlySet<string> {
  return new Set(checks.filter((check) => readsArtifactBack(plan, check)).map(({ id }) => id));
}

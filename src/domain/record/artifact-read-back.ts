import { entriesOf } from '../journal/entries.ts';
import type { PlannedCheck, Verdict } from '../kinds/adapter.ts';
import { readsArtifactBack, type Source } from './source.ts';

/** What has compared the digest of the artifact with what the world says, the last time that anything did. */
export interface ArtifactReadBack {
  readonly check: string;
  readonly summary: string;
  readonly at: string;
}

type Reading = ArtifactReadBack & { readonly verdict: Verdict };

/**
 * The last word on the artifact's digest of whatever compares it: checks that verify or validate, health checks, and the
 * read-back of a step after an attempt without an answer. Null where that is bad, or nothing has said anything.
 */
export function artifactReadBack(source: Source): ArtifactReadBack | null {
  const readings = [...ofChecks(source), ...ofHealth(source), ...ofSteps(source)].filter(
    // Who could not measure has not said anything.
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

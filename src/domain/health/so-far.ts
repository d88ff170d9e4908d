import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import { pick } from '../base/pick.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { HealthSummary } from '../journal/values.ts';
import type { LatestSample } from '../kinds/adapter.ts';

/** What was sampled of one health check; all counts are of samples. */
export interface CheckSoFar extends Pick<HealthSummary, 'samples' | 'failed' | 'errors' | 'badAnswersBy'> {
  readonly id: string;
  readonly passed: number;
  readonly inconclusive: number;
  /** The sample that began last; null: none has ended. `answeredBy`: a release, `unnamed` or `nobody`, while it is watched. */
  readonly latest: (Pick<LatestSample, 'verdict' | 'endedAt' | 'summary'> & { readonly answeredBy?: string }) | null;
}

/**
 * What the health checks of a deployment have come to. `watching`: the monitor's own counts, a moment ago, which stand in no
 * journal yet; `observed`: its last ones, from the journal; `none`: nothing is watched, or was.
 */
export interface HealthSoFar {
  readonly state: 'none' | 'watching' | 'observed';
  /** When the counts were taken (ISO 8601); null: there are none. */
  readonly at: string | null;
  /** The worker that watches, or was the last to. */
  readonly worker: string | null;
  readonly checks: readonly CheckSoFar[];
}

export const noHealth: HealthSoFar = { state: 'none', at: null, worker: null, checks: [] };

const verdict = z.enum(['passed', 'failed', 'error', 'inconclusive']);
/** Of a monitor's heartbeat, what is shown: another build may have written it. */
const heartbeatSchema = z.object({
  at: z.iso.datetime(),
  checks: z.record(
    z.string(),
    z.object({
      tally: z.object({
        samples: z.int(),
        successes: z.int(),
        failures: z.int(),
        errors: z.int(),
        inconclusive: z.int(),
      }),
      latest: z.object({ verdict, endedAt: z.iso.datetime(), summary: z.string() }).nullable(),
      answeredBy: z.string().optional(),
      badAnswersBy: z.record(z.string(), z.int()),
    }),
  ),
});

/** What a monitor said last; null where it cannot be read. */
export function healthInHeartbeat(heartbeat: JsonObject, worker: string | null): HealthSoFar | null {
  const { data } = heartbeatSchema.safeParse(heartbeat);
  if (!data) return null;
  const checks = Object.entries(data.checks).map(([id, { tally, latest, answeredBy, badAnswersBy }]) => ({
    id,
    samples: tally.samples,
    passed: tally.successes,
    failed: tally.failures,
    errors: tally.errors,
    inconclusive: tally.inconclusive,
    badAnswersBy,
    latest: latest && { ...latest, ...(answeredBy !== undefined && { answeredBy }) },
  }));
  return { state: 'watching', at: data.at, worker, checks };
}

/** What a journal says of the whole watch; null: not yet. */
export function healthInJournal(journal: readonly JournalEntry[]): HealthSoFar | null {
  const observed = journal.filter((entry) => entry.type === 'health-observed');
  const last = observed.at(-1);
  if (!last) return null;
  const checks = observed.flatMap(({ summaries }) => summaries).map(ofSummary);
  return { state: 'observed', at: last.at, worker: last.worker, checks };
}

function ofSummary(summary: HealthSummary): CheckSoFar {
  const { check, samples, failed, errors, inconclusive = 0, badAnswersBy, latest } = summary;
  return {
    id: check,
    samples,
    passed: samples - failed - errors - inconclusive,
    failed,
    errors,
    inconclusive,
    badAnswersBy,
    latest: latest && pick(latest, 'verdict', 'endedAt', 'summary'),
  };
}

import type { Activities } from '../../domain/ports/activities.ts';
import { type Known, knownAfter, pagedAtOnce, targetOf, unpaged } from '../../domain/supervision/known.ts';
import type { Finding } from '../../domain/supervision/sightings.ts';
import { evaluateSightings } from '../../domain/supervision/what-is-stuck.ts';
import { withinLimit } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';
import { createBringMissingEntries } from '../journal/bring-missing-entries.ts';
import { pagePolicy } from '../trust/alarm.ts';

/** What pages need; the API process, which supervises when no worker does, has it too. */
export type Pager = Pick<ActivityDeps, 'policy' | 'notify' | 'worker' | 'now'> & {
  readonly store: Pick<ActivityDeps['store'], 'addAlert'>;
};

/** What supervision reads. */
export type Looking = Pick<ActivityDeps, 'sightings' | 'now'> & {
  readonly store: Pick<ActivityDeps['store'], 'deployments'>;
};

/**
 * Stores an alert and pages whom this process's own policy names, for each condition that has not been paged. Answers what
 * has been paged by then: what reached nobody has not.
 */
export async function pageFindings(pager: Pager, findings: readonly Finding[], known: Known): Promise<Known> {
  const fresh = unpaged(findings, known);
  const more = fresh.slice(pagedAtOnce);
  const [first] = more;
  const rest = first ? [{ said: { ...first, detail: `${more.length} more, such as: ${first.detail}` }, of: more }] : [];
  // All at once: a channel that hangs keeps none of the others waiting, and a round has its time.
  const pages = [...fresh.slice(0, pagedAtOnce).map((finding) => ({ said: finding, of: [finding] })), ...rest];
  const missed = await Promise.all(pages.map(async ({ said, of }) => ((await page(pager, said)) ? [] : of)));
  return knownAfter(known, findings, missed.flat(), pager.now());
}

/** Longer than an attempt by every way takes; a store or a policy that does not answer holds no round up. In milliseconds. */
const pageMs = 10_000;

/** Answers whether somebody was reached; else it is paged again in the next round. */
async function page(pager: Pager, finding: Finding): Promise<boolean> {
  const { code, detail } = finding;
  const target = targetOf(finding);
  const alert = { at: new Date(pager.now()).toISOString(), target, code, detail: detail.slice(0, 500) };
  const [, paged] = await Promise.allSettled([
    withinLimit(pageMs, () => pager.store.addAlert({ ...alert, worker: pager.worker })),
    withinLimit(pageMs, () => pagePolicy(pager, { target, subject: `Page: ${code}, ${target}`, text: detail })),
  ]);
  return paged.status === 'fulfilled' && paged.value;
}

/** Everything open as it is now, evaluated. Throws when Temporal does not answer. */
export async function lookAround(looking: Looking): Promise<readonly Finding[]> {
  return (await see(looking)).findings;
}

async function see({ store, sightings, now }: Looking) {
  // What the index of Temporal does not have yet, or any more, the store has; while it does not answer, the index has to do.
  const { items: rows } = await store.deployments({ isOpen: true, limit: 200 }).catch(() => ({ items: [] }));
  const known = rows.map(({ workflowId }) => workflowId);
  const seen = await sightings.look(known, now());
  const running = new Set(seen.workflows.map(({ workflowId }) => workflowId));
  return { findings: evaluateSightings(seen, now()), rows, running };
}

/** Those that have ended, and whose record the store has lost or never got: so many are published again in turn. */
async function unpublished({ store }: Pick<ActivityDeps, 'store'>) {
  const { items } = await store.deployments({ lacksRecord: true, limit: 50 }).catch(() => ({ items: [] }));
  return items;
}

/** Evaluates everything open, pages what does not move, and brings the store what it lacks of journals. */
export function supervisionActivities(deps: ActivityDeps): Pick<Activities, 'supervise'> {
  const bringMissingEntries = createBringMissingEntries(deps);
  return {
    async supervise({ known }) {
      const { findings, rows, running } = await see(deps);
      const paged = await pageFindings(deps, findings, known);
      await bringMissingEntries({ rows: [...rows, ...(await unpublished(deps))], running });
      return { known: paged };
    },
  };
}

import type { TargetName } from '../base/ids.ts';
import { code, join, link, md, table } from '../base/markdown.ts';
import { stateOf } from '../deployment/state.ts';
import type { JournalEntry } from '../journal/entries.ts';
import { isActing, type Plan } from '../plan/plan.ts';
import type { Serves } from './serves.ts';

export interface Served extends TargetName {
  readonly serves: Serves;
  /** The deployment that brought it, as far as it is known. */
  readonly broughtBy: { readonly plan: Plan; readonly journal: readonly JournalEntry[] } | null;
  /** Where people reach the API; null: not known. */
  readonly publicUrl: string | null;
}

/** The text of a block, by what serves and the journal that brought it: after a rollback it is the same as before the change. */
export function servingWords(served: Served): string {
  const { service, environment, serves } = served;
  return table([`${service} in ${environment}`, ''], rowsOf(served, serves));
}

function rowsOf(served: Served, serves: Serves): Parameters<typeof table>[1] {
  if (serves.kind === 'nothing') return [['Release', 'none: nothing was deployed, or all of it was undone']];
  if (serves.kind === 'unknown')
    return [
      ['Release', md`**not known**: deployment ${code(serves.deployment)} changed something and needs a person`],
      ['Record', recordOf(served, serves.deployment)],
    ];
  const { release, artifact, since, deployment } = serves.live;
  return [
    ['Release', code(release)],
    ['Artifact', code(artifact.uri, 512)],
    ['Digest', code(artifact.digest)],
    ['Serves since', code(sinceOf(served) ?? since)],
    ['Approved by', approvedBy(served)],
    ['Record', deployment === null ? 'none: a person has said what serves' : recordOf(served, deployment)],
  ];
}

/** When its last step had passed. */
function sinceOf({ broughtBy }: Served): string | null {
  if (!broughtBy) return null;
  const acting = new Set(broughtBy.plan.steps.filter(isActing).map(({ id }) => id));
  const last = broughtBy.journal.findLast(
    (entry) => entry.type === 'step-completed' && entry.result === 'passed' && acting.has(entry.step),
  );
  return last?.at ?? null;
}

function approvedBy({ broughtBy }: Served) {
  if (!broughtBy) return 'not known';
  const { plan, journal } = broughtBy;
  const given = stateOf(plan, journal).approvals.filter(({ gate }) => gate === 'start');
  if (given.length > 0) return join(given.map(({ by, role }) => md`${by.name} (${role})`));
  const { standing } = plan.policy;
  if (!standing) return 'nobody';
  const nameOf = (subject: string) => plan.policy.people.find((one) => one.subject === subject)?.name ?? subject;
  const standingBy = standing.approvedBy.map(({ subject, role }) => md`${nameOf(subject)} (${role})`);
  return md`${join(standingBy)}, by a standing approval until ${standing.until}`;
}

function recordOf({ publicUrl }: Served, deployment: string) {
  const id = code(deployment);
  return publicUrl === null ? id : md`${id}: ${link(new URL(`/v1/deployments/${deployment}/record`, publicUrl).href)}`;
}

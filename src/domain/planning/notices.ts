import { formatDuration } from '../base/duration.ts';
import { startExpiry } from '../deployment/start-expiry.ts';
import type { DeploymentRow } from '../journal/batch.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import type { WindowVerdict } from '../policy/windows-schema.ts';
import type { TargetState } from '../target/state.ts';

/** What would hold a deployment up or become of it, as far as it is known before the request. */
export interface Notice {
  /**
   * `window`: a freeze or a closed window. `target`: another deployment holds the target. `order`: which older deployments
   * this one supersedes and what supersedes it. `release`: it serves already, or did so before what serves now.
   */
  readonly about: 'window' | 'target' | 'order' | 'release';
  readonly says: string;
  /** Of `window`: when it can begin, or next begin, ISO 8601 UTC; null: not by itself, as far as can be seen. */
  readonly opens?: string | null;
  /** Ids of the deployments that it is about. */
  readonly deployments?: readonly string[];
}

type Row = Pick<DeploymentRow, 'id' | 'number' | 'release' | 'artifactDigest' | 'phase' | 'outcome'>;

/** What is known beside the plan. */
export interface Outlook {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether it could begin at a time (milliseconds since the epoch), by windows and by freezes that are known now. */
  readonly windowAt: (at: number) => WindowVerdict;
  readonly target: Pick<TargetState, 'lock' | 'live'> | null;
  /** Deployments of the target that have not ended, and the one that holds it. */
  readonly open: readonly Row[];
  /** The deployment that brought this artifact here before what serves now came; null: none is known. */
  readonly served: Row | null;
}

/** What would become of a deployment that is requested now, in sentences, in the order of the process. */
export function noticesOf(plan: Plan, known: Outlook): readonly Notice[] {
  return [
    ...windowNotices(plan, known),
    ...targetNotices(plan, known),
    ...orderNotices(plan, known),
    ...releaseNotices(plan, known),
  ];
}

function windowNotices(plan: Plan, { now, windowAt }: Outlook): readonly Notice[] {
  if (isWaived(plan, 'window')) return [];
  const { windows, limits } = plan.policy;
  const verdict = windowAt(now);
  const expiry = startExpiry(plan, new Date(now).toISOString());
  if (!verdict.open) {
    const { fault, why, opensAt } = verdict;
    const isInTime = opensAt !== null && opensAt < expiry && Date.parse(opensAt) - now <= limits.window;
    const when = opensAt === null ? 'It does not open by itself' : `It can begin at ${opensAt}`;
    const lift = fault === 'frozen' ? 'the freeze is lifted' : 'that changes';
    const late = `, and unless ${lift} before, it ends as expired: it waits for its window for ${formatDuration(limits.window)} at most, and its approvals last until ${expiry}`;
    const says = `It would be held now: ${why}. ${when}${isInTime ? '' : late}.`;
    return [{ about: 'window', says, opens: opensAt }];
  }
  if (verdict.closesAt === null) return [];
  const closesMs = Date.parse(verdict.closesAt);
  const last = new Date(closesMs - (windows?.runwayMs ?? 0)).toISOString();
  // No deployment begins that late: the approvals have lapsed by then.
  if (last >= expiry) return [];
  const after = windowAt(closesMs);
  const opens = after.open ? null : after.opensAt;
  const later =
    opens === null ? 'Nothing opens by itself after that' : `If it is approved later, it waits until ${opens}`;
  return [{ about: 'window', says: `It can begin until ${last}: ${verdict.why}. ${later}.`, opens }];
}

function targetNotices({ policy }: Plan, { target, open }: Outlook): readonly Notice[] {
  const lock = target?.lock;
  if (!lock) return [];
  const holder = open.find(({ id }) => id === lock.deployment);
  const name = holder ? nameOf(holder) : lock.deployment;
  const waits = `this one waits for it for ${formatDuration(policy.limits.target)} at most`;
  const why =
    holder?.outcome === 'needs-intervention'
      ? 'and needs a person: until somebody resolves it, nothing else changes the target, and'
      : `${holder ? `and is in ${holder.phase}` : `since ${lock.since}`}:`;
  return [{ about: 'target', says: `${name} has the target ${why} ${waits}.`, deployments: [lock.deployment] }];
}

/** A deployment that is requested now gets a greater number than all that are open. */
function orderNotices(plan: Plan, { open }: Outlook): readonly Notice[] {
  const others = open.filter(({ outcome }) => outcome === null).toSorted((a, b) => a.number - b.number);
  if (others.length === 0) return [];
  const shown = others.slice(0, maxNamed).map((one) => {
    const isSame = one.artifactDigest === plan.artifact.digest;
    return `${nameOf(one)}${isSame ? ' of this very artifact' : ''} in ${one.phase}`;
  });
  const more = others.length > maxNamed ? [`${others.length - maxNamed} more`] : [];
  const [are, them] = others.length === 1 ? ['is one older', 'it ends'] : [`are ${others.length} older`, 'they end'];
  const becomes =
    plan.mode === 'rehearsal'
      ? 'a rehearsal supersedes none of them; it ends as superseded if one that is requested later is confirmed before it changes anything'
      : `once this one is confirmed, ${them} as superseded where nothing was changed yet; one that gets the target first goes first, and one that is requested later does the same to this one`;
  return [
    {
      about: 'order',
      says: `There ${are} ${others.length === 1 ? 'deployment' : 'deployments'} open: ${[...shown, ...more].join(', ')}; ${becomes}.`,
      deployments: others.map(({ id }) => id),
    },
  ];
}

const maxNamed = 10;

function releaseNotices({ artifact, change }: Plan, { target, served }: Outlook): readonly Notice[] {
  const live = target?.live;
  if (!live || change.initial) return [];
  const what = live.deployment === null ? live.release : `${live.release} (${live.deployment})`;
  if (live.artifact.digest === artifact.digest)
    return [
      {
        about: 'release',
        says: `The target serves this very artifact already, as ${what} since ${live.since}; it would be deployed again.`,
      },
    ];
  if (!served) return [];
  const says = `It goes back to an older release: this artifact came here as ${nameOf(served)}, before ${what}, which serves now. Nothing keeps it from that.`;
  return [{ about: 'release', says, deployments: [served.id] }];
}

const nameOf = ({ id, release }: Row) => `${id} (${release})`;

import {
  deploymentId,
  deploymentOfWorkflow,
  parseDeploymentId,
  parseTarget,
  workflowOfDeployment,
} from '../../domain/base/ids.ts';
import { pick } from '../../domain/base/pick.ts';
import type { WholeDeployment } from '../../domain/deployment/history.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { Histories, Journals, Targets } from '../../domain/ports/temporal.ts';
import type { Recovery } from '../../domain/target/recovery.ts';
import {
  type DeploymentFinding,
  type FreezeFinding,
  freezesIn,
  type RecoveryReport,
  type TargetFinding,
} from '../../domain/target/recovery-report.ts';
import type { SavedTarget } from '../../domain/target/state.ts';
import type { TargetView } from '../../domain/target/view.ts';
import { type Store } from '../../store/index.ts';
import type { DeploymentFilter } from '../../store/values.ts';
import { storedWhole } from '../../store/whole.ts';

/** What a recovery compares. */
export interface RecoverySources {
  readonly store: Store;
  readonly histories: Pick<Histories, 'run'>;
  readonly journals: Pick<Journals, 'whole'>;
  readonly targets: Targets;
  /** Ids of every deployment and target that Temporal's index has. */
  readonly everyWorkflow: () => Promise<readonly string[]>;
}

/** A deployment whose history and store differ, with all that is known of it. */
export interface Compared {
  readonly finding: DeploymentFinding;
  readonly known: WholeDeployment;
}

export type Look = Awaited<ReturnType<typeof lookAround>>;

const atOnce = 10;
const page = 200;

/**
 * Compares the store with targets and histories. Changes nothing. Throws `engine-unavailable` where Temporal or,
 * for a target, no worker answers.
 */
export async function lookAround(sources: RecoverySources, recovery: Recovery) {
  const { store } = sources;
  const [listed, open] = await Promise.all([sources.everyWorkflow(), everyDeployment(store, { isOpen: true })]);
  const targets = await targetsOf(sources, listed);
  const ids = new Set([
    ...open,
    ...listed.flatMap((workflowId) => deploymentOfWorkflow(workflowId) ?? []),
    ...targets.flatMap(({ more }) => more),
  ]);
  const compared: Compared[] = [];
  const frozen: FreezeFinding[] = [];
  const all = [...ids];
  for (let i = 0; i < all.length; i += atOnce) {
    const some = await Promise.all(all.slice(i, i + atOnce).map((id) => compare(sources, id, open.has(id), recovery)));
    compared.push(...some.flatMap(({ found }) => found));
    frozen.push(...some.flatMap(({ freezes }) => freezes));
  }
  const unknown = await Promise.all(frozen.map(async (one) => ((await store.freeze(one.id)) ? [] : [one])));
  const keys = await store.keys(null);
  const isOff = ({ unconfirmedSince, revokedAt }: (typeof keys)[number]) =>
    unconfirmedSince !== null && revokedAt === null;
  return {
    compared,
    report: {
      recovery,
      targets: targets.map(({ finding }) => finding),
      deployments: compared.map(({ finding }) => finding),
      freezes: oneEach(unknown.flat()),
      keys: keys.filter(isOff).map(({ id, subject, createdAt }) => ({ id, subject, createdAt })),
      signingKeys: await store.unconfirmedSigningKeys(),
    } satisfies RecoveryReport,
  };
}

/** Ids of all deployments of a kind that the store has, however many. */
async function everyDeployment(
  store: Store,
  which: Partial<Pick<DeploymentFilter, 'isOpen' | 'service' | 'environment'>>,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const { items, next } = await store.deployments({ ...which, limit: page, cursor });
    for (const { id } of items) ids.add(id);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** Each target that store or Temporal have, and the deployments that the index may not have yet. */
async function targetsOf({ store, targets }: RecoverySources, listed: readonly string[]) {
  const stored = new Map<string, SavedTarget>();
  for (const one of await store.targets()) stored.set(`${one.service}/${one.environment}`, one);
  const names = new Set([
    ...stored.keys(),
    ...listed.filter((id) => id.startsWith('target/')).map((id) => id.slice('target/'.length)),
  ]);
  const found: { readonly finding: TargetFinding; readonly more: readonly string[] }[] = [];
  for (const name of [...names].toSorted()) {
    const { service, environment } = parseTarget(name);
    const kept = stored.get(name) ?? null;
    const told = await targets.view(service, environment);
    const ids = await withoutRow(store, service, environment, told?.lastNumber ?? 0);
    const finding = { service, environment, stored: kept && shown(kept), told: told && shown(told) };
    found.push({ finding, more: [...ids, ...(told?.open ?? [])].filter((id) => parseDeploymentId(id)) });
  }
  return found;
}

/**
 * Deployments up to a number of which the store has no row. The number in its own copy of the target says nothing of them:
 * the target may have saved that since the store was restored.
 */
async function withoutRow(store: Store, service: string, environment: string, lastNumber: number) {
  const rows = await everyDeployment(store, { service, environment });
  const ids = Array.from({ length: lastNumber }, (_, i) => deploymentId(service, environment, i + 1));
  return ids.filter((id) => !rows.has(id));
}

const shown = (of: SavedTarget | TargetView) => pick(of, 'lastNumber', 'fence', 'live', 'slot', 'lock');

async function compare(sources: RecoverySources, id: string, isOpen: boolean, recovery: Recovery) {
  const nothing = { found: [] as Compared[], freezes: [] as readonly FreezeFinding[] };
  const workflowId = workflowOfDeployment(id);
  if (!workflowId) return nothing;
  const { histories, journals, store } = sources;
  const [run, told, stored] = await Promise.all([
    histories.run(workflowId),
    journals.whole(workflowId),
    store.journal(id, 0, Number.MAX_SAFE_INTEGER),
  ]);
  const known = told ?? (await storedWhole(store, id, async () => stored));
  if (!known) return nothing;
  const finding = findingOf(known, stored, recovery, {
    isLost: run === null && isOpen,
    isRunning: run?.isRunning === true,
  });
  const freezes = isOpen || run?.isRunning ? freezesIn(id, known.journal) : [];
  return { found: finding ? [{ finding, known }] : [], freezes };
}

function findingOf(
  { id, plan, journal }: WholeDeployment,
  stored: readonly JournalEntry[],
  { takenAt, beganAt }: Recovery,
  { isLost, isRunning }: { readonly isLost: boolean; readonly isRunning: boolean },
): DeploymentFinding | null {
  const has = new Set(stored.map(({ seq }) => seq));
  const isMissing = ({ seq }: JournalEntry) => !has.has(seq);
  const since = journal.filter(
    (entry) => isMissing(entry) || (takenAt !== null && entry.at > takenAt && entry.at <= beganAt),
  );
  const known = Math.max(journal.length, stored.at(-1)?.seq ?? 0);
  const found = { id, release: plan.release, stored: stored.length, known, since };
  if (isLost) return { ...found, kind: 'lost' };
  if (journal.some(isMissing)) return { ...found, kind: 'behind' };
  if (isRunning && known > journal.length) return { ...found, kind: 'ahead' };
  return since.length > 0 ? { ...found, kind: 'whole' } : null;
}

/** One freeze may hold several deployments back, and several targets. */
function oneEach(freezes: readonly FreezeFinding[]): readonly FreezeFinding[] {
  return [...new Map(freezes.map((one) => [`${one.id} ${one.service}/${one.environment}`, one])).values()];
}

import { parseDeploymentId } from '../base/ids.ts';
import { type EntryOf, type EntryType, entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { Recovery } from './recovery.ts';
import type { TargetState } from './state.ts';

/** What a recovery shows of a target: the store's word beside its own workflow's. */
export interface TargetFinding {
  readonly service: string;
  readonly environment: string;
  readonly stored: Told | null;
  /** Null: Temporal does not know it. */
  readonly told: Told | null;
}
type Told = Pick<TargetState, 'lastNumber' | 'fence' | 'live' | 'slot' | 'lock'>;

/** The same of a deployment: only those that went on after the backup, or of which the two say something else. */
export interface DeploymentFinding {
  readonly id: string;
  readonly release: string;
  /**
   * `behind`: the history has entries that the store lacks. `ahead`: it runs on, and its history lacks entries that the store
   * has. `lost`: the store says that it runs, and Temporal does not know it. `whole`: workers have filled the gap already.
   */
  readonly kind: 'behind' | 'ahead' | 'lost' | 'whole';
  /** Entries that the store has, and the greatest number that is known. */
  readonly stored: number;
  readonly known: number;
  /** Those that the store lacks, and those from after the backup. */
  readonly since: readonly JournalEntry[];
}

/** A freeze that journals tell of and the store does not know. */
export interface FreezeFinding {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly createdBy: string;
  readonly from: string;
  readonly until: string | null;
  readonly reason: string;
  /** The deployment that it held back. */
  readonly deployment: string;
}

/** All that a recovery shows, and its end brings to the truth of the histories. */
export interface RecoveryReport {
  readonly recovery: Recovery;
  readonly targets: readonly TargetFinding[];
  readonly deployments: readonly DeploymentFinding[];
  readonly freezes: readonly FreezeFinding[];
  /** Out of force until somebody confirms them. */
  readonly keys: readonly { readonly id: string; readonly subject: string; readonly createdAt: string }[];
  readonly signingKeys: readonly string[];
}

/**
 * Freezes that held a deployment back when it looked at its window last, as its journal tells; those of a recovery are none.
 */
export function freezesIn(deployment: string, journal: readonly JournalEntry[]): readonly FreezeFinding[] {
  const name = parseDeploymentId(deployment);
  const looks = entriesOf(journal, 'gate-evaluated').flatMap(({ proof }) => (proof?.kind === 'window' ? [proof] : []));
  const last = looks.findLast(({ freezes }) => !freezes.some(({ id }) => isOfRecovery(id)));
  if (!name || !last) return [];
  const { service, environment } = name;
  return last.freezes.map((freeze) => ({ ...freeze, service, environment, deployment }));
}

/** The freeze that holds everything while a store is in recovery. */
export const freezeOfRecovery = (recovery: string) => `recovery-${recovery}`;
const isOfRecovery = (freeze: string) => freeze.startsWith(freezeOfRecovery(''));

const telling: { readonly [Type in EntryType]?: (entry: EntryOf<Type>) => string } = {
  'approval-granted': ({ by, role, gate }) => `approved by ${by.subject} as ${role} (${gate})`,
  'approval-withdrawn': ({ by, gate }) => `approval withdrawn by ${by.subject} (${gate})`,
  rejected: ({ by, gate }) => `rejected by ${by.subject} (${gate})`,
  acknowledged: ({ by, role, for: what }) => `acknowledged by ${by.subject} as ${role} (${what})`,
  'abort-requested': ({ by }) => `abort asked for by ${by.subject}`,
  'lock-granted': ({ fence }) => `lock granted with fence ${fence}`,
  'health-breached': ({ check, summary }) => `health breached: ${check}, ${summary}`,
  confirmed: ({ live }) => `released: ${live.release}`,
  ended: ({ outcome }) => `ended as ${outcome}`,
};

/** What entries tell that somebody may miss: decisions of people, and what the deployment came to. */
export function tellingEntries(entries: readonly JournalEntry[]): readonly string[] {
  return entries.flatMap((entry) => {
    const tell = telling[entry.type] as ((of: JournalEntry) => string) | undefined;
    return tell ? [`${entry.at} ${tell(entry)}`] : [];
  });
}

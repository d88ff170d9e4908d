import { parseDeploymentId, type TargetName } from '../base/ids.ts';
import { type EntryOf, type EntryType, entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { HoldingFreeze } from '../policy/windows-schema.ts';
import type { Recovery } from './recovery.ts';
import type { TargetState } from './state.ts';

/** What a recovery shows of a target: as the store has it, and as its own workflow reports it. */
export interface TargetFinding extends TargetName {
  readonly stored: Told | null;
  /** Null: Temporal does not know it. */
  readonly told: Told | null;
}

type Told = Pick<TargetState, 'lastNumber' | 'fence' | 'live' | 'slot' | 'lock'>;

/** The same of a deployment that went on after the backup, or of which store and history differ. */
export interface DeploymentFinding {
  readonly id: string;
  readonly release: string;
  /**
   * `behind`: the history has entries that the store lacks. `ahead`: it runs on, and its history lacks entries that the store
   * has. `lost`: it runs by the store, and Temporal does not know it. `whole`: workers have filled the gap already.
   */
  readonly kind: 'behind' | 'ahead' | 'lost' | 'whole';
  /** Entries that the store has, and the greatest number that is known. */
  readonly stored: number;
  readonly known: number;
  /** Those that the store lacks, and those from after the backup. */
  readonly since: readonly JournalEntry[];
}

/** A freeze that is in journals and not in the store. */
export interface FreezeFinding extends HoldingFreeze, TargetName {
  /** The deployment that it held back. */
  readonly deployment: string;
}

/** All that a recovery shows, and its end corrects by the histories. */
export interface RecoveryReport {
  readonly recovery: Recovery;
  readonly targets: readonly TargetFinding[];
  readonly deployments: readonly DeploymentFinding[];
  readonly freezes: readonly FreezeFinding[];
  /** Not valid until a person confirms them. */
  readonly keys: readonly { readonly id: string; readonly subject: string; readonly createdAt: string }[];
  readonly signingKeys: readonly string[];
}

/** Freezes that held a deployment back at the last evaluation of its window, by its journal, without those of recoveries. */
export function freezesIn(deployment: string, journal: readonly JournalEntry[]): readonly FreezeFinding[] {
  const name = parseDeploymentId(deployment);
  const proofs = entriesOf(journal, 'gate-evaluated').flatMap(({ proof }) => (proof?.kind === 'window' ? [proof] : []));
  const last = proofs.findLast(({ freezes }) => !freezes.some(({ id }) => isOfRecovery(id)));
  if (!name || !last) return [];
  const { service, environment } = name;
  return last.freezes.map((freeze) => ({ ...freeze, service, environment, deployment }));
}

/** The freeze that holds everything while a store is in recovery. */
export const freezeOfRecovery = (recovery: string) => `recovery-${recovery}`;
const isOfRecovery = (freeze: string) => freeze.startsWith(freezeOfRecovery(''));

const words: { readonly [Type in EntryType]?: (entry: EntryOf<Type>) => string } = {
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

/** The entries that people may miss, in words: decisions of people, and how the deployment went on. */
export function tellingEntries(entries: readonly JournalEntry[]): readonly string[] {
  return entries.flatMap((entry) => {
    const wordsOf = words[entry.type] as ((of: JournalEntry) => string) | undefined;
    return wordsOf ? [`${entry.at} ${wordsOf(entry)}`] : [];
  });
}

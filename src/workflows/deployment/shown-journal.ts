import { workflowInfo } from '@temporalio/workflow';
import { deploymentRowOf } from '../../domain/deployment/row.ts';
import type { DeploymentState } from '../../domain/deployment/state.ts';
import type { DeploymentRow } from '../../domain/journal/batch.ts';
import type { EntryBody, JournalEntry } from '../../domain/journal/entries.ts';
import { DeploymentJournal } from './journal.ts';

/** A journal as views show it: none of them shows what the target does not know yet. */
export class ShownJournal extends DeploymentJournal {
  private hiddenBehind: ShownJournal['shown'] | null = null;

  /**
   * Appends a decision that its target is notified of. It stands at once; views and the store get it once the target has it,
   * so that none of them shows what the target does not know. A target that cannot be notified follows the deployment's end.
   */
  async appendShownAfter(bodies: readonly EntryBody[], notifyTarget: () => Promise<void>): Promise<void> {
    const { journal, state } = this;
    this.hiddenBehind = { journal: [...journal], state };
    this.outbox.hold();
    for (const body of bodies) this.append(body);
    await notifyTarget().catch(() => undefined);
    this.hiddenBehind = null;
    this.outbox.letGo();
  }

  /** Journal and state as views show them. */
  get shown(): { readonly journal: readonly JournalEntry[]; readonly state: DeploymentState } {
    return this.hiddenBehind ?? this;
  }

  /** The deployment as lists show it. */
  row(): DeploymentRow {
    const { state, journal } = this.shown;
    return { ...deploymentRowOf(this, journal, state), workflowId: workflowInfo().workflowId };
  }
}

import { CancellationScope, condition } from '@temporalio/workflow';
import type { PlannedRepository } from '../domain/documents/planned.ts';
import { type Serves, servesAtEnd } from '../domain/documents/serves.ts';
import { documentTroubles } from '../domain/documents/trouble.ts';
import type { Outcome } from '../domain/journal.ts';
import { documentsMs } from '../domain/planning/greatest-duration.ts';
import type { WriteDocumentsResult, WrittenDocument } from '../domain/ports/documents.ts';
import { partName, partSealOf } from '../domain/trust/seal.ts';
import { bookkeeping, writeDocuments } from './activity-options.ts';
import { journalDeliveries, notificationOf } from './notify.ts';
import type { DeploymentRun } from './run.ts';
import { rootMessage } from './stopped.ts';

/**
 * The documents of a deployment, written beside whatever else it does: nothing waits for git. Each writing tells what
 * serves by then, and a later one takes the place of an earlier one that is still under way.
 */
export class Documents {
  private readonly run: DeploymentRun;
  private writing = 0;
  private underWay = 0;
  private scope: CancellationScope | null = null;
  /** The journal takes no more: what is not written yet is paged only. */
  private isClosed = false;

  constructor(run: DeploymentRun) {
    this.run = run;
  }

  /** Begins to write that the release of this deployment serves. */
  deployed(): void {
    const { plan, id } = this.run;
    const { release, artifact } = plan;
    const live = { release, artifact, since: new Date().toISOString(), deployment: id };
    this.begin({ kind: 'release', live });
  }

  /** Begins to write what serves after a way back, or that nobody knows. */
  ended(outcome: Outcome): void {
    const { plan, id, state } = this.run;
    const serves = servesAtEnd(plan, id, state, outcome);
    if (serves) this.begin(serves);
  }

  /** Waits a moment for what is being written; from then on the journal hears no more of it. */
  async settle(): Promise<void> {
    if (!(await this.areWritten(documentsMs)))
      this.run.deviation(
        'documents-late',
        'minor',
        'documents were not written yet at the end; that goes on for up to ten minutes, and is paged where it fails',
      );
    this.isClosed = true;
  }

  /** The record is final: where it is a document, it is written for the last time. Waits until all is over. */
  async finish(): Promise<void> {
    await this.areWritten();
    if (this.writing > 0) this.begin(null);
    await this.areWritten();
  }

  private async areWritten(withinMs?: number): Promise<boolean> {
    const done = () => this.underWay === 0;
    if (done()) return true;
    if (withinMs !== undefined) return condition(done, withinMs, { summary: 'Waiting: documents' });
    await condition(done);
    return true;
  }

  /** Null: only records are written. */
  private begin(serves: Serves | null): void {
    const { plan, state, shelter } = this.run;
    const repositories = (plan.documents ?? []).filter(
      ({ documents }) => serves !== null || documents.some(({ what }) => what.kind === 'record'),
    );
    // Whatever it undid on purpose, a rehearsal has brought nothing; and nobody writes without a fence.
    if (repositories.length === 0 || plan.mode === 'rehearsal' || !state.bindings) return;
    this.writing += 1;
    this.scope?.cancel();
    const writing = this.writing;
    void shelter.run(async () => {
      const scope = new CancellationScope({ cancellable: true });
      this.scope = scope;
      await Promise.all(repositories.map((one) => this.write(one, writing, serves, scope)));
    });
  }

  private async write(
    repository: PlannedRepository,
    writing: number,
    serves: Serves | null,
    scope: CancellationScope,
  ): Promise<void> {
    this.underWay += 1;
    const { lease, workplace, bindings, seals } = this.run;
    const seal = partSealOf(seals, partName.documents(repository.name));
    const result = await scope
      .run(() => writeDocuments({ lease, workplace, bindings, seal, repository, writing, serves }))
      .catch((error: unknown) => failureOf(repository, rootMessage(error as Error)));
    // A later writing says what became of it.
    if (writing === this.writing || result.kind === 'done') await this.told(repository, result).catch(() => undefined);
    this.underWay -= 1;
  }

  private async told(repository: PlannedRepository, result: WriteDocumentsResult): Promise<void> {
    const entries = entriesOf(repository, result);
    if (!this.isClosed) for (const entry of entries) this.run.append(entry);
    const failed = entries.filter((entry) => entry.type === 'document-failed');
    if (failed.length === 0) return;
    const { run } = this;
    const which = failed.map(({ path }) => `${repository.name}:${path}`).join(', ');
    const why = `${failed[0]?.trouble}: ${failed[0]?.why}`;
    if (!this.isClosed) run.deviation('document-failed', 'minor', `${which} was not written: ${why}`);
    const page = notificationOf(run, 'page', `Documents do not tell what serves: ${which} (${why}).`);
    if (!page) return;
    journalDeliveries(run, page, await bookkeeping.notify(page));
  }
}

function failureOf({ name }: PlannedRepository, why: string): WriteDocumentsResult {
  const trouble = documentTroubles.find((one) => why.startsWith(`${name}: ${one}: `)) ?? 'failed';
  return { kind: 'failed', trouble, why };
}

function entriesOf({ name, documents }: PlannedRepository, result: WriteDocumentsResult): readonly WrittenDocument[] {
  if (result.kind === 'done') return result.documents;
  const trouble = result.kind === 'failed' ? result.trouble : 'refused';
  const why = result.kind === 'failed' ? result.why : result.detail;
  return documents.map(({ path, what }) => ({
    type: 'document-failed',
    repository: name,
    path,
    block: what.kind === 'block' ? what.block : null,
    trouble,
    why,
  }));
}

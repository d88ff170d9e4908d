import { CancellationScope, condition } from '@temporalio/workflow';
import type { Outcome } from '../../domain/base/phases.ts';
import { type Serves, servesAtEnd } from '../../domain/documents/serves.ts';
import type { PlannedRepository } from '../../domain/plan/documents.ts';
import { documentsMs } from '../../domain/plan/durations.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { WriteDocumentsResult, WrittenDocument } from '../../domain/ports/documents.ts';
import { leaveDocuments } from '../documents/late-documents.ts';
import { blockOf, failedIn, failureOf, writtenBy } from '../documents/results.ts';
import { writeDocuments } from '../engine/bounds-by-plan.ts';
import { rootMessage } from '../engine/failures.ts';
import type { ActingRun } from './acting.ts';
import { notifyInBackground } from './notify.ts';

/** So long a deployment that is over stays for the last copy of its record, in milliseconds. */
const recordMs = 10_000;

const lateWords =
  'documents were still being written at the end; that goes on for up to ten minutes, and the record says what came of it';

/**
 * The documents of a deployment, written beside whatever else it does: nothing waits for git. Each writing has what
 * serves by then, and a later one takes the place of an earlier one that is still under way.
 */
export class Documents {
  private readonly run: ActingRun;
  private writing = 0;
  /** What the blocks are to contain. */
  private serves: Serves | null = null;
  /** Repositories that the newest writing has not come to an end with. */
  private readonly underWay = new Set<string>();
  private scope: CancellationScope | null = null;
  /** What came of late ones, once the journal took no more. */
  private readonly already: WrittenDocument[] = [];
  /** Some are journaled as still being written. */
  private areLate = false;
  private isClosed = false;

  constructor(run: ActingRun) {
    this.run = run;
  }

  /** Begins to write that the release of this deployment serves. */
  deployed(): void {
    const { plan, id } = this.run;
    const { release, artifact } = plan;
    const live = { release, artifact, since: new Date().toISOString(), deployment: id };
    this.begin({ kind: 'release', live });
  }

  /** Begins to write what serves after a way back, or that it is not known. */
  ended(outcome: Outcome): void {
    const { plan, id, state } = this.run;
    const serves = servesAtEnd(plan, id, state, outcome);
    if (serves) this.begin(serves);
  }

  /** Waits a moment for what is being written; what ends later is written behind the end of the journal. */
  async settle(): Promise<void> {
    this.areLate = !(await this.areWritten(documentsMs));
    if (this.areLate) {
      for (const { name, documents } of this.lateOnes())
        for (const { path, what } of documents)
          this.run.append({ type: 'document-pending', repository: name, path, block: blockOf(what) });
      this.run.deviation('documents-late', 'minor', lateWords);
    }
    await this.run.settled();
    this.isClosed = true;
  }

  /**
   * The record is final: where it is a document, it is written for the last time. What git has not taken by then is left
   * to a workflow of its own, so that the deployment's own can close.
   */
  async finish(): Promise<void> {
    if (this.writing === 0) return;
    if (!this.areLate) {
      this.begin(null);
      if (await this.areWritten(recordMs)) return;
    }
    const { run, already, writing, serves } = this;
    const { runIdentity, workplace, bindings, plan } = run;
    const late = this.lateOnes();
    const rest = (plan.documents ?? [])
      .filter((one) => late.includes(one) || (this.areLate && hasRecord(one)))
      .map((repository) => ({
        repository,
        seal: run.sealed(partName.documents(repository.name)).seal,
        serves: late.includes(repository) ? serves : null,
      }));
    if (rest.length === 0 && already.length === 0) return;
    // The other workflow reports what an attempt of this one still comes to.
    this.writing += 1;
    this.scope?.cancel();
    const whom = { stakeholders: plan.policy.stakeholders };
    const input = { runIdentity, workplace, bindings, writing, rest, already, whom };
    if (await leaveDocuments(input)) return;
    const names = rest.map(({ repository }) => repository.name).join(', ');
    notifyInBackground(run, 'page', `Documents in ${names} were not written: their workflow could not be started.`);
  }

  private lateOnes(): readonly PlannedRepository[] {
    return (this.run.plan.documents ?? []).filter(({ name }) => this.underWay.has(name));
  }

  private async areWritten(withinMs: number): Promise<boolean> {
    const done = () => this.underWay.size === 0;
    return done() || condition(done, withinMs, { summary: 'Waiting: documents' });
  }

  /** Null: only records are written. */
  private begin(serves: Serves | null): void {
    const { plan, state, shelter } = this.run;
    const repositories = (plan.documents ?? []).filter((one) => serves !== null || hasRecord(one));
    // A rehearsal has undone its change on purpose, so it has brought nothing; and without a fence nothing is written.
    if (repositories.length === 0 || plan.mode === 'rehearsal' || !state.bindings) return;
    this.writing += 1;
    this.serves = serves;
    this.scope?.cancel();
    this.underWay.clear();
    for (const { name } of repositories) this.underWay.add(name);
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
    const sealed = this.run.sealed(partName.documents(repository.name));
    const result = await scope
      .run(() => writeDocuments({ ...sealed, repository, writing, serves }))
      .catch((error: unknown) => failureOf(repository, rootMessage(error)));
    const isNewest = writing === this.writing;
    if (isNewest) this.underWay.delete(repository.name);
    // A later writing reports what became of it.
    if (isNewest || result.kind === 'done') this.report(repository, result);
  }

  private report(repository: PlannedRepository, result: WriteDocumentsResult): void {
    const { run } = this;
    const entries = writtenBy(repository, result);
    if (!this.isClosed) for (const entry of entries) run.append(entry);
    else if (this.areLate) this.already.push(...entries);
    const failed = failedIn(repository, entries);
    if (!failed) return;
    const { which, why } = failed;
    if (!this.isClosed) run.deviation('document-failed', 'minor', `${which} was not written: ${why}`);
    notifyInBackground(run, 'page', `Documents do not tell what serves: ${which} (${why}).`);
  }
}

const hasRecord = ({ documents }: PlannedRepository) => documents.some(({ what }) => what.kind === 'record');

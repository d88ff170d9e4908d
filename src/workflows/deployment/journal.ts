import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { deploymentId } from '../../domain/base/ids.ts';
import type { Phase } from '../../domain/base/phases.ts';
import { currentDetails, detailsDiffer } from '../../domain/deployment/current-details.ts';
import { applyEntry, type DeploymentState, initialState } from '../../domain/deployment/state.ts';
import type { DeploymentRow } from '../../domain/journal/batch.ts';
import type { DeviationCode, SeverityOf } from '../../domain/journal/deviations.ts';
import type { EntryBody, JournalEntry } from '../../domain/journal/entries.ts';
import { fitEntry } from '../../domain/journal/fit-entry.ts';
import type { Plan, PlannedStep } from '../../domain/plan/plan.ts';
import type { DeploymentInput } from '../../domain/ports/deployments.ts';
import { searchAttributes } from '../../domain/ports/search-attributes.ts';
import { doorbell } from '../engine/doorbell.ts';
import { attachOutbox } from '../engine/journal-interceptor.ts';
import { JournalOutbox } from '../engine/journal-outbox.ts';
import { keepTime } from '../engine/kept-time.ts';

/** The journal of one deployment, and the state folded from it. */
export abstract class DeploymentJournal {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly id: string;
  readonly number: number;
  readonly journal: JournalEntry[] = [];
  readonly outbox: JournalOutbox;
  state: DeploymentState;

  /** The phase that searches find it by; the first one is there from the start. */
  private searchedAs: Phase = 'verifying';

  constructor({ plan, planDigest, number }: Pick<DeploymentInput, 'plan' | 'planDigest' | 'number'>) {
    this.plan = plan;
    this.planDigest = planDigest;
    this.number = number;
    this.id = deploymentId(plan.service, plan.environment, number);
    this.state = initialState(plan);
    this.outbox = new JournalOutbox(() => this.row());
    attachOutbox(this.outbox);
  }

  /** Appends an entry at the workflow's time; every view follows from it. */
  append(body: EntryBody, at = new Date().toISOString()): void {
    const place = { v: 1 as const, seq: this.journal.length + 1, at };
    const entry: JournalEntry = { ...place, ...fitEntry(body) };
    this.journal.push(entry);
    const before = this.state;
    this.state = applyEntry(this.plan, before, entry);
    this.outbox.add(entry);
    keepTime(entry.seq);
    doorbell.journalGrew(this.id, entry.seq);
    // Most entries change nothing of it, and a rollback must not wait for words.
    if (entry.seq === 1 || detailsDiffer(before, this.state))
      setCurrentDetails(currentDetails(this.plan, this.planDigest, this.state));
  }

  enter(phase: Phase): void {
    this.append({ type: 'phase-entered', phase });
    this.findBy(phase);
  }

  /** Lets searches find it by a phase; each costs an event, so phases that pass at once do without. */
  findBy(phase: Phase): void {
    if (phase === this.searchedAs) return;
    this.searchedAs = phase;
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);
  }

  deviation<Code extends DeviationCode>(code: Code, severity: SeverityOf<Code>, what: string, step?: string): void {
    const decision = { decidedBy: 'Gantry', authority: `plan ${this.planDigest}` };
    const of = step === undefined ? {} : { step };
    this.append({ type: 'deviation', code, severity, what, ...decision, ...of });
  }

  stepCompleted({ id: step }: PlannedStep, result: 'passed' | 'failed', summary: string): void {
    this.append({ type: 'step-completed', step, result, summary });
  }

  /** Its journal is complete: what comes later is written by its target. */
  get hasEnded(): boolean {
    return this.state.outcome !== null;
  }

  /** The deployment as lists show it. */
  abstract row(): DeploymentRow;
}

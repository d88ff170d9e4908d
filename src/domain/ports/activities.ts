import { taskQueues } from '../base/task-queues.ts';
import type { PageEntry } from '../journal/paging.ts';
import type { PageAcknowledgement } from '../journal/values.ts';
import type { Delivery, NotifyInput } from '../kinds/notification.ts';
import { readingMs } from '../plan/durations.ts';
import type { SealedPlan } from '../plan/seals.ts';
import type { WindowFinding } from '../policy/windows-schema.ts';
import type { Known } from '../supervision/known.ts';
import type { PlanRepairInput } from '../target/repair-plan.ts';
import type { SavedTarget, UnknownDeployment } from '../target/state.ts';
import * as callers from './callers.ts';
import type { ReadConfigurationInput, ReadConfigurationResult } from './configuration.ts';
import type { FollowedEnd } from './deployments.ts';
import type { WriteDocumentsInput, WriteDocumentsResult } from './documents.ts';
import type { ActionInput, ActionResult, CompensationInput, CompensationResult } from './effects.ts';
import type { AwaitWindowInput, ConfirmGrantInput, EvaluateGatesInput, GateFindings } from './gates.ts';
import type {
  AcknowledgementInput,
  Delivered,
  DeliverInput,
  DeliveryRecorded,
  NotifyResult,
  PageName,
  RecordDeliveryInput,
} from './notification.ts';
import type { MonitorInput, MonitorResult, ObserveInput, ObserveResult } from './observation.ts';
import type { Published, PublishInput } from './publishing.ts';
import type {
  AdoptionInput,
  CloseReviewInput,
  FindUnknownDeploymentsInput,
  FreeNumberInput,
  LateNoteInput,
  RecoverDeploymentInput,
  RecoveredDeployment,
} from './targets.ts';
import {
  activity,
  beating,
  effect,
  type JournalRide,
  margin,
  type Offer,
  once,
  short,
  slow,
  type Traits,
  urgent,
} from './traits.ts';

/**
 * What activities offer to workflows, by the name Temporal knows them by: one entry each, whatever is decided by name.
 * Plain data in, plain data out; each input and output stays below 128 KiB.
 */
export const activities = {
  /** Evaluates what needs no people, all at once. The workflow adds the time that its checks take. */
  evaluateGates: activity<EvaluateGatesInput, GateFindings>({
    ...short,
    ...beating,
    caller: callers.whomItIsSealedFor,
  }),
  /** Whether the target itself confirms that this deployment holds its lock by this grant. A repair asks, which is a rollback. */
  confirmGrant: activity<ConfirmGrantInput, boolean>({
    ...short,
    queue: 'rollback',
    journal: 'after',
    summary: 'Does the target say the same of the grant?',
    caller: callers.theDeployment,
  }),
  /** Checks change nothing, so the workflow repeats a lost attempt. */
  observe: activity<ObserveInput, ObserveResult>({
    ...once,
    queue: 'main',
    journal: 'beside',
    cancellationType: 'TRY_CANCEL',
    caller: callers.whomItIsSealedFor,
  }),
  act: activity<ActionInput, ActionResult>({
    ...effect,
    queue: 'actions',
    journal: 'beside',
    caller: callers.whomItIsSealedFor,
  }),
  compensate: activity<CompensationInput, CompensationResult>({
    ...effect,
    queue: 'main',
    journal: 'after',
    caller: callers.whomItIsSealedFor,
  }),
  /** When its worker is lost, Temporal starts it anew with its counts. */
  monitor: activity<MonitorInput, MonitorResult>({
    ...effect,
    queue: 'monitors',
    journal: 'none',
    retry: { initialInterval: 100, backoffCoefficient: 1, maximumInterval: 1_000 },
    caller: callers.whomItIsSealedFor,
  }),
  /** Waits for as long as the window is closed for the reason that is known. */
  awaitWindow: activity<AwaitWindowInput, WindowFinding>({
    ...beating,
    queue: 'waits',
    journal: 'before',
    startToCloseTimeout: margin,
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: 500, backoffCoefficient: 1 },
    caller: callers.aDeploymentOfTheTarget,
  }),
  notify: activity<NotifyInput, readonly Delivery[] | NotifyResult>({
    ...short,
    journal: 'after',
    summary: 'Notify people',
    caller: callers.whoMayTellOfIt,
  }),
  /** Reads the declared keys of a configuration, all sources at once, each in at most 5 s. */
  readConfiguration: activity<ReadConfigurationInput, ReadConfigurationResult>({
    ...short,
    ...beating,
    scheduleToCloseTimeout: readingMs,
    summary: 'Read the configuration',
    caller: callers.whomItIsSealedFor,
  }),
  /** Writes what serves into the documents of one repository. The activity itself gives up a remote that hangs after 40 s. */
  writeDocuments: activity<WriteDocumentsInput, WriteDocumentsResult>({
    ...slow,
    ...beating,
    startToCloseTimeout: 60_000,
    retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
    caller: callers.whoseDocumentsTheyAre,
  }),
  /**
   * Writes what became of late documents into the journal of a deployment that has ended, and publishes its record again.
   * Answers as `recordDelivery` does.
   */
  recordDocuments: activity<callers.OfDeployment, string | null>({
    ...short,
    summary: 'Write what became of documents into the record',
    caller: callers.theTargetOfTheDeployment,
  }),
  /** One attempt at one delivery. Throws `not-delivered`, with the time that the other side asks for, where it may arrive another time. */
  deliver: activity<DeliverInput, Delivered>({ ...slow, caller: callers.theDelivery }),
  /**
   * Who has acknowledged a page, by the API's proof or the deployment's journal; null: nobody. Throws `unproven-message`,
   * `role-missing`. A person waits for the answer.
   */
  verifyAcknowledgement: activity<AcknowledgementInput, PageAcknowledgement | null>({
    ...slow,
    startToCloseTimeout: 10_000,
    scheduleToCloseTimeout: 60_000,
    summary: 'Who acknowledged the page?',
    caller: callers.thePage,
  }),
  /** The entries of a page that this deployment has started, from the page's own workflow. */
  readPage: activity<PageName, readonly PageEntry[]>({
    ...slow,
    summary: 'Read the page',
    caller: callers.theDeployment,
  }),
  /**
   * Writes how a delivery ended into the journal of a deployment that has ended, and publishes its record again. Answers
   * why the record's file could not be written; null: it is there, or the journal has it already. Reviews queue behind it,
   * so its time is short; the workflow tries again.
   */
  recordDelivery: activity<RecordDeliveryInput, DeliveryRecorded>({
    ...short,
    scheduleToCloseTimeout: 30_000,
    summary: 'Write how a delivery ended into the record',
    caller: callers.theTargetOfTheDeployment,
  }),
  /** The same for a page that has gone on since its deployment ended. */
  recordPage: activity<PageName, string | null>({
    ...short,
    summary: 'Write how a page went on into the record',
    caller: callers.theTargetOfTheDeployment,
  }),
  publish: activity<PublishInput, Published>({
    ...urgent,
    summary: 'Publish the record',
    caller: callers.whoseRecordItIs,
  }),
  /** Writes the file of a record that the store has. People are paged, and have a day to repair the folder. */
  exportRecord: activity<callers.OfDeployment, void>({
    ...short,
    scheduleToCloseTimeout: 24 * 3_600_000,
    retry: { initialInterval: 5_000, backoffCoefficient: 2, maximumInterval: 300_000 },
    summary: 'Write the file of the record',
    caller: callers.whoExportsTheRecord,
  }),
  /** Does nothing itself: the entries ride on it. */
  storeJournal: activity<void, void>({ ...urgent, summary: 'Store the journal', caller: callers.anyDeployment }),
  /** Answers the version that the store has then: a greater one was saved by a later state of the target. */
  saveTarget: activity<SavedTarget, number>({
    ...short,
    summary: 'Keep a copy of the target',
    caller: callers.theTarget,
  }),
  /**
   * Throws `unproven-message` for an adoption without a proof, where policy requires one. A person waits for the answer:
   * the total time is short, so that nothing is adopted long after they gave up, and an attempt is short enough for another
   * one before the API gives up after 5 s.
   */
  verifyAdoption: activity<AdoptionInput, void>({
    ...short,
    startToCloseTimeout: 1_500,
    scheduleToCloseTimeout: 10_000,
    summary: 'Who says what the target serves?',
    caller: callers.theTargetByItsName,
  }),
  planRepair: activity<PlanRepairInput, SealedPlan>({
    ...short,
    summary: 'Plan the repair',
    caller: callers.theTargetOfTheDeployment,
  }),
  /** Deployments that run and that their target, which was started anew, does not know. */
  findUnknownDeployments: activity<FindUnknownDeploymentsInput, readonly UnknownDeployment[]>({
    ...short,
    ...beating,
    startToCloseTimeout: 120_000,
    summary: 'Whose deployments run?',
    caller: callers.theTarget,
  }),
  /** The first number beyond `after` whose workflow id is free. */
  freeNumber: activity<FreeNumberInput, number>({
    ...short,
    ...beating,
    startToCloseTimeout: 60_000,
    summary: 'Which number is free?',
    caller: callers.theTarget,
  }),
  /**
   * Reads a deployment that was lost from its history, completes its journal with its end, and publishes its record.
   * Answers how it has ended; null where nothing is known of it.
   */
  recoverDeployment: activity<RecoverDeploymentInput, RecoveredDeployment | null>({
    ...short,
    summary: 'Complete the record of a lost deployment',
    caller: callers.theTargetOfTheWorkflow,
  }),
  /**
   * Writes a review into the journal of an emergency that has ended, and publishes its record again. Answers why the file
   * of that could not be written; null: it is there.
   */
  closeReview: activity<CloseReviewInput, string | null>({
    ...short,
    summary: 'Write the review into the record',
    caller: callers.theTargetOfTheDeployment,
  }),
  /** The same for a note on a deployment that has ended. */
  recordNote: activity<LateNoteInput, string | null>({
    ...short,
    summary: 'Write a note into the record',
    caller: callers.theTargetOfTheDeployment,
  }),
  /**
   * Evaluates all open workflows and pages people about those that do not move, each condition once; answers what has been
   * paged by then. A failed round is repeated by the next one.
   */
  supervise: activity<{ readonly known: Known }, { readonly known: Known }>({
    queue: 'main',
    journal: 'before',
    startToCloseTimeout: 25_000,
    scheduleToCloseTimeout: 50_000,
    retry: { maximumAttempts: 1 },
    caller: callers.supervision,
  }),
  followDeployment: activity<{ readonly workflowId: string; readonly runId: string }, FollowedEnd>({
    ...beating,
    queue: 'waits',
    journal: 'before',
    startToCloseTimeout: 90 * 24 * 3_600_000,
    retry: { initialInterval: 500, backoffCoefficient: 1 },
    summary: 'Follow a deployment to its end',
    caller: callers.theTargetOfTheWorkflow,
  }),
};

/** As workflows ask for them and workers carry them out. */
export type Activities = {
  [Name in keyof typeof activities]: (typeof activities)[Name] extends Offer<infer Input, infer Output>
    ? (input: Input) => Promise<Output>
    : never;
};

const traitsOf = (name: string): Traits<never> | undefined =>
  Object.hasOwn(activities, name) ? activities[name as keyof Activities] : undefined;

/** Whether a workflow may ask for an activity; none may for one that is not in the table, or with an input that cannot be read. */
export function mayAsk(caller: string, name: string, input: unknown): boolean {
  try {
    return traitsOf(name)?.caller(input as never, caller) ?? false;
  } catch {
    return false;
  }
}

/** How entries ride on an activity: whatever a rollback asks for, on the queue of its own, never waits for the store. */
export function rideOn(name: string, taskQueue: string | undefined): JournalRide {
  return taskQueue === taskQueues.rollback ? 'after' : (traitsOf(name)?.journal ?? 'before');
}

import type { PageAcknowledgement } from '../journal/entries.ts';
import type { PageEntry } from '../journal/paging.ts';
import type { Delivery, NotifyInput } from '../kinds/notification.ts';
import type { SealedPlan } from '../plan/seals.ts';
import type { WindowFinding } from '../policy/windows.ts';
import type { Known } from '../supervision/known.ts';
import type { PlanRepairInput } from '../target/repair-input.ts';
import type { SavedTarget, UnknownDeployment } from '../target/state.ts';
import type { ReadConfigurationInput, ReadConfigurationResult } from './configuration.ts';
import type { FollowedEnd } from './deployments.ts';
import type { RecordDocumentsInput, WriteDocumentsInput, WriteDocumentsResult } from './documents.ts';
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

/**
 * What activities offer to workflows, by the name Temporal knows them by. Plain data in, plain data out; each input and
 * output stays below 128 KiB.
 */
export interface Activities {
  evaluateGates(input: EvaluateGatesInput): Promise<GateFindings>;
  /** Whether the target itself says that this deployment holds its lock by this grant. */
  confirmGrant(input: ConfirmGrantInput): Promise<boolean>;
  observe(input: ObserveInput): Promise<ObserveResult>;
  act(input: ActionInput): Promise<ActionResult>;
  compensate(input: CompensationInput): Promise<CompensationResult>;
  monitor(input: MonitorInput): Promise<MonitorResult>;
  /** Waits for as long as the window is closed for the reason that is known. */
  awaitWindow(input: AwaitWindowInput): Promise<WindowFinding>;
  notify(input: NotifyInput): Promise<readonly Delivery[] | NotifyResult>;
  /** Reads the declared keys of a configuration. */
  readConfiguration(input: ReadConfigurationInput): Promise<ReadConfigurationResult>;
  /** Lets the documents of one repository tell what serves. */
  writeDocuments(input: WriteDocumentsInput): Promise<WriteDocumentsResult>;
  /**
   * Writes what became of late documents into the journal of a deployment that has ended, and publishes its record again.
   * Answers as `recordDelivery` does.
   */
  recordDocuments(input: RecordDocumentsInput): Promise<string | null>;
  /** One attempt at one delivery. Throws `not-delivered`, with the time that the other side asks for, where it may arrive another time. */
  deliver(input: DeliverInput): Promise<Delivered>;
  /** Who has acknowledged a page, as the API vouches for or the deployment's journal says; null: nobody. Throws `unproven-message`, `role-missing`. */
  verifyAcknowledgement(input: AcknowledgementInput): Promise<PageAcknowledgement | null>;
  /** The story of a page that this deployment has started, as the page's own workflow tells it. */
  readPage(input: PageName): Promise<readonly PageEntry[]>;
  /**
   * Writes how a delivery ended into the journal of a deployment that has ended, and publishes its record again. Answers
   * why the file of that could not be written; null: it is there, or the journal says it already.
   */
  recordDelivery(input: RecordDeliveryInput): Promise<DeliveryRecorded>;
  /** The same of a page that has gone on since its deployment has ended. Answers why the record's file could not be written, or null. */
  recordPage(input: PageName): Promise<string | null>;
  publish(input: PublishInput): Promise<Published>;
  /** Writes the file of a record that the store has. */
  exportRecord(input: { readonly deployment: string }): Promise<void>;
  /** Does nothing itself: the entries ride on it. */
  storeJournal(): Promise<void>;
  /** Answers the version that the store has then: a greater one is of a target that has been further on. */
  saveTarget(state: SavedTarget): Promise<number>;
  /** Throws `unproven-message` for what nobody vouches for, where policy asks for that. */
  verifyAdoption(input: AdoptionInput): Promise<void>;
  planRepair(input: PlanRepairInput): Promise<SealedPlan>;
  /** Deployments that run and that their target, which was started anew, does not know. */
  findUnknownDeployments(input: FindUnknownDeploymentsInput): Promise<readonly UnknownDeployment[]>;
  /** The first number beyond `after` whose workflow id nobody has. */
  freeNumber(input: FreeNumberInput): Promise<number>;
  /**
   * Reads a deployment that was lost from its history, completes its journal with its end, and publishes its record.
   * Answers how it has ended; null where nothing is known of it.
   */
  recoverDeployment(input: RecoverDeploymentInput): Promise<RecoveredDeployment | null>;
  /**
   * Writes a review into the journal of an emergency that has ended, and publishes its record again. Answers why the file
   * of that could not be written; null: it is there.
   */
  closeReview(input: CloseReviewInput): Promise<string | null>;
  /** The same for what somebody notes of a deployment that has ended. */
  recordNote(input: LateNoteInput): Promise<string | null>;
  /** Looks at everything open and pages what does not move, each condition once; answers what has been paged by then. */
  supervise(input: { readonly known: Known }): Promise<{ readonly known: Known }>;
  followDeployment(input: { readonly workflowId: string; readonly runId: string }): Promise<FollowedEnd>;
}

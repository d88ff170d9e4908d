import type { FollowedEnd, SealedPlan, Served } from './ports/deployments.ts';
import type { ActionInput, ActionResult, CompensationInput, CompensationResult } from './ports/effects.ts';
import type { AwaitWindowInput, JudgeInput, JudgeResult, WindowFinding } from './ports/judgement.ts';
import type { Delivery, NotifyInput } from './ports/notification.ts';
import type { MonitorInput, MonitorResult, ObserveInput, ObserveResult } from './ports/observation.ts';
import type { Published, PublishInput } from './ports/publishing.ts';
import type { AdoptionInput, CloseReviewInput, PlanRepairInput, SalvageInput, TargetState } from './ports/targets.ts';

/**
 * What activities offer to workflows, by the name Temporal knows them by. Plain data in, plain data out; each input and
 * output stays below 128 KiB.
 */
export interface Activities {
  judge(input: JudgeInput): Promise<JudgeResult>;
  observe(input: ObserveInput): Promise<ObserveResult>;
  act(input: ActionInput): Promise<ActionResult>;
  compensate(input: CompensationInput): Promise<CompensationResult>;
  monitor(input: MonitorInput): Promise<MonitorResult>;
  /** Waits for as long as the window is closed for the reason that is known. */
  awaitWindow(input: AwaitWindowInput): Promise<WindowFinding>;
  notify(input: NotifyInput): Promise<readonly Delivery[]>;
  publish(input: PublishInput): Promise<Published>;
  /** Does nothing itself: the entries ride on it. */
  storeJournal(): Promise<void>;
  saveTarget(state: TargetState): Promise<void>;
  /** Throws `unproven-message` for what nobody vouches for, where policy asks for that. */
  verifyAdoption(input: AdoptionInput): Promise<void>;
  planRepair(input: PlanRepairInput): Promise<SealedPlan>;
  /**
   * Reads a deployment that was lost from its history, completes its journal with its end, and publishes its record.
   * Answers what it had been confirmed to serve, if it had come so far.
   */
  salvage(input: SalvageInput): Promise<Served | null>;
  /** Writes a review into the journal of an emergency that has ended, and publishes its record again. */
  closeReview(input: CloseReviewInput): Promise<void>;
  followDeployment(input: { readonly workflowId: string; readonly runId: string }): Promise<FollowedEnd>;
}

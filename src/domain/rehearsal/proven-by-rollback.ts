import type { TargetName } from '../base/ids.ts';
import { pick } from '../base/pick.ts';
import { coveredEntries } from '../journal/covered-by-record.ts';
import { type EntryOf, entriesOf, type JournalEntry } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { type ActionStep, isActing, type ManualStep, type Plan } from '../plan/plan.ts';

/** Proof that a procedure's way back works: one rollback that was carried out and verified. */
export interface Rehearsal extends TargetName {
  readonly deployment: string;
  /** Digest of the procedure's document and of the files it names: what is proven, and nothing else. */
  readonly procedureDigest: string;
  readonly planDigest: string;
  /** `rehearsal`: on purpose, after every step had passed. `rolled-back`: a deployment that had to. */
  readonly kind: 'rehearsal' | 'rolled-back';
  /** Steps whose compensation was really carried out. */
  readonly stepsUndone: number;
  /** When the rollback checks had passed, ISO 8601 UTC. */
  readonly verifiedAt: string;
}

/**
 * What a deployment has proven of its procedure's rollback, by its plan and its journal up to `ended`; null: nothing. It
 * counts when the rollback was verified, every acting step had taken effect and was undone, and at least one compensation
 * did something, where the plan has any. The procedure must name environments, else the addresses of another one may have
 * been used. A rollback on purpose counts only if each step had passed before. A repair never counts.
 */
export function rehearsalIn(plan: Plan, planDigest: string, whole: readonly JournalEntry[]): Rehearsal | null {
  const journal = coveredEntries(whole);
  const deployment = deploymentOf(plan, planDigest, journal);
  const [started, ...again] = entriesOf(journal, 'rollback-started');
  const verified = lastOf(journal, 'rollback-completed');
  if (plan.env === undefined || deployment === null || !started || again.length > 0 || verified?.result !== 'verified')
    return null;
  if (journal.at(-1)?.type !== 'ended' || lastOf(journal, 'ended')?.outcome !== 'rolled-back') return null;

  const before = journal.filter(({ seq }) => seq < started.seq);
  const after = journal.filter(({ seq }) => seq > started.seq && seq < verified.seq);
  const acting = plan.steps.filter(isActing);
  const results = acting.map((step) => lastOf(after, 'compensation-completed', (entry) => entry.step === step.id));
  const isUndone = results.every((result) => result !== null && result.result !== 'failed');
  const areStarted = acting.every((step) => hasTakenEffect(step, before));
  const isOnPurpose = started.cause.kind === 'rehearsal';
  if (acting.length === 0 || !areStarted || !isUndone || !didSomething(acting, results)) return null;
  if (isOnPurpose && !(plan.mode === 'rehearsal' && havePassed(plan, before))) return null;
  return {
    deployment,
    ...pick(plan, 'service', 'environment'),
    procedureDigest: plan.procedure.digest,
    planDigest,
    kind: isOnPurpose ? 'rehearsal' : 'rolled-back',
    stepsUndone: results.filter((result) => result?.result === 'done').length,
    verifiedAt: verified.at,
  };
}

/** An action that was carried out, or read back as done; a manual step that somebody reported. */
function hasTakenEffect({ id, kind }: ActionStep | ManualStep, before: readonly JournalEntry[]): boolean {
  if (!entriesOf(before, 'step-started').some(({ step }) => step === id)) return false;
  if (kind === 'manual') return entriesOf(before, 'step-completed').some(({ step, by }) => step === id && by);
  const isDone = entriesOf(before, 'action-completed').some(
    ({ step, outcome }) => step === id && outcome.kind === 'completed',
  );
  return isDone || entriesOf(before, 'read-back').some(({ step, verdict }) => step === id && verdict === 'done');
}

/** The deployment of a journal that is whole and of exactly this plan; null for any other. */
function deploymentOf(plan: Plan, planDigest: string, journal: readonly JournalEntry[]): string | null {
  const [requested] = journal;
  const frozen = entriesOf(journal, 'plan-frozen');
  if (plan.repair || requested?.type !== 'requested' || !journal.every(({ seq }, i) => seq === i + 1)) return null;
  const isOfPlan = frozen.length === 1 && frozen[0]?.planDigest === planDigest;
  const isOfTarget = requested.service === plan.service && requested.environment === plan.environment;
  return isOfPlan && isOfTarget ? requested.deployment : null;
}

/** Where every effect was found gone already, the compensations have proven nothing. */
function didSomething(
  acting: readonly (ActionStep | ManualStep)[],
  results: readonly (EntryOf<'compensation-completed'> | null)[],
): boolean {
  return results.some((result) => result?.result === 'done') || acting.every(({ undo }) => undo.kind === 'none');
}

function havePassed({ steps }: Plan, before: readonly JournalEntry[]): boolean {
  return steps.every(({ id }) => lastOf(before, 'step-completed', ({ step }) => step === id)?.result === 'passed');
}

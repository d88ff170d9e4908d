import type { ErrorCode } from '../../domain/base/error-codes.ts';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import { lostApprover, lostWords } from '../../domain/deployment/removed-approvers.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { ActionInput, CompensationInput } from '../../domain/ports/effects.ts';
import type { Refused, RunIdentity, Workplace } from '../../domain/ports/run-identity.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';
import { type Patience, patiently } from '../engine/store-patience.ts';
import { unsealed } from '../trust/seals.ts';
import { approvedBy } from './approvals.ts';
import { checksRunFiles, runsFiles, unisolated } from './isolation.ts';
import { resetOf } from './run-was-reset.ts';
import { requireNoRecovery } from './store-in-recovery.ts';

/** How long a way back waits for a store that does not answer, in milliseconds. */
const rollbackPatienceMs = 500;

const refused = (code: ErrorCode, detail: string): Refused => ({ kind: 'refused', code, detail });

type Guarded = Omit<ActionInput, 'attempt' | 'windows' | 'storePatienceMs'>;

/**
 * Evaluates, right before an action, whether it still may happen. It is refused where that cannot be found out, once the store
 * has been waited for with this patience.
 */
export async function guardAction(deps: ActivityDeps, input: Guarded, patience: Patience): Promise<Refused | null> {
  try {
    return await patiently(patience, () => evaluateAction(deps, input));
  } catch (error) {
    return refusalOf(error);
  }
}

async function evaluateAction(deps: ActivityDeps, input: Guarded): Promise<Refused | null> {
  const { runIdentity, workplace, step, seal } = input;
  const forged = resetOf(runIdentity) ?? (await unsealed(deps, input, seal, partName.step(step.id), step));
  if (forged) return forged;
  const exposed = runsFiles(deps, step.do) ? await unisolated(deps, runIdentity.target) : null;
  if (exposed) return exposed;
  const approved = await approvedBy(deps, input);
  if (approved.kind === 'refused') return approved;
  // Only now the fence: what is not sealed and approved must not even raise it.
  const [stale] = await Promise.all([fenceOf(deps, runIdentity), requireNoRecovery(deps.store)]);
  return stale ?? (await lostApprovals(deps, runIdentity, approved.approvers)) ?? (await changedFiles(deps, workplace));
}

/** Refuses a compensation that is not sealed for this run: nothing is done for it, not even a read-back. */
export async function forgedCompensation(
  deps: ActivityDeps,
  input: Omit<CompensationInput, 'attempt'>,
): Promise<Refused | null> {
  const { runIdentity, outstanding, seal } = input;
  return resetOf(runIdentity) ?? unsealed(deps, input, seal, partName.undo(outstanding.step), outstanding);
}

/**
 * The same as {@link guardAction} for a compensation that is sealed. It needs no approval and goes on when the store is
 * down: without it no newer fence can have been granted through a deployment that acts. Files matter only to what runs
 * them. Throws what keeps it from an answer: the next attempt may have one.
 */
export async function guardCompensation(
  deps: ActivityDeps,
  { runIdentity, workplace, outstanding }: Omit<CompensationInput, 'attempt'>,
): Promise<Refused | null> {
  const fence = orAfter(
    rollbackPatienceMs,
    fenceOf(deps, runIdentity).catch(() => null),
    null,
  );
  const { undo } = outstanding;
  const needsFiles = undo.kind === 'action' && runsFiles(deps, undo.action);
  return (await fence) ?? (needsFiles ? await changedFiles(deps, workplace) : null);
}

function refusalOf(error: unknown): Refused {
  if (error instanceof GantryError) return refused(error.code, error.message);
  return refused('internal', messageOf(error));
}

async function fenceOf({ store }: ActivityDeps, { target, fence, deployment }: RunIdentity): Promise<Refused | null> {
  const highest = await store.raiseFence(target, fence);
  return highest <= fence
    ? null
    : refused('stale-fence', `${deployment} has fence ${fence}; ${target} was granted again with fence ${highest}.`);
}

async function lostApprovals(
  { policy }: ActivityDeps,
  { target }: RunIdentity,
  approvers: ActionInput['approvers'],
): Promise<Refused | null> {
  const lost = lostApprover((await policy.read()).policy, target, approvers);
  return lost ? refused('approval-lost', lostWords(lost)) : null;
}

/**
 * Refuses checks, or sources that are read as checks ask, whose commands are not isolated as policy requires or whose files
 * are not the planned ones. A way back goes on with the worker that there is.
 */
export async function unfitChecks(
  deps: ActivityDeps,
  checks: readonly { readonly kind: string }[],
  { runIdentity, workplace }: Pick<ActionInput, 'runIdentity' | 'workplace'>,
  { isWayBack = false } = {},
): Promise<Refused | null> {
  if (!checksRunFiles(deps, checks)) return null;
  const exposed = isWayBack ? null : await unisolated(deps, runIdentity.target);
  return exposed ?? changedFiles(deps, workplace);
}

/** Refuses when a file of the procedure is not the one that was planned; one that is gone has changed. */
async function changedFiles(
  { procedures }: ActivityDeps,
  { inline, procedure, files }: Workplace,
): Promise<Refused | null> {
  if (inline) return null;
  for (const { path, digest } of files)
    if ((await procedures.digestOf(procedure, path)) !== digest)
      return refused('files-changed', `${path} of procedure ${procedure} is not the file that was planned.`);
  return null;
}

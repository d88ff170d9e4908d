import { canonicalJson, digestOfJson } from '../../domain/base/canonical-json.ts';
import { deploymentWorkflowId, isWorkflowOf, targetOfDeployment, targetWorkflowId } from '../../domain/base/ids.ts';
import { stateOf } from '../../domain/deployment/state.ts';
import { warrantIn } from '../../domain/messages/warrant.ts';
import type { FindUnknownDeploymentsInput, FreeNumberInput } from '../../domain/ports/targets.ts';
import { reviewTermsOf } from '../../domain/target/reviews.ts';
import type { UnknownDeployment } from '../../domain/target/state.ts';
import type { ActivityDeps } from '../deps.ts';
import { whileBeating } from '../engine/heartbeat.ts';
import { knownWorkflow } from '../journal/known-deployment.ts';
import { asksForProof, isVouchedFor } from '../trust/vouching.ts';

/** As many as a target may have open. */
const max = 100;

/** Each is queried for its journal, which may take seconds where no worker has its code. */
const atOnce = 10;

/**
 * Deployments that run without being known to their target, which was started anew: those that ask for its lock, or all
 * that store and Temporal know of (`numbers`: null). The store may be behind, and so may Temporal's search index: every
 * number that is not known to be over is examined itself. A deployment gets a place if this target has started it, it was
 * not reset, and, where policy asks for proof, the API vouches for the run.
 */
export function findUnknownDeployments(
  deps: ActivityDeps,
  input: FindUnknownDeploymentsInput,
): Promise<readonly UnknownDeployment[]> {
  return whileBeating(async () => {
    const numbers = input.numbers ?? (await runningNumbers(deps, input));
    const taken: UnknownDeployment[] = [];
    for (let i = 0; i < numbers.length && taken.length < max; i += atOnce) {
      const some = numbers.slice(i, i + atOnce);
      const found = await Promise.all(some.map((number) => recognized(deps, input, number)));
      taken.push(...found.filter((one) => one !== null));
    }
    return taken.slice(0, max);
  });
}

async function runningNumbers(
  deps: ActivityDeps,
  { service, environment }: FindUnknownDeploymentsInput,
): Promise<readonly number[]> {
  const { store, histories } = deps;
  const [stored, copy, listed] = await Promise.all([
    store.deployments({ service, environment, limit: 2 * max }),
    store.target(service, environment),
    histories.runningNumbers(service, environment).catch((): readonly number[] => []),
  ]);
  const over = new Set(stored.items.filter(({ outcome }) => outcome !== null).map(({ number }) => number));
  const open = stored.items.map(({ number }) => number).filter((number) => !over.has(number));
  const after = Math.max(copy?.lastNumber ?? 0, ...open, ...over, ...listed);
  const last = (await firstFree(deps, { service, environment, after })) - 1;
  // Numbers without a row: of a store that is behind, while the index is, too.
  const unknown = Array.from({ length: Math.min(last, 2 * max) }, (_, i) => last - i).filter((n) => !over.has(n));
  return [...new Set([...open, ...listed, ...unknown])].toSorted((a, b) => a - b);
}

async function recognized(
  deps: ActivityDeps,
  { service, environment }: FindUnknownDeploymentsInput,
  number: number,
): Promise<UnknownDeployment | null> {
  const workflowId = deploymentWorkflowId(service, environment, number);
  const run = await deps.histories.run(workflowId);
  const isOwn = run?.parent === targetWorkflowId(service, environment) && run.type === 'deployment';
  if (!run?.isRunning || !isOwn || run.runId !== run.firstRunId) return null;
  const known = await knownWorkflow(deps, workflowId);
  // A repair holds the lock or nothing: people resolve again.
  if (!known || !isWorkflowOf(known.id, workflowId) || known.plan.repair) return null;
  if (digestOfJson(known.plan) !== known.planDigest || !(await isWanted(deps, known.id, run, known.planDigest)))
    return null;
  const { phase, waits } = stateOf(known.plan, known.journal);
  const asked = known.journal.findLast(({ type }) => type === 'lock-requested');
  const isWaiting = phase === 'awaiting-target' && waits.some(({ kind }) => kind === 'target');
  const waitsSince = isWaiting ? (asked?.at ?? null) : null;
  return { number, id: known.id, workflowId, runId: run.runId, waitsSince, review: reviewTermsOf(known.plan) };
}

/** Whether the API has given this run a warrant, where policy asks for one. */
async function isWanted(
  deps: ActivityDeps,
  deployment: string,
  { runId, warrants }: { readonly runId: string; readonly warrants: readonly unknown[] },
  planDigest: string,
): Promise<boolean> {
  if (!(await asksForProof(deps, targetOfDeployment(deployment) ?? ''))) return true;
  const seen = new Set<string>();
  for (const raw of warrants) {
    const warrant = warrantIn(raw);
    if (!warrant || warrant.runId !== runId || warrant.planDigest !== planDigest) continue;
    const text = canonicalJson(warrant);
    if (!seen.has(text) && (await isVouchedFor(deps, deployment, 'warrant', warrant))) return true;
    seen.add(text);
  }
  return false;
}

/** The first number beyond one whose workflow id is free: an older store may not know of those that were used. */
export function freeNumber(deps: ActivityDeps, input: FreeNumberInput): Promise<number> {
  return whileBeating((signal) => firstFree(deps, input, signal));
}

async function firstFree(
  { histories }: ActivityDeps,
  { service, environment, after }: FreeNumberInput,
  signal?: AbortSignal,
): Promise<number> {
  let number = after + 1;
  while ((await histories.run(deploymentWorkflowId(service, environment, number))) !== null) {
    signal?.throwIfAborted();
    number += 1;
  }
  return number;
}

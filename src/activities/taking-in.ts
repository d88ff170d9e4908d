import { canonicalJson, digestOfJson } from '../domain/canonical-json.ts';
import { deploymentWorkflowId, isWorkflowOf, targetWorkflowId } from '../domain/ids.ts';
import type { FreeNumberInput, TakeInInput, TakenIn } from '../domain/ports/targets.ts';
import { stateOf } from '../domain/state.ts';
import { readWarrant, type Warrant } from '../domain/trust/warrant.ts';
import { knownWorkflow } from './after-end.ts';
import type { ActivityDeps } from './deps.ts';
import { whileBeating } from './heartbeat.ts';
import { asksForProof, isVouchedFor } from './vouching.ts';

/** As many as a target may have open. */
const most = 100;
/** Each is asked for its journal, which may take seconds where no worker has its code. */
const atOnce = 10;

/**
 * Deployments that run without being known to their target, which was started anew: those that ask for its lock, or all
 * that store and Temporal know of (`numbers`: null). Temporal's search index only says whom to look at. Each one is
 * looked at itself: it was started by this target, was not reset, and where policy asks for proof the API vouches for
 * the run. Nobody else gets a place.
 */
export function takeIn(deps: ActivityDeps, input: TakeInInput): Promise<readonly TakenIn[]> {
  return whileBeating(async () => {
    const numbers = input.numbers ?? (await runningNumbers(deps, input));
    const taken: TakenIn[] = [];
    for (let i = 0; i < Math.min(numbers.length, most); i += atOnce) {
      const some = numbers.slice(i, Math.min(i + atOnce, most));
      const found = await Promise.all(some.map((number) => recognized(deps, input, number)));
      taken.push(...found.filter((one) => one !== null));
    }
    return taken;
  });
}

async function runningNumbers(
  { store, histories }: ActivityDeps,
  { service, environment }: TakeInInput,
): Promise<readonly number[]> {
  const [stored, listed] = await Promise.all([
    store.deployments({ service, environment, limit: 2 * most }),
    histories.runningNumbers(service, environment).catch((): readonly number[] => []),
  ]);
  const open = stored.items.filter(({ outcome }) => outcome === null).map(({ number }) => number);
  return [...new Set([...open, ...listed])].toSorted((a, b) => a - b);
}

async function recognized(
  deps: ActivityDeps,
  { service, environment }: TakeInInput,
  number: number,
): Promise<TakenIn | null> {
  const workflowId = deploymentWorkflowId(service, environment, number);
  const run = await deps.histories.run(workflowId);
  const isOwn = run?.parent === targetWorkflowId(service, environment) && run.type === 'deployment';
  if (!run?.isRunning || !isOwn || run.runId !== run.firstRunId) return null;
  const known = await knownWorkflow(deps, workflowId);
  // A repair holds the lock or nothing: who is to repair is for people to say again.
  if (!known || !isWorkflowOf(known.id, workflowId) || known.plan.repair) return null;
  if (digestOfJson(known.plan) !== known.planDigest || !(await isWanted(deps, known.id, run, known.planDigest)))
    return null;
  const { phase, waits } = stateOf(known.plan, known.journal);
  const asked = known.journal.findLast(({ type }) => type === 'lock-requested');
  const isWaiting = phase === 'awaiting-target' && waits.some(({ kind }) => kind === 'target');
  return { number, id: known.id, workflowId, runId: run.runId, waitsSince: isWaiting ? (asked?.at ?? null) : null };
}

/** Whether the API has given this run its word, where policy asks for one. */
async function isWanted(
  deps: ActivityDeps,
  deployment: string,
  { runId, warrants }: { readonly runId: string; readonly warrants: readonly unknown[] },
  planDigest: string,
): Promise<boolean> {
  const [service = '', environment = ''] = deployment.split('.');
  if (!(await asksForProof(deps, `${service}/${environment}`))) return true;
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

function warrantIn(raw: unknown): Warrant | null {
  try {
    return readWarrant(raw);
  } catch {
    return null;
  }
}

/** The first number beyond one whose workflow id is free: an older store may not know of those that were used. */
export function freeNumber(deps: ActivityDeps, { service, environment, after }: FreeNumberInput): Promise<number> {
  return whileBeating(async (signal) => {
    let number = after + 1;
    while ((await deps.histories.run(deploymentWorkflowId(service, environment, number))) !== null) {
      signal.throwIfAborted();
      number += 1;
    }
    return number;
  });
}

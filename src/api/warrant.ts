import { setTimeout as delay } from 'node:timers/promises';
import { GantryError } from '../domain/errors.ts';
import type { Warrant } from '../domain/trust/warrant.ts';
import type { TargetName } from '../temporal/gateway.ts';
import type { ApiDeps } from './deps.ts';
import { requireOwn, vouched } from './vouch.ts';

/** A target starts its deployments at once; whoever asked waits this long for it, in milliseconds. */
const startMs = 5_000;
const lookAgainMs = 20;

/**
 * Gives the run that a target has started for a request the API's word for it: workers do nothing for any other. Where
 * the plan bears no seals, none is asked for. Throws `engine-unavailable`; a repeat of the request gives it again; and
 * `other-target` where whoever answers in the target's name names a deployment that is not its own.
 */
export async function giveWarrant(
  deps: ApiDeps,
  target: TargetName,
  deployment: string,
  planDigest: string,
): Promise<void> {
  requireOwn(target, deployment);
  const seals = deps.signingKeys && (await deps.store.sealsOf(planDigest));
  if (!seals) return;
  const runId = await startedRun(deps, deployment);
  const said: Omit<Warrant, 'proof'> & Partial<Pick<Warrant, 'proof'>> = { runId, planDigest: seals.planDigest };
  const { proof } = vouched(deps, deployment, 'warrant', said);
  if (proof) await deps.gateway.warrant(deployment, { ...said, proof });
}

async function startedRun({ gateway }: ApiDeps, deployment: string): Promise<string> {
  const until = Date.now() + startMs;
  for (;;) {
    const runId = await gateway.startedRun(deployment);
    if (runId !== null) return runId;
    if (Date.now() >= until)
      throw new GantryError(
        'engine-unavailable',
        `${deployment} was accepted and has not been started yet; repeat it.`,
      );
    await delay(lookAgainMs);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { GantryError } from '../domain/errors.ts';
import { isSealedBy } from '../domain/trust/proof.ts';
import type { Seals } from '../domain/trust/seal.ts';
import type { Warrant } from '../domain/trust/warrant.ts';
import type { TargetName } from '../temporal/gateway.ts';
import type { ApiDeps } from './deps.ts';
import { requireOwn, vouched } from './vouch.ts';

/** A target starts its deployments at once; whoever asked waits this long for it, in milliseconds. */
const startMs = 5_000;
const lookAgainMs = 20;

/**
 * The seals that a deployment bears which was asked for before: as the store has them, or, where it has lost them, as the
 * deployment itself does, if this API has made them. Null: it bears none. Throws `engine-unavailable`.
 */
export async function sealsBorneBy(deps: ApiDeps, deployment: string, planDigest: string): Promise<Seals | null> {
  const stored = await deps.store.sealsOf(planDigest);
  if (stored || !deps.signingKeys) return stored;
  const told = await deps.gateway.whole(deployment);
  return told?.seals && isSealedBy(deps.signingKeys.publicKeys, told.seals) ? told.seals : null;
}

/**
 * Gives the run that a target has started for a request the API's word for it: workers do nothing for any other. Where
 * the plan bears no seals, none is asked for. Throws `engine-unavailable`; a repeat of the request gives it again; and
 * `other-target` where whoever answers in the target's name names a deployment that is not its own.
 */
export async function giveWarrant(
  deps: ApiDeps,
  target: TargetName,
  deployment: string,
  seals: Seals | null,
): Promise<void> {
  requireOwn(target, deployment);
  if (!deps.signingKeys || !seals) return;
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

import { digestOfJson } from '../domain/canonical-json.ts';
import { GantryError } from '../domain/errors.ts';
import { needsLiveRelease, type Plan, type Subject } from '../domain/plan.ts';
import { freezePlan } from '../domain/planning.ts';
import type { DeploymentRequest } from '../domain/request.ts';
import type { ApiDeps, Frozen } from './deps.ts';

/** Freezes what is asked for with what policy, procedures and evidence say now. Throws as `freezePlan` and the sources do. */
export async function freeze(deps: ApiDeps, request: DeploymentRequest, requester: Subject): Promise<Frozen> {
  const { policy, digest: policyDigest } = await deps.policy.read();
  const evidence = await deps.store.evidenceOf(request.artifact.digest);
  return freezePlan({
    request,
    requester,
    ...(await procedureOf(deps, request)),
    policy,
    policyDigest,
    evidence,
    catalog: deps.catalog,
    messageKey: deps.proofKey?.publicKey ?? null,
  });
}

/**
 * Throws `no-live-release` where the plan speaks of one and the target knows of none. The target judges so too, but
 * whoever asks it starts it: here nothing has been stored or started yet.
 */
export async function checkLiveRelease({ store, gateway }: ApiDeps, plan: Plan): Promise<void> {
  if (plan.change.initial || !needsLiveRelease(plan)) return;
  const { service, environment } = plan;
  if ((await store.target(service, environment))?.live) return;
  const known = await gateway.target({ service, environment }).catch((error: unknown) => {
    if (error instanceof GantryError && error.code === 'not-found') return null;
    throw error;
  });
  if (known?.live) return;
  throw new GantryError(
    'no-live-release',
    `Nothing is known to be live on ${service} in ${environment}: adopt what it serves first (POST /v1/targets/${service}/${environment}/adopt).`,
  );
}

async function procedureOf({ procedures }: ApiDeps, { procedure }: DeploymentRequest) {
  if (typeof procedure === 'string') {
    const { document, digest, files } = await procedures.find(procedure);
    return { procedure: document, procedureDigest: digest, files };
  }
  if (procedure.files.length > 0)
    throw new GantryError('invalid-procedure', 'A procedure sent as a document has no folder, so it lists no files.', {
      pointer: '/procedure/files',
    });
  return { procedure, procedureDigest: digestOfJson({ document: procedure, files: [] }), files: [] };
}

import { digestOfJson } from '../domain/canonical-json.ts';
import { GantryError } from '../domain/errors.ts';
import type { Subject } from '../domain/plan.ts';
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

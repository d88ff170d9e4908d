import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { deploymentPageSchema } from '../../contract/deployment.ts';
import { frozenPlanSchema } from '../../contract/plan.ts';
import { previewSchema } from '../../contract/preview.ts';
import { statusSchema } from '../../contract/status.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { isAgreed } from '../agree.ts';
import { type Api, type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { deploymentOf, referenceHelp } from '../references.ts';
import { blockedIn, noticesOf, renderChanged } from '../render/preview.ts';
import { renderStatus, type Status } from '../render/status.ts';
import type { DeploymentRequest } from '../request/build.ts';
import { plain, type Surroundings } from '../terminal.ts';
import { sendAbort } from './messages.ts';

interface RollbackOptions extends ApiOptions {
  readonly yes?: true;
  readonly json?: true;
  readonly reason?: string;
}

/**
 * `gantry rollback`: of a deployment that runs, an abort. Of what serves, a deployment of the release that served before
 * it, by that one's procedure: it passes the same gates as every change.
 */
export function registerRollback(command: Command, surroundings: Surroundings): void {
  withApiOptions(command)
    .argument('<deployment>', referenceHelp)
    .option('--reason <text>', 'stands in the record')
    .option('--yes', 'asks nobody')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (which: string, options: RollbackOptions) => {
      const api = await openApi(options, surroundings.environment);
      const id = await deploymentOf(api, which);
      const path = { params: { path: { id } } };
      const status = await patiently(() => answered(api.GET('/v1/deployments/{id}', path), statusSchema));
      if (status.outcome === null) return sendAbort(id, options, surroundings);
      await requestPrevious(api, status, options, surroundings);
    });
}

async function requestPrevious(
  api: Api,
  status: Status,
  { yes, json, reason }: RollbackOptions,
  { terminal, tell, confirm }: Surroundings,
): Promise<void> {
  const body = await previousOf(api, status, reason);
  const preview = await patiently(() => answered(api.POST('/v1/plans', { body }), previewSchema));
  const shown = () => [
    ...noticesOf(preview).map((words) => terminal.paint.yellow(plain(`! ${words}`))),
    ...blockedIn(preview).map(({ gate, reason: why = '' }) => terminal.paint.red(plain(`blocked: ${gate} ${why}`))),
    ...renderChanged(preview, terminal.paint),
  ];
  const question = `Request ${body.release} for ${body.service}/${body.environment} again?`;
  if (!(await isAgreed(question, shown, yes === true, { tell, confirm }))) return;
  const params = { header: { 'Idempotency-Key': randomUUID() } };
  const requested = await patiently(() => answered(api.POST('/v1/deployments', { params, body }), statusSchema));
  if (json) return terminal.say(JSON.stringify(requested));
  for (const line of renderStatus(requested, terminal.paint, Date.now())) terminal.say(line);
}

/** A request for what served before a deployment that has succeeded. Throws `wrong-phase`, `not-found`. */
async function previousOf(
  api: Api,
  { id, number, service, environment, outcome, artifact }: Status,
  reason = `Rollback of ${id}`,
): Promise<DeploymentRequest> {
  if (outcome !== 'succeeded')
    throw new GantryError('ended', `${id} has ended as ${outcome}: there is nothing of it to roll back.`);
  const query = { service, environment, outcome: 'succeeded', limit: 200 } as const;
  const { items } = await patiently(() =>
    answered(api.GET('/v1/deployments', { params: { query } }), deploymentPageSchema),
  );
  const before = items.find((one) => one.number < number && one.artifactDigest !== artifact.digest);
  if (!before)
    throw new GantryError('not-found', `No other release was deployed to ${service}/${environment} before ${id}.`);
  const params = { path: { id: before.id } };
  const { plan } = await patiently(() => answered(api.GET('/v1/deployments/{id}/plan', { params }), frozenPlanSchema));
  if (plan.procedure.inline)
    throw new GantryError(
      'not-found',
      `${before.id} came by a procedure of its own document, which has no name to go by.`,
    );
  const { release, parameters } = plan;
  const change = { summary: `Back to ${release}`, reason, type: 'normal' };
  const body = {
    service,
    environment,
    release,
    artifact: plan.artifact,
    procedure: plan.procedure.name,
    parameters,
    change,
  };
  return body as DeploymentRequest;
}

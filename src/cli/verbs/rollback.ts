import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { frozenPlanSchema } from '../../contract/plan.ts';
import { previewSchema } from '../../contract/preview.ts';
import { statusSchema } from '../../contract/status.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { entriesOf, type JournalEntry } from '../../domain/journal/entries.ts';
import { allEntries } from '../../domain/journal/whole.ts';
import { isAgreed } from '../agree.ts';
import { type Api, type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { pastByApi } from '../past-changes.ts';
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

/**
 * A request for what served before a deployment that has succeeded, by the procedure that brought it. What that was, its
 * own journal says: a later success may be the repair of a release that never served. Throws `ended`, `not-found`.
 */
async function previousOf(
  api: Api,
  { id, service, environment, outcome, artifact }: Status,
  reason = `Rollback of ${id}`,
): Promise<DeploymentRequest> {
  if (outcome !== 'succeeded')
    throw new GantryError('ended', `${id} has ended as ${outcome}: there is nothing of it to roll back.`);
  const past = pastByApi(api);
  const journalOf = (which: string) => patiently(() => allEntries(past, which));
  const [journal, target] = [await journalOf(id), `${service}/${environment}`];
  const own = entriesOf(journal, 'confirmed').at(-1)?.live.deployment;
  if (own !== id)
    throw new GantryError(
      'ended',
      `${id} brought no release: ${own ? `what serves came by ${own}` : `gantry target show ${target} says what serves`}.`,
    );
  let before = servedBefore(journal);
  // The same artifact again is nothing to go back to.
  while (before?.deployment && before.artifact.digest === artifact.digest)
    before = servedBefore(await journalOf(before.deployment));
  // Every name is right: there is only nothing that says how to go back.
  const advice = 'say yourself what to go back to, and by which procedure: gantry deploy';
  if (!before || before.artifact.digest === artifact.digest)
    throw new GantryError('not-found', `No other release was deployed to ${target} before ${id}.`, { advice });
  const { deployment } = before;
  const plan = deployment === null ? null : await planOf(api, deployment);
  if (plan?.artifact.digest !== before.artifact.digest)
    throw new GantryError(
      'not-found',
      `No deployment brought ${before.release}, which served ${target} before ${id}.`,
      { advice },
    );
  if (plan.procedure.inline)
    throw new GantryError(
      'not-found',
      `${deployment} came by a procedure of its own document, which has no name to go by.`,
      { advice },
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

async function planOf(api: Api, id: string) {
  const params = { path: { id } };
  const ask = () => api.GET('/v1/deployments/{id}/plan', { params });
  return (await patiently(() => answered(ask(), frozenPlanSchema))).plan;
}

/** What served as the target was granted. */
const servedBefore = (journal: readonly JournalEntry[]) =>
  entriesOf(journal, 'lock-granted').at(-1)?.bindings.live ?? null;

import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { statusSchema } from '../../contract/status.ts';
import { anyTargetSchema, requestedSchema, targetPageSchema, targetSchema } from '../../contract/target.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { isAgreed } from '../agree.ts';
import { allItems, pageSize } from '../all-items.ts';
import { type Api, type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { parseTarget } from '../references.ts';
import { renderStatus } from '../render/status.ts';
import { renderTarget, type Target, targetLine } from '../render/target.ts';
import { type ArtifactOptions, artifactOf } from '../request/artifact.ts';
import { tagOf } from '../request/build.ts';
import { plain, type Surroundings } from '../terminal.ts';
import { withArtifactOptions } from './deploy.ts';

interface Options extends ApiOptions {
  readonly json?: true;
  readonly yes?: true;
}

/** What somebody says that a target serves. */
interface Served extends ArtifactOptions {
  readonly release?: string;
  readonly slot?: string;
}

/** `gantry target list | show | adopt | resolve | review`. */
export function registerTarget(target: Command, surroundings: Surroundings): void {
  const { terminal, environment: variables } = surroundings;
  withApiOptions(target.command('list'))
    .description('lists targets: what each serves, who has it, who waits for it')
    .option('--service <name>', 'those of this service')
    .option('--environment <name>', 'those in this environment')
    .option('--json', 'prints one target a line, as the API answers it')
    .action(async ({ json, service, environment, ...where }: Options & { service?: string; environment?: string }) => {
      const api = await openApi(where, variables);
      let isEmpty = true;
      for await (const one of targets(api, { service, environment })) {
        isEmpty = false;
        terminal.say(json ? JSON.stringify(one) : targetLine(one, terminal.paint));
      }
      if (isEmpty && !json) terminal.say('There is no such target.');
    });
  withApiOptions(target.command('show'))
    .description('shows what a target serves, who has it and who waits for it')
    .argument('<target>', targetHelp)
    .option('--json', 'prints what the API answers, in one line')
    .action(async (which: string, { json, ...where }: Options) => {
      const api = await openApi(where, variables);
      sayTarget(await targetOf(api, which), json, surroundings);
    });
  registerAdopt(target.command('adopt'), surroundings);
  registerResolve(target.command('resolve'), surroundings);
  registerReview(target.command('review'), surroundings);
}

const targetHelp = 'a service in an environment, such as shop/production';
const reasonHelp = 'stands in the record';

function registerAdopt(command: Command, surroundings: Surroundings): void {
  const { terminal, environment: variables } = surroundings;
  withServed(withApiOptions(command))
    .description('tells an idle target what it serves')
    .argument('<target>', targetHelp)
    .requiredOption('--reason <text>', reasonHelp)
    .option('--unknown-service', 'takes a service that the policy does not name')
    .option('--yes', 'asks nobody')
    .option('--json', 'prints the target, as the API answers it, in one line')
    .action(async (which: string, options: Options & Served & { reason: string; unknownService?: true }) => {
      const { reason, unknownService } = options;
      const api = await openApi(options, variables);
      const path = parseTarget(which);
      const body = {
        ...(await servedBy(options)),
        reason,
        ...(unknownService && { unknownService: 'accept' as const }),
      };
      const shown = async () => {
        // A target that nothing was deployed to is not there yet.
        const known = await targetOf(api, which).catch(() => null);
        const now = known ? renderTarget(known, terminal.paint, Date.now()) : ['Nothing is known of it yet.'];
        return [
          ...now,
          '',
          plain(`It would count as serving ${body.release}: ${body.artifact.uri}, ${body.artifact.digest}`),
        ];
      };
      const name = `${path.service}/${path.environment}`;
      if (!(await isAgreed(`Adopt ${name} as serving ${body.release}?`, shown, options.yes === true, surroundings)))
        return;
      const headers = { 'idempotency-key': randomUUID() };
      const after = await patiently(() =>
        answered(
          api.POST('/v1/targets/{service}/{environment}/adopt', { params: { path }, headers, body }),
          targetSchema,
        ),
      );
      sayTarget(after, options.json, surroundings);
    });
}

function registerResolve(command: Command, surroundings: Surroundings): void {
  const { terminal, environment: variables } = surroundings;
  withServed(withApiOptions(command))
    .description('says how a deployment that needs intervention goes on: starts its repair')
    .argument('<target>', targetHelp)
    .addOption(
      new Option('--decision <decision>', 'compensate: carry out what is outstanding; accept: take the target as it is')
        .choices(['compensate', 'accept'])
        .makeOptionMandatory(),
    )
    .option('--deployment <id>', 'the one that needs intervention; else the one that has the target')
    .requiredOption('--reason <text>', reasonHelp)
    .option('--yes', 'asks nobody')
    .option('--json', 'prints where the repair is, as the API answers it, in one line')
    .action(
      async (
        which: string,
        options: Options & Served & { decision: 'compensate' | 'accept'; deployment?: string; reason: string },
      ) => {
        const { decision, reason } = options;
        const api = await openApi(options, variables);
        const path = parseTarget(which);
        const deployment = options.deployment ?? (await targetOf(api, which)).lock?.deployment;
        if (deployment === undefined)
          throw new GantryError('not-found', `No deployment has ${which}: nothing is stuck.`);
        const live = decision === 'accept' ? await servedBy(options) : null;
        const shown = async () => {
          const at = { params: { path: { id: deployment } } };
          const status = await patiently(() => answered(api.GET('/v1/deployments/{id}', at), statusSchema));
          const then = live
            ? [plain(`It would count as serving ${live.release}: ${live.artifact.uri}, ${live.artifact.digest}`)]
            : ['What is outstanding of its compensations would be carried out, each read back before.'];
          return [...renderStatus(status, terminal.paint, Date.now()), '', ...then];
        };
        const question = `${decision === 'accept' ? 'Accept' : 'Compensate'} ${deployment}?`;
        if (!(await isAgreed(question, shown, options.yes === true, surroundings))) return;
        const headers = { 'idempotency-key': randomUUID() };
        const body = { deployment, decision, reason, ...(live && { live }) };
        const route = '/v1/targets/{service}/{environment}/resolve';
        const repair = await patiently(() =>
          answered(api.POST(route, { params: { path }, headers, body }), requestedSchema),
        );
        if (options.json) return terminal.say(JSON.stringify(repair));
        terminal.say(`The repair is ${repair.id}: gantry watch ${repair.id}`);
      },
    );
}

function registerReview(command: Command, surroundings: Surroundings): void {
  withApiOptions(command)
    .description('closes the review of an emergency')
    .argument('<target>', targetHelp)
    .requiredOption('--findings <text>', 'what was found; stands in the record')
    .option('--deployment <id>', 'the emergency; else the one whose review is open')
    .option('--json', 'prints the target, as the API answers it, in one line')
    .action(async (which: string, options: Options & { findings: string; deployment?: string }) => {
      const api = await openApi(options, surroundings.environment);
      const path = parseTarget(which);
      const deployment = options.deployment ?? onlyReviewOf(await targetOf(api, which), which);
      const headers = { 'idempotency-key': randomUUID() };
      const body = { deployment, findings: options.findings };
      const route = '/v1/targets/{service}/{environment}/review';
      const after = await patiently(() => answered(api.POST(route, { params: { path }, headers, body }), targetSchema));
      // It is written into the emergency's record, and then closed.
      if (options.json) return surroundings.terminal.say(JSON.stringify(after));
      surroundings.terminal.say(`Your findings close the review of ${deployment}.`);
    });
}

function onlyReviewOf({ reviews }: Target, which: string): string {
  const [first, ...more] = reviews.map(({ deployment }) => deployment);
  if (first === undefined) throw new GantryError('not-found', `No review is open on ${which}.`);
  if (more.length === 0) return first;
  throw new GantryError('malformed', `Say --deployment: reviews of ${[first, ...more].join(' and ')} are open.`);
}

const withServed = (command: Command) =>
  withArtifactOptions(command)
    .option('--release <release>', 'what it serves; else the tag of the image')
    .option('--slot <slot>', 'from which slot, where it has two');

async function servedBy(options: Served) {
  const { slot, image, release = tagOf(image) } = options;
  if (release === undefined) throw new GantryError('malformed', 'Say what it serves: --release.');
  return { release, artifact: await artifactOf(options), ...(slot !== undefined && { slot }) };
}

/** Every target of a service, of an environment, or of both. */
export function targets(
  api: Api,
  { service, environment }: { readonly service?: string | undefined; readonly environment?: string | undefined },
): AsyncGenerator<Target> {
  const filter = { ...(service !== undefined && { service }), ...(environment !== undefined && { environment }) };
  return allItems<Target>((cursor) => {
    const query = { ...filter, limit: pageSize, ...(cursor !== undefined && { cursor }) };
    return answered(api.GET('/v1/targets', { params: { query } }), targetPageSchema);
  });
}

function targetOf(api: Api, which: string): Promise<Target> {
  const params = { path: parseTarget(which) };
  return patiently(() => answered(api.GET('/v1/targets/{service}/{environment}', { params }), anyTargetSchema));
}

function sayTarget(target: Target, json: true | undefined, { terminal }: Surroundings): void {
  if (json) terminal.say(JSON.stringify(target));
  else for (const line of renderTarget(target, terminal.paint, Date.now())) terminal.say(line);
}

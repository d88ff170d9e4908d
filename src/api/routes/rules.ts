import { z } from 'zod';
import { trustedKeysSchema } from '../../contract/key.ts';
import { policyInForceSchema } from '../../contract/policy.ts';
import { proceduresSchema, procedureViewSchema } from '../../contract/procedure.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { means } from '../../domain/base/means.ts';
import { nameSchema } from '../../domain/base/text-schemas.ts';
import type { AdapterCatalog } from '../../domain/kinds/adapter.ts';
import type { ProcedureDocument } from '../../domain/planning/procedure.ts';
import type { LoadedProcedure } from '../../domain/planning/source-ports.ts';
import type { StepDocument } from '../../domain/planning/step-document.ts';
import { describeZoneData } from '../../domain/policy/calendar/zone-data.ts';
import { explainPolicy } from '../../domain/policy/explain/explain.ts';
import { policyFor } from '../../domain/policy/explain/in-force.ts';
import { explainWindows } from '../../domain/policy/explain/windows.ts';
import { timeZoneData } from '../../system/time-zone-data.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { declare, reading } from '../schemas.ts';
import { sharedRun } from '../watch/shared-run.ts';

const policyQuery = z.strictObject({
  service: nameSchema.optional().meta(means('What holds for this service', 'shop')),
  environment: nameSchema.optional().meta(means('What holds in this environment', 'production')),
});

/** By which rules and procedures requests are planned, and under which keys. */
export function ruleRoutes(app: RoutesApp, deps: ApiDeps): void {
  app.get(
    '/v1/policy',
    declare(reading, 'The policy in force, in words: all of it, or what holds for a service or an environment', {
      querystring: policyQuery,
      response: { 200: policyInForceSchema },
    }),
    async ({ query }) => {
      const { policy, digest, fault } = await deps.policy.read();
      const environments = Object.keys(policy.environments);
      if (query.environment !== undefined && !environments.includes(query.environment))
        throw new GantryError('unknown-environment', `The policy names no environment ${query.environment}.`, {
          pointer: '/environment',
        });
      const explained = explainPolicy(policyFor(policy, query), calendarAt(deps.now()));
      return { digest, fault, environments, explained };
    },
  );
  // Each of them is read with its files: once for all who ask meanwhile.
  const listed = sharedRun(async () => {
    const items: z.output<typeof proceduresSchema>['items'][number][] = [];
    for (const name of await deps.procedures.names()) items.push(await summaryOf(deps, name));
    return { items };
  });
  app.get(
    '/v1/procedures',
    declare(reading, 'The procedures of the server, by their names', { response: { 200: proceduresSchema } }),
    () => listed(),
  );
  app.get(
    '/v1/procedures/:name',
    declare(reading, 'A procedure: its parameters, its steps, what it watches', {
      params: z.strictObject({ name: nameSchema.meta(means('The procedure', 'shop-blue-green')) }),
      response: { 200: procedureViewSchema },
    }),
    async ({ params: { name } }) => viewOf(await deps.procedures.find(name), deps.catalog),
  );
  app.get(
    '/v1/keys',
    declare(reading, 'The public keys under which APIs seal plans and vouch for messages', {
      response: { 200: trustedKeysSchema },
    }),
    async () => ({ items: await deps.store.trustedKeys() }),
  );
}

function calendarAt(now: number) {
  const data = timeZoneData(now);
  return {
    now,
    data: describeZoneData(data),
    isOld: data.isOld,
    windows: (rules: Parameters<typeof explainWindows>[0]) => explainWindows(rules, now),
  };
}

async function summaryOf({ procedures }: Pick<ApiDeps, 'procedures'>, name: string) {
  try {
    const { digest, document } = await procedures.find(name);
    const { description } = document;
    return { name, procedure: { digest, description, environments: environmentsOf(document) }, fault: null };
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return { name, procedure: null, fault: { code: error.code, detail: error.message } };
  }
}

const environmentsOf = ({ environments }: ProcedureDocument) => (environments ? Object.keys(environments) : null);

function viewOf({ document, digest, files }: LoadedProcedure, { actions, checks }: AdapterCatalog) {
  const { procedure: name, description, parameters, steps, health, monitoring } = document;
  return {
    name,
    digest,
    description,
    environments: environmentsOf(document),
    parameters: Object.entries(parameters).map(([parameter, { type, default: usual = null }]) => ({
      name: parameter,
      type,
      default: usual,
    })),
    steps: steps.map((step) => ({ id: step.id, title: step.title, kind: kindOfStep(step, actions) })),
    health: health.map(({ id, ...check }) => ({ id: typeof id === 'string' ? id : '', kind: kindIn(check, checks) })),
    monitoring: monitoring.period,
    files: files.map(({ path, digest: of }) => ({ path, digest: of })),
  };
}

function kindOfStep(step: StepDocument, actions: AdapterCatalog['actions']): string {
  if (step.do) return kindIn(step.do, actions);
  return (['hold', 'gate', 'manual'] as const).find((kind) => step[kind] !== undefined) ?? 'unknown';
}

/** An adapter's kind is a key, and its options stand beside it. */
const kindIn = (spec: object, kinds: ReadonlyMap<string, unknown>) =>
  Object.keys(spec).find((key) => kinds.has(key)) ?? 'unknown';

import { z } from 'zod';
import {
  type FreezeView,
  freezePageSchema,
  freezeViewSchema,
  type NewFreeze,
  newFreezeSchema,
} from '../../contract/freeze.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { type Freeze, freezeSchema, freezeState, liftSchema, reachOf } from '../../domain/policy/freezes-by-people.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { admitFreeze } from '../identity/access.ts';
import { answerOnce, type Given } from '../requests/idempotency-key.ts';
import { declare, idParams, pageQuery, reading } from '../schemas.ts';

const listQuery = z.strictObject({
  active: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: those that hold now or will; false: those that are lifted or over'),
  ...pageQuery,
});

/** Freezing and lifting. A freeze is never deleted: it keeps who lifted it. */
export function freezeRoutes(app: RoutesApp, deps: ApiDeps): void {
  const config = { access: { kind: 'freeze' } } as const;
  const viewOf = (freeze: Freeze): FreezeView => ({ ...freeze, state: freezeState(freeze, deps.now()) });
  const known = async (id: string) => {
    const freeze = await deps.store.freeze(id);
    if (!freeze) throw new GantryError('not-found', `There is no freeze ${id}.`, { pointer: '/id' });
    return freeze;
  };
  app.get(
    '/v1/freezes',
    declare(reading, 'Freezes, the newest first', { querystring: listQuery, response: { 200: freezePageSchema } }),
    async ({ query: { active, limit, cursor } }) => {
      const at = new Date(deps.now()).toISOString();
      const which = active === undefined ? undefined : { isActive: active === 'true', at };
      const { items, next } = await deps.store.freezes({ which, limit, cursor });
      return { items: items.map(viewOf), next };
    },
  );
  app.get(
    '/v1/freezes/:id',
    declare(reading, 'A freeze', { params: idParams, response: { 200: freezeViewSchema } }),
    async ({ params: { id } }) => viewOf(await known(id)),
  );
  app.post(
    '/v1/freezes',
    declare({ ...config, idempotencyKey: 'heeded' }, 'Stop the line', {
      body: freezeSchema,
      response: { 201: newFreezeSchema },
    }),
    (request, reply) =>
      answerOnce(deps.store, request, reply, async ({ operation, isFirst, begins }) => {
        const { body, caller } = request;
        const { scope, reason, from, until = null } = body;
        admitFreeze((await deps.policy.read()).policy, caller.subject, scope, false);
        const made = async (freeze: Freeze): Promise<Given<NewFreeze>> => {
          const reach = reachOf(scope, await deps.store.targets());
          return { status: 201, location: `/v1/freezes/${freeze.id}`, body: { ...viewOf(freeze), ...reach } };
        };
        const before = isFirst ? null : await deps.store.freeze(operation);
        if (before) return made(before);
        const createdAt = new Date(deps.now()).toISOString();
        const who = { createdAt, createdBy: caller.subject, lifted: null };
        const freeze: Freeze = { id: operation, scope, reason, from: from ?? createdAt, until, ...who };
        if (until !== null && (until <= freeze.from || until <= createdAt))
          throw new GantryError('malformed', 'A freeze ends after it begins, and not in the past.', {
            pointer: '/until',
          });
        begins();
        return made(await deps.store.addFreeze(freeze));
      }),
  );
  app.delete(
    '/v1/freezes/:id',
    {
      config,
      schema: { summary: 'Lift a freeze', params: idParams, body: liftSchema, response: { 200: freezeViewSchema } },
    },
    async ({ params: { id }, body: { reason }, caller }) => {
      const freeze = await known(id);
      admitFreeze((await deps.policy.read()).policy, caller.subject, freeze.scope, true);
      const lifted = { at: new Date(deps.now()).toISOString(), by: caller.subject, reason };
      return viewOf((await deps.store.liftFreeze(id, lifted)) ?? freeze);
    },
  );
}

import type { Kysely } from 'kysely';
import { canonicalJson } from '../domain/base/canonical-json.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { RehearsalRow } from '../domain/rehearsal/statement.ts';
import type { Envelope } from '../domain/trust/envelope.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** The newest of one procedure on one target: older ones than these prove nothing that they do not. */
const max = 50;

/** By name: a newer schema may have others. */
const columns = [
  'deployment',
  'service',
  'environment',
  'procedureDigest',
  'planDigest',
  'kind',
  'stepsUndone',
  'verifiedAt',
  'digest',
  'envelope',
] as const satisfies readonly (keyof RehearsalRow)[];

export function rehearsalQueries(db: Kysely<Tables>): Pick<Store, 'addRehearsal' | 'rehearsalsOf'> {
  return {
    async addRehearsal({ envelope, ...row }) {
      await db
        .insertInto('rehearsals')
        .values({ ...row, envelope: envelope && canonicalJson(envelope) })
        .onConflict((conflict) => conflict.column('deployment').doNothing())
        .execute();
    },

    async rehearsalsOf({ service, environment, procedureDigest }) {
      const rows = await db
        .selectFrom('rehearsals')
        .select(columns)
        .where('service', '=', service)
        .where('environment', '=', environment)
        .where('procedureDigest', '=', procedureDigest)
        .orderBy('verifiedAt', 'desc')
        .orderBy('deployment')
        .limit(max)
        .execute();
      return rows.map(({ envelope, ...row }) => ({
        ...row,
        envelope: envelope === null ? null : (JSON.parse(envelope) as Envelope),
      }));
    },
  };
}

/** The rehearsals that a plan's policy asks for, as far as the store has them. */
export function rehearsalsFor(store: Pick<Store, 'rehearsalsOf'>, { service, procedure, policy: { rehearsal } }: Plan) {
  if (!rehearsal) return [];
  return store.rehearsalsOf({ service, environment: rehearsal.environment, procedureDigest: procedure.digest });
}

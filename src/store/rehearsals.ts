import type { Kysely } from 'kysely';
import { canonicalJson } from '../domain/base/canonical-json.ts';
import type { RehearsalRow } from '../domain/rehearsal/statement.ts';
import type { Envelope } from '../domain/trust/envelope.ts';
import type { Tables } from './schema.ts';

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

export function rehearsalQueries(db: Kysely<Tables>) {
  return {
    /** One for each deployment; what is there already stays as it is. */
    async addRehearsal({ envelope, ...row }: RehearsalRow): Promise<void> {
      await db
        .insertInto('rehearsals')
        .values({ ...row, envelope: envelope && canonicalJson(envelope) })
        .onConflict((conflict) => conflict.column('deployment').doNothing())
        .execute();
    },

    /** Of one procedure (its digest) on one target, the newest 50 first. */
    async rehearsalsOf({
      service,
      environment,
      procedureDigest,
    }: Pick<RehearsalRow, 'service' | 'environment' | 'procedureDigest'>): Promise<readonly RehearsalRow[]> {
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

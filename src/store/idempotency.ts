import { randomUUID } from 'node:crypto';
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { ago, databaseNow } from './clock.ts';
import type { Tables } from './schema.ts';
import type { BodyDigests, Claim, HeldClaim, RememberedAnswer } from './values.ts';

/**
 * Claims of (subject, Idempotency-Key). Ages are taken by the database's clock: processes' clocks differ. Each claim has
 * a holder, and only the holder can complete it: one that was too slow changes nothing any more.
 */
export function idempotencyQueries(db: Kysely<Tables>, staleClaimMs: number) {
  // One statement each, so that of many at once one wins.

  async function madeFirst(subject: string, key: string, { sent, read }: BodyDigests) {
    const holder = randomUUID();
    return db
      .insertInto('idempotency')
      .values({ subject, key, bodyDigest: read, sentDigest: sent, holder, operation: randomUUID() })
      .onConflict((conflict) => conflict.columns(['subject', 'key']).doNothing())
      .returning(['holder', 'operation', 'bodyDigest'])
      .executeTakeFirst();
  }

  /** The former holder is gone, or has given the key back. */
  async function takenOver(subject: string, key: string, digests: BodyDigests) {
    return db
      .updateTable('idempotency')
      .set({
        claimedAt: databaseNow,
        holder: randomUUID(),
        operation: sql<string>`coalesce(operation, ${randomUUID()})`,
        sentDigest: digests.sent,
      })
      .where('subject', '=', subject)
      .where('key', '=', key)
      .where(isOpen)
      .where((row) => isSameBody(row, digests))
      .where('claimedAt', '<', ago(staleClaimMs))
      .returning(['holder', 'operation', 'bodyDigest'])
      .executeTakeFirst();
  }

  return {
    /**
     * Of many claims at once for one key, one gets `claimed`. One that was given back, or is older than 30 s and was never
     * completed, is taken over by the same body.
     */
    async claim(subject: string, key: string, digests: BodyDigests): Promise<Claim> {
      for (;;) {
        const first = await madeFirst(subject, key, digests);
        const claimed = first ?? (await takenOver(subject, key, digests));
        if (claimed) {
          const { holder, operation, bodyDigest } = claimed;
          const held: HeldClaim = { subject, key, holder: holder ?? '' };
          return { kind: 'claimed', held, operation: operation ?? '', bodyDigest, isFirst: first !== undefined };
        }
        const row = await db
          .selectFrom('idempotency')
          .select(['deployment', 'answer'])
          .select((one) => isSameBody(one, digests).as('isSame'))
          .where('subject', '=', subject)
          .where('key', '=', key)
          .executeTakeFirst();
        if (!row) continue; // released between the statements
        if (!row.isSame) return { kind: 'other-body' };
        const answer = answerIn(row);
        return answer ? { kind: 'completed', answer } : { kind: 'in-progress' };
      }
    },

    async complete(held: HeldClaim, answer: RememberedAnswer): Promise<void> {
      const values =
        answer.kind === 'deployment' ? { deployment: answer.deployment } : { answer: JSON.stringify(answer) };
      await db.updateTable('idempotency').set(values).where(isHeldBy(held)).execute();
    },

    /** The same body may claim the key at once, and no other may: what it led to is not known. */
    async giveBack(held: HeldClaim): Promise<void> {
      await db
        .updateTable('idempotency')
        .set({ claimedAt: new Date(0), holder: null })
        .where(isHeldBy(held))
        .execute();
    },

    /** Forgets a claim that led to nothing, so that the key may be used again with any body. */
    async release(held: HeldClaim): Promise<void> {
      await db.deleteFrom('idempotency').where(isHeldBy(held)).execute();
    },
  };
}

type Row = ExpressionBuilder<Tables, 'idempotency'>;

/** Not answered yet. */
const isOpen = (row: Row) => row.and([row('deployment', 'is', null), row('answer', 'is', null)]);

/** Open, and still this holder's. */
const isHeldBy =
  ({ subject, key, holder }: HeldClaim) =>
  (row: Row) =>
    row.and([row('subject', '=', subject), row('key', '=', key), row('holder', '=', holder), isOpen(row)]);

/** A claim of the build before this one knows the body only as that one had read it. */
const isSameBody = (row: Row, { sent, read }: BodyDigests) =>
  row.or([
    row('sentDigest', '=', sent).$castTo<boolean>(),
    row.and([row('sentDigest', 'is', null), row('bodyDigest', '=', read)]),
  ]);

function answerIn({
  deployment,
  answer,
}: Pick<Tables['idempotency'], 'deployment' | 'answer'>): RememberedAnswer | null {
  if (deployment !== null) return { kind: 'deployment', deployment };
  return answer === null ? null : (JSON.parse(answer) as RememberedAnswer);
}

import { describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { keepRehearsal } from '../../../../src/activities/records/rehearsals.ts';
import { digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import { type RehearsalRow, rehearsalStatement, vouchedFor } from '../../../../src/domain/rehearsal/statement.ts';
import { attestationKeyOf } from '../../../../src/main/keys/attestation-key.ts';
import { goodJournal, type JournalFixture, rehearsedJournal } from '../../../support/journal.ts';

/** A worker whose store knows one deployment; answers what was kept of it, and what the worker was alarmed of. */
async function kept(
  { plan, planDigest, journal }: JournalFixture,
  { unsigned = 'accept', attestationKey, deployment = 'shop.staging.7' }: Given = {},
) {
  const rows: RehearsalRow[] = [];
  const alarms: string[] = [];
  const deps = {
    store: {
      plan: async (digest: string) => (digest === planDigest ? plan : null),
      journal: async (_: string, after: number, limit: number) => journal.slice(after, after + limit),
      sealsOf: async () => null,
      addRehearsal: async (row: RehearsalRow) => void rows.push(row),
      addAlert: async ({ code }: { code: string }) => void alarms.push(code),
    },
    policy: {
      read: async () => ({ policy: { environments: { staging: { messages: { unsigned }, stakeholders: [] } } } }),
    },
    notify: async () => [],
    now: Date.now,
    ...(attestationKey === undefined ? {} : { attestationKey }),
  } as unknown as ActivityDeps;
  await keepRehearsal(deps, deployment, planDigest, journal.length);
  return { rows, alarms };
}
interface Given {
  readonly unsigned?: 'accept' | 'refuse';
  readonly attestationKey?: ActivityDeps['attestationKey'];
  readonly deployment?: string;
}

describe('what a worker keeps of a rollback', () => {
  it('is the rehearsal that its journal proves, under the digest of what is stated', async () => {
    const { rows } = await kept(rehearsedJournal());
    expect(rows).toEqual([
      expect.objectContaining({ deployment: 'shop.staging.7', kind: 'rehearsal', stepsUndone: 2, envelope: null }),
    ]);
    expect(rows[0]?.digest).toBe(digestOfJson(rehearsalStatement(rows[0] as RehearsalRow)));
  });

  it('is signed where the worker has a key: the very statement', async () => {
    const attestationKey = attestationKeyOf(new Uint8Array(32).fill(1));
    const { rows } = await kept(rehearsedJournal(), { attestationKey });
    const row = rows[0] as RehearsalRow;
    expect(vouchedFor(row, [attestationKey])).toEqual({ kind: 'verified', keys: [attestationKey.keyId] });
    expect(Buffer.from(row.envelope?.payload ?? '', 'base64').toString()).toContain('"deployment":"shop.staging.7"');
  });

  it('is nothing where the journal proves nothing, or is that of another deployment', async () => {
    expect((await kept(goodJournal(), { deployment: 'shop.production.7' })).rows).toEqual([]);
    expect((await kept(rehearsedJournal(), { deployment: 'shop.staging.8' })).rows).toEqual([]);
  });

  it('is nothing, and an alarm, where policy asks for seals and the plan bears none', async () => {
    expect(await kept(rehearsedJournal(), { unsigned: 'refuse' })).toEqual({ rows: [], alarms: ['unsealed-plan'] });
  });
});

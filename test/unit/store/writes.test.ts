import { describe, expect, it } from 'vitest';
import type { EvidenceRow, RefusedEvidence } from '../../../src/domain/evidence/evidence.ts';
import type { Statement } from '../../../src/domain/evidence/statement.ts';
import type { CountedRefusal } from '../../../src/domain/messages/refused.ts';
import type { SavedTarget } from '../../../src/domain/target/state.ts';
import type { Store } from '../../../src/store/index.ts';
import type { StoredRecord } from '../../../src/store/stored.ts';
import type { HeldClaim } from '../../../src/store/values.ts';
import { goodJournal } from '../../support/journal.ts';
import { engines, useStore } from './engines.ts';
import { deploymentRow, entries, freezeOf, rehearsalRow, storedKeyOf } from './rows.ts';

/** Two writes of one thing: the later one was made later, whichever of them comes first. */
type Which = 'earlier' | 'later';

interface Rule {
  /** What is there whatever comes late, again or out of order: what the later one wrote, or both, or whichever came first. */
  readonly stays: 'the later' | 'both' | 'the first to come';
  readonly of?: string;
  readonly before?: (store: Store, id: string) => Promise<unknown>;
  readonly write: (store: Store, id: string, which: Which) => Promise<unknown>;
  readonly seen: (store: Store, id: string) => Promise<unknown>;
}

/**
 * What changes nothing, and what is no data: a migration is written down by its name, and done once; a sweep removes by
 * the age that things have as it acts (`sweep.test.ts`); what a process says of itself it says again 10 s later.
 */
type NoWrite =
  | 'migrate'
  | 'sweep'
  | 'grantRoles'
  | 'roleFinding'
  | 'checkSchema'
  | 'ping'
  | 'now'
  | 'close'
  | 'evidenceOf'
  | 'refusedEvidenceOf'
  | 'refusedMessagesOf'
  | 'plan'
  | 'sealsOf'
  | 'trustedKeys'
  | 'bearersOfKey'
  | 'alerts'
  | 'journal'
  | 'wholeUpTo'
  | 'followJournal'
  | 'deployment'
  | 'deployments'
  | 'targets'
  | 'target'
  | 'record'
  | 'rehearsalsOf'
  | 'output'
  | 'key'
  | 'keys'
  | 'freeze'
  | 'freezes'
  | 'freezesOf'
  | 'targetsBy'
  | 'backUp'
  | 'restore'
  | 'recovery'
  | 'unconfirmedSigningKeys'
  | 'sayPolicy'
  | 'processes';

const at = { earlier: '2026-11-23T09:00:00.000Z', later: '2026-11-23T09:00:01.000Z' } as const;
const { plan } = goodJournal();
const body = { sent: 'sent', read: 'read' };
const held = new Map<string, HeldClaim>();
const claimed = async (store: Store, id: string) => {
  const claim = await store.claim(id, 'key', body);
  if (claim.kind === 'claimed') held.set(id, claim.held);
};

const heldBy = (id: string) => held.get(id) ?? { subject: id, key: 'key', holder: 'nobody' };
const kindOfClaim = async (store: Store, id: string) => (await store.claim(id, 'key', body)).kind;
const evidence = (id: string, which: Which): EvidenceRow => ({
  digest: `${id}-${which}`,
  artifactDigest: id,
  stage: 'system',
  result: 'PASSED',
  startedOn: at[which],
  finishedOn: at[which],
  url: null,
  submittedBy: 'key:ci',
  submittedAt: at[which],
});

const refused = (id: string, which: Which): RefusedEvidence => ({
  artifactDigest: id,
  stage: 'system',
  code: 'signature-invalid',
  detail: which,
  submittedBy: 'key:ci',
  at: at[which],
});

const refusedMessage = (service: string, which: Which): CountedRefusal => ({
  counter: service,
  deployment: deploymentRow(1, { service }).id,
  message: 'approve',
  by: 'key:alice',
  code: 'self-approval',
  detail: which,
  times: which === 'earlier' ? 1 : 3,
  firstAt: at.earlier,
  lastAt: at[which],
});

const target = (service: string, which: Which): SavedTarget => ({
  service,
  environment: 'production',
  lastNumber: 1,
  fence: 1,
  live: null,
  slot: which,
  lock: null,
  reviews: [],
  version: which === 'earlier' ? 1 : 2,
});

const record = (deployment: string, digest: string, state: StoredRecord['state'], lastSeq: number): StoredRecord => ({
  deployment,
  state,
  lastSeq,
  digest,
  markdown: digest,
  document: '{}',
});

/** Every write of the store, by its name: one that is not here does not compile. */
const rules: { readonly [name in Exclude<keyof Store, NoWrite>]: readonly Rule[] } = {
  addEvidence: [
    {
      stays: 'both',
      write: (store, id, which) => store.addEvidence([{ row: evidence(id, which), statement: {} as Statement }]),
      seen: async (store, id) => (await store.evidenceOf(id)).map(({ digest }) => digest).toSorted(),
    },
  ],
  refuseEvidence: [
    {
      stays: 'both',
      write: (store, id, which) => store.refuseEvidence([refused(id, which)]),
      seen: (store, id) => store.refusedEvidenceOf(id),
    },
  ],
  countRefusedMessages: [
    {
      of: 'a count that has risen',
      stays: 'the later',
      before: (store, id) => {
        const row = deploymentRow(1, { service: id, lastSeq: 1 });
        return store.appendJournal({ deployment: row.id, entries: entries(1, 1), row });
      },
      write: (store, id, which) => store.countRefusedMessages([refusedMessage(id, which)]),
      seen: (store, id) => store.refusedMessagesOf(deploymentRow(1, { service: id }).id),
    },
  ],
  savePlan: [
    {
      of: 'its seals',
      stays: 'the later',
      write: (store, id, which) =>
        store.savePlan(id, plan, which === 'later' ? ({ key: 'k', parts: {} } as never) : null),
      seen: async (store, id) => ({ plan: await store.plan(id), seals: await store.sealsOf(id) }),
    },
    {
      of: 'other seals',
      stays: 'the first to come',
      write: (store, id, which) => store.savePlan(id, plan, { key: which, parts: {} } as never),
      seen: (store, id) => store.sealsOf(id),
    },
  ],
  trustKey: [
    {
      of: 'a key that is retired',
      stays: 'the later',
      write: async (store, id, which) => {
        await store.trustKey(id, 'ab');
        if (which === 'later') await store.retireKey(id);
      },
      seen: async (store, id) => (await store.trustedKeys()).filter((key) => key.id === id),
    },
  ],
  retireKey: [
    {
      stays: 'the first to come',
      before: (store, id) => store.trustKey(id, 'ab'),
      write: (store, id) => store.retireKey(id),
      seen: async (store, id) => (await store.trustedKeys()).filter((key) => key.id === id),
    },
  ],
  addAlert: [
    {
      stays: 'both',
      write: (store, id, which) =>
        store.addAlert({ at: at[which], target: id, code: 'task-fails', detail: which, worker: 'w' }),
      seen: async (store, id) => (await store.alerts(1_000)).filter((alert) => alert.target === id),
    },
  ],
  claim: [
    {
      stays: 'the first to come',
      write: (store, id, which) => store.claim(id, 'key', { sent: which, read: which }),
      seen: (store, id) =>
        Promise.all((['earlier', 'later'] as const).map((sent) => store.claim(id, 'key', { sent, read: sent }))),
    },
  ],
  complete: [
    {
      stays: 'the first to come',
      before: claimed,
      write: (store, id, which) => store.complete(heldBy(id), { kind: 'deployment', deployment: which }),
      seen: (store, id) => store.claim(id, 'key', body),
    },
    {
      of: 'a claim that another has taken over',
      stays: 'the later',
      before: claimed,
      write: async (store, id, which) => {
        const first = heldBy(id);
        if (which === 'earlier')
          return store.complete({ ...first, holder: 'too slow' }, { kind: 'deployment', deployment: 'a' });
        return store.complete(first, { kind: 'deployment', deployment: 'b' });
      },
      seen: (store, id) => store.claim(id, 'key', body),
    },
  ],
  giveBack: [
    {
      of: 'a claim that another has taken over',
      stays: 'the later',
      before: claimed,
      write: async (store, id, which) => {
        await store.giveBack(heldBy(id));
        if (which === 'later') await store.claim(id, 'key', body);
      },
      seen: kindOfClaim,
    },
  ],
  release: [
    {
      of: 'a claim that another has made anew',
      stays: 'the later',
      before: claimed,
      write: async (store, id, which) => {
        await store.release(heldBy(id));
        if (which === 'later') await store.claim(id, 'key', body);
      },
      seen: kindOfClaim,
    },
  ],
  appendJournal: [
    {
      stays: 'the later',
      write: (store, id, which) => {
        const lastSeq = which === 'earlier' ? 3 : 5;
        const row = deploymentRow(1, { service: id, lastSeq, phase: which });
        return store.appendJournal({ deployment: row.id, entries: entries(1, lastSeq), row });
      },
      seen: async (store, id) => {
        const { id: deployment } = deploymentRow(1, { service: id });
        return { row: await store.deployment(deployment), journal: await store.journal(deployment, 0, 100) };
      },
    },
    {
      of: 'another entry under its number',
      stays: 'the first to come',
      write: (store, id, which) => {
        const row = deploymentRow(1, { service: id, lastSeq: 1 });
        return store
          .appendJournal({ deployment: row.id, entries: entries(1, 1, which), row })
          .catch((error: { readonly code: string }) => expect(error.code).toBe('journal-conflict'));
      },
      seen: (store, id) => store.journal(deploymentRow(1, { service: id }).id, 0, 100),
    },
  ],
  saveTarget: [
    {
      stays: 'the later',
      write: (store, id, which) => store.saveTarget(target(id, which)),
      seen: (store, id) => store.target(id, 'production'),
    },
  ],
  raiseFence: [
    {
      stays: 'the later',
      write: (store, id, which) => store.raiseFence(id, which === 'earlier' ? 4 : 5),
      seen: (store, id) => store.raiseFence(id, 0),
    },
  ],
  claimRecordPath: [
    {
      stays: 'the first to come',
      write: (store, id, which) => store.claimRecordPath(id, `${id}-${which}`, `${id}-${which}-too`),
      seen: (store, id) => store.claimRecordPath(id, 'x', 'y'),
    },
  ],
  saveRecord: [
    {
      of: 'a final one after a draft',
      stays: 'the later',
      write: (store, id, which) =>
        store.saveRecord(which === 'earlier' ? record(id, 'draft', 'draft', 9) : record(id, 'final', 'final', 5)),
      seen: (store, id) => store.record(id),
    },
    {
      of: 'one that covers more',
      stays: 'the later',
      write: (store, id, which) => store.saveRecord(record(id, which, 'final', which === 'earlier' ? 5 : 7)),
      seen: (store, id) => store.record(id),
    },
    {
      of: 'the same as another worker built it',
      stays: 'the first to come',
      write: (store, id, which) => store.saveRecord(record(id, which, 'final', 5)),
      seen: (store, id) => store.record(id),
    },
  ],
  addRehearsal: [
    {
      stays: 'the first to come',
      write: (store, id, which) => store.addRehearsal(rehearsalRow({ deployment: id, service: id, digest: which })),
      seen: (store, id) => store.rehearsalsOf(rehearsalRow({ service: id })),
    },
  ],
  saveOutput: [
    {
      stays: 'the first to come',
      write: (store, id, which) => store.saveOutput(id, which, 'shop.production.1'),
      seen: (store, id) => store.output(id),
    },
  ],
  addKey: [
    {
      of: 'a key that is revoked',
      stays: 'the later',
      write: async (store, id, which) => {
        await store.addKey(storedKeyOf('key:alice', id));
        if (which === 'later') await store.revokeKeys({ id }, at.later);
      },
      seen: (store, id) => store.key(id),
    },
  ],
  revokeKeys: [
    {
      stays: 'the first to come',
      before: (store, id) => store.addKey(storedKeyOf('key:alice', id)),
      write: (store, id, which) => store.revokeKeys({ id }, at[which]),
      seen: (store, id) => store.key(id),
    },
  ],
  beginRecovery: [
    {
      stays: 'both',
      write: async (store, id, which) => {
        const recovery = { id: `${id}-${which}`, takenAt: null, beganAt: at[which], why: which, kept: [] };
        await store.beginRecovery(recovery).catch(() => undefined); // once
      },
      seen: async (store, id) => [
        await store.freeze(`recovery-${id}-earlier`),
        await store.freeze(`recovery-${id}-later`),
      ],
    },
  ],
  endRecovery: [
    {
      stays: 'the first to come',
      before: (store, id) => store.beginRecovery({ id, takenAt: null, beganAt: at.earlier, why: 'tried', kept: [] }),
      write: (store, _id, which) => store.endRecovery({ at: at[which], by: which, reason: which }),
      seen: (store, id) => store.freeze(`recovery-${id}`),
    },
  ],
  confirmKeys: [
    {
      stays: 'both',
      before: async (store, id) => {
        await store.addKey({ ...storedKeyOf('key:alice', id), unconfirmedSince: at.earlier });
      },
      write: (store, id) => store.confirmKeys([id]),
      seen: (store, id) => store.key(id),
    },
  ],
  addFreeze: [
    {
      of: 'a freeze that is lifted',
      stays: 'the later',
      write: async (store, id, which) => {
        await store.addFreeze(freezeOf(id, { kind: 'everything' }));
        if (which === 'later') await store.liftFreeze(id, { at: at.later, by: 'key:carol', reason: 'over' });
      },
      seen: (store, id) => store.freeze(id),
    },
    {
      of: 'another one under its id',
      stays: 'the first to come',
      write: (store, id, which) => store.addFreeze(freezeOf(id, { kind: 'everything' }, { reason: which })),
      seen: (store, id) => store.freeze(id),
    },
  ],
  liftFreeze: [
    {
      stays: 'the first to come',
      before: (store, id) => store.addFreeze(freezeOf(id, { kind: 'everything' })),
      write: (store, id, which) => store.liftFreeze(id, { at: at[which], by: 'key:carol', reason: which }),
      seen: (store, id) => store.freeze(id),
    },
  ],
};

const orders: readonly (readonly [string, readonly Which[]])[] = [
  ['the earlier one comes again', ['earlier', 'earlier']],
  ['the later one comes again', ['later', 'later']],
  ['they come in their order', ['earlier', 'later']],
  ['they come out of order', ['later', 'earlier']],
  ['the earlier one comes again, late', ['earlier', 'later', 'earlier']],
];

const cases = Object.entries(rules).flatMap(([name, some]) =>
  some.map((rule) => [`${name}${rule.of === undefined ? '' : `, ${rule.of}`}`, rule] as const),
);

describe.each(engines)('a write that comes late, twice or out of order, on %s', (engine) => {
  const given = useStore(engine);
  let made = 0;

  /** What is there after these writes of something that nobody has written before; its name is left out. */
  async function after({ before, write, seen }: Rule, order: readonly Which[]): Promise<string> {
    const { store } = given;
    made += 1;
    const id = `w${made}`;
    await before?.(store, id);
    for (const which of order) await write(store, id, which);
    return JSON.stringify(await seen(store, id)).replaceAll(new RegExp(`\\b${id}\\b`, 'g'), 'ID');
  }

  it.each(cases)('%s', async (_, rule) => {
    for (const [how, order] of orders) {
      const [first = 'earlier'] = order;
      const counts =
        rule.stays === 'the first to come' ? [first] : order.includes('later') ? ['later' as const] : [first];
      const both = order.includes('later') && order.includes('earlier');
      const like = rule.stays === 'both' && both ? (['earlier', 'later'] as const) : counts;
      expect(`${how}: ${await after(rule, order)}`).toBe(`${how}: ${await after(rule, like)}`);
    }
  });
});

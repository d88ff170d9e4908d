import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { closeReview } from '../../../../src/activities/records/review.ts';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import { digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import type { Policy } from '../../../../src/domain/policy/policy.ts';
import type { CloseReviewInput } from '../../../../src/domain/ports/targets.ts';
import { keyIdOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../../../src/main/keys/message-key.ts';
import { goodJournal } from '../../../support/journal.ts';
import { storeOfOne } from '../../../support/one-deployment.ts';

let folder: string;
let keys: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-reviews-'));
  keys = await ensureMessageKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const dueAt = '2026-11-25T09:40:00.000Z';
const said = {
  deployment: 'shop.production.7',
  findings: 'The cache was full.',
  by: { subject: 'key:olga', name: 'Olga Own' },
};
const closing: CloseReviewInput = {
  ...said,
  at: '2026-11-24T08:00:00.000Z',
  reviewDueAt: dueAt,
  target: 'shop/production',
  proof: null,
};

/** A worker whose store knows one emergency, up to some entry of its journal. */
function worker({
  unsigned = 'accept',
  until = Number.POSITIVE_INFINITY,
  operators = ['change-manager'],
  services = {},
  change: asked = {},
  isRunning = false,
}: {
  unsigned?: 'accept' | 'refuse';
  until?: number;
  operators?: readonly string[];
  services?: Policy['services'];
  change?: Partial<Plan['change']>;
  /** Whether its workflow runs, and writes its journal itself. */
  isRunning?: boolean;
} = {}) {
  const good = goodJournal();
  const { policy, change } = good.plan;
  const emergency = {
    role: 'support',
    waives: [],
    quorum: policy.approvals.rules,
    reviewWithinMs: 1,
    blocksNext: true,
  };
  const plan: Plan = {
    ...good.plan,
    change: { ...change, type: 'emergency', ...asked },
    policy: { ...policy, emergency },
  };
  const planDigest = digestOfJson(plan);
  const end = good.journal.at(-1) as JournalEntry;
  const whole: readonly JournalEntry[] = [
    ...good.journal.slice(0, -1),
    { v: 1, seq: end.seq, at: end.at, type: 'review-opened', dueAt },
    { ...end, seq: end.seq + 1 },
  ];
  const known = storeOfOne({ plan, planDigest, entries: whole.slice(0, until) });
  const alarms: string[] = [];
  const roles = ['change-manager', 'service-owner'];
  const people = [
    { subject: 'key:olga', name: 'Olga Own', roles, aliases: [] },
    { subject: 'key:carol', name: 'Carol Lind', roles, aliases: [] },
    { subject: 'key:alice', name: 'Alice Roe', roles, aliases: [] },
    { subject: 'key:bob', name: 'Bob May', roles, aliases: [] },
    { subject: 'key:dan', name: 'Dan Ode', roles: ['support'], aliases: [] },
  ];
  const rules = { messages: { unsigned }, operators, stakeholders: [] };
  const deps = {
    store: {
      ...known.store,
      addAlert: async ({ code }: { code: string }) => void alarms.push(code),
    },
    histories: { read: async () => null, told: async () => null, isRunning: async () => isRunning },
    policy: { read: async () => ({ policy: { people, services, environments: { production: rules } } }) },
    trustedKey: async (id: string) => keys.publicKeys.find((key) => keyIdOf(key) === id) ?? null,
    notify: async () => [],
    recordsFolder: join(folder, 'records'),
    worker: 'test',
    now: Date.now,
  } as unknown as ActivityDeps;
  const context = { heartbeat: () => undefined } as unknown as Context;
  const close = (input: Partial<CloseReviewInput> = {}) =>
    asyncLocalStorage.run(context, () => closeReview(deps, { ...closing, ...input }));
  return { close, journal: known.journal, records: known.records, alarms };
}

it('writes the findings behind the end and publishes the record again, once however often it is asked', async () => {
  const { close, journal, records } = worker();
  const before = journal().length;
  await close();
  await close({ at: '2026-11-24T08:00:09.000Z' });
  expect(journal().slice(before)).toMatchObject([
    {
      type: 'review-closed',
      at: closing.at,
      findings: said.findings,
      by: { subject: 'key:olga', via: 'update', identity: 'asserted' },
    },
    { type: 'record-published', state: 'final' },
  ]);
  expect(records.map(({ state, lastSeq }) => [state, lastSeq])).toEqual(
    Array.from({ length: 2 }, () => ['final', before + 1]),
  );
  expect(records[0]?.digest).toBe(records[1]?.digest);
  expect(records[0]?.markdown).toContain('“The cache was full.”');
});

it('keeps the first findings, whatever is sent afterwards', async () => {
  const { close, journal, records } = worker({ operators: ['change-manager', 'support'] });
  await close();
  const first = { journal: journal(), digest: records[0]?.digest };
  await close({ findings: 'Nobody knows.', by: { subject: 'key:dan', name: 'Dan Ode' } });
  expect(journal()).toEqual(first.journal);
  expect(records.at(-1)?.digest).toBe(first.digest);
});

it('leaves the journal of a deployment alone that still runs', async () => {
  const { close, journal, records } = worker({ until: 40, isRunning: true });
  await expect(close()).rejects.toMatchObject({ code: 'too-early' });
  expect(journal()).toHaveLength(40);
  expect(records).toEqual([]);
  // One that has said its end is about to close: it is asked again.
  await expect(worker({ isRunning: true }).close()).rejects.toMatchObject({ code: 'not-ready', retryable: true });
});

it('ends a journal that was lost first, with the review that the target opened', async () => {
  const { close, journal, records } = worker({ until: 40 });
  await close();
  expect(journal().slice(40)).toMatchObject([
    { type: 'deviation', code: 'ended-from-outside' },
    { type: 'review-opened', dueAt },
    { type: 'ended', outcome: 'needs-intervention' },
    { type: 'review-closed' },
    { type: 'record-published' },
  ]);
  expect(records.at(-1)?.markdown).toContain('“The cache was full.”');
});

it('has nothing to write for a deployment without a journal', async () => {
  const { close, journal } = worker({ until: 0 });
  await close();
  expect(journal()).toEqual([]);
});

const as = (subject: string) => ({ by: { subject, name: subject } });

it('takes it from an operator who neither requested, wrote nor approved it, under the name that the policy knows', async () => {
  const { close, journal } = worker();
  const before = journal().length;
  // Alice requested it, Carol approved it.
  for (const subject of ['key:alice', 'key:carol'])
    await expect(close(as(subject))).rejects.toMatchObject({ code: 'self-approval' });
  await expect(close(as('key:dan'))).rejects.toMatchObject({ code: 'forbidden' });
  await expect(close(as('key:eve'))).rejects.toMatchObject({ code: 'forbidden' });
  await expect(close({ findings: '' })).rejects.toMatchObject({ code: 'malformed' });
  expect(journal()).toHaveLength(before);
  await close(as('key:olga'));
  expect(journal()[before]).toMatchObject({ by: { subject: 'key:olga', name: 'Olga Own' } });
});

it('where owners are operators, takes it from those of its own service', async () => {
  const operators = ['service-owner'];
  const owned = (shop: string) => ({ shop: { owners: [shop] }, cart: { owners: ['key:olga'] } });
  // Who has the role by name, but owns another service.
  await expect(worker({ operators, services: owned('key:dan') }).close()).rejects.toMatchObject({ code: 'forbidden' });
  const dans = worker({ operators, services: owned('key:dan') });
  const before = dans.journal().length;
  await dans.close(as('key:dan'));
  expect(dans.journal()[before]).toMatchObject({ type: 'review-closed', by: { subject: 'key:dan' } });
  // Where the policy says nothing of the service, roles are as written.
  const anybodys = worker({ operators, services: { cart: { owners: ['key:dan'] } } });
  await anybodys.close();
  expect(anybodys.journal()[before]).toMatchObject({ type: 'review-closed', by: { subject: 'key:olga' } });
});

it.each([
  ['requested it', { authors: [], onBehalfOf: 'key:alice' }],
  ['wrote it', { authors: ['key:alice'], onBehalfOf: null }],
  ['wrote it under another name', { authors: ['github:alice'], onBehalfOf: null }],
])('does not take it from an operator who %s', async (_, change) => {
  const { close, journal } = worker({ change });
  const before = journal().length;
  await expect(close(as('key:alice'))).rejects.toMatchObject({ code: 'self-approval' });
  expect(journal()).toHaveLength(before);
  await close();
  expect(journal()[before]).toMatchObject({ type: 'review-closed' });
});

it('counts only what the API vouches for, where policy asks for it', async () => {
  const { close, journal, alarms } = worker({ unsigned: 'refuse' });
  const before = journal().length;
  const of = (name: 'review' | 'resolve', argument: typeof said) => ({
    proof:
      vouched<typeof said & { proof?: NonNullable<CloseReviewInput['proof']> }>(
        { signingKeys: keys, now: Date.now },
        argument.deployment,
        name,
        argument,
      ).proof ?? null,
  });
  await expect(close()).rejects.toMatchObject({ code: 'unproven-message' });
  await expect(close(of('resolve', said))).rejects.toMatchObject({ code: 'unproven-message' });
  await expect(close(of('review', { ...said, findings: 'Nothing.' }))).rejects.toMatchObject({
    code: 'unproven-message',
  });
  expect(alarms).toEqual(['unproven-message']);
  expect(journal()).toHaveLength(before);
  await close(of('review', said));
  expect(journal()[before]).toMatchObject({ type: 'review-closed', by: { via: 'api', identity: 'verified' } });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { findUnknownDeployments, freeNumber } from '../../../../src/activities/targets/unknown-deployments.ts';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import type { EntryType } from '../../../../src/domain/journal/entries.ts';
import type { Warrant } from '../../../../src/domain/messages/warrant.ts';
import type { Plan, Repair } from '../../../../src/domain/plan/plan.ts';
import type { Run } from '../../../../src/domain/ports/temporal.ts';
import { keyIdOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../../../src/main/keys/message-key.ts';
import { goodJournal } from '../../../support/journal.ts';

let folder: string;
let keys: SigningKeys;
let intruders: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-taking-in-'));
  keys = await ensureMessageKeys(folder);
  await rm(join(folder, 'message-key'));
  intruders = await ensureMessageKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const good = goodJournal();
const id = 'shop.production.7';
const workflowId = 'deployment/shop/production/7';
const own: Run = {
  runId: 'run-7',
  firstRunId: 'run-7',
  type: 'deployment',
  parent: 'target/shop/production',
  warrants: [],
  isRunning: true,
};
type Said = Omit<Warrant, 'proof'> & Partial<Pick<Warrant, 'proof'>>;
const warrantBy = (signingKeys: SigningKeys, said: Said = { runId: 'run-7', planDigest: good.planDigest }) =>
  vouched({ signingKeys, now: Date.now }, id, 'warrant', said);
const until = (type: EntryType) => good.journal.slice(0, good.journal.findIndex((entry) => entry.type === type) + 1);
const waiting = (() => {
  const asked = until('lock-requested');
  const at = asked.at(-1)?.at ?? '';
  const wait = { kind: 'target', until: null, then: 'expires' } as const;
  return [...asked, { v: 1, seq: asked.length + 1, at, type: 'waiting-started', wait } as const];
})();

const storedRows = [
  { number: 7, outcome: null },
  { number: 6, outcome: 'succeeded' },
];

interface Known {
  readonly run?: Partial<Run>;
  readonly unsigned?: 'accept' | 'refuse';
  readonly journal?: typeof waiting;
  readonly plan?: Plan;
  /** What the store knows of numbers; null: nothing at all. */
  readonly rows?: readonly { readonly number: number; readonly outcome: string | null }[];
}

/** What a worker finds of number 7, which is the only one that Temporal knows; its index is broken. */
function taken(
  { run = {}, unsigned = 'accept', journal = waiting, plan = good.plan, rows = storedRows }: Known,
  numbers: number[] | null = null,
) {
  const { planDigest } = good;
  const history = { id, plan, planDigest, seals: null, number: 7, journal, hasActed: false, isWhole: false };
  const deps = {
    histories: {
      run: async (asked: string) => (asked === workflowId ? { ...own, ...run } : null),
      runningNumbers: () => Promise.reject(new Error('no index')),
      read: async () => history,
      told: async () => journal,
    },
    store: {
      deployments: async () => ({
        items: rows,
        next: null,
      }),
      target: async () => ({ lastNumber: 6 }),
      deployment: async () => null,
    },
    policy: {
      read: async () => ({ policy: { environments: { production: { messages: { unsigned } } } } }),
    },
    trustedKey: async (key: string) => keys.publicKeys.find((known) => keyIdOf(known) === key) ?? null,
  } as unknown as ActivityDeps;
  const context = {
    heartbeat: () => undefined,
    cancellationSignal: new AbortController().signal,
  } as unknown as Context;
  return asyncLocalStorage.run(context, () =>
    findUnknownDeployments(deps, { service: 'shop', environment: 'production', numbers }),
  );
}

it('finds what runs, and since when it waits for the lock', async () => {
  const found = { number: 7, id, workflowId, runId: 'run-7', review: null };
  expect(await taken({})).toEqual([{ ...found, waitsSince: waiting.at(-1)?.at }]);
  expect(await taken({ journal: until('approval-granted') }, [7])).toEqual([{ ...found, waitsSince: null }]);
});

it('finds what runs where the store is behind and the index is away', async () => {
  expect(await taken({ rows: [] })).toHaveLength(1);
  expect(await taken({ rows: [{ number: 6, outcome: 'succeeded' }] })).toHaveLength(1);
});

it('takes in no pretender: no workflow that is not a child of the target, no run that was reset, none that has ended, no repair', async () => {
  for (const run of [
    { parent: null },
    { parent: 'target/shop/staging' },
    { type: 'recordExport' },
    { runId: 'run-8' },
    { isRunning: false },
  ])
    expect(await taken({ run })).toEqual([]);
  expect(await taken({ plan: { ...good.plan, repair: {} as Repair } })).toEqual([]);
  expect(await taken({ plan: { ...good.plan, release: '6.6.6' } })).toEqual([]);
  expect(await taken({}, [8, 9])).toEqual([]);
});

it('takes in only runs with a warrant of the API, where policy asks for that', async () => {
  const forged = [
    undefined,
    { runId: 'run-7' },
    warrantBy(intruders),
    warrantBy(keys, { runId: 'run-6', planDigest: good.planDigest }),
    warrantBy(keys, { runId: 'run-7', planDigest: `sha256:${'6'.repeat(64)}` }),
  ];
  expect(await taken({ unsigned: 'refuse', run: { warrants: forged } })).toEqual([]);
  expect(await taken({ unsigned: 'refuse', run: { warrants: [...forged, warrantBy(keys)] } })).toHaveLength(1);
});

it('finds the next number that was never used', async () => {
  const used = new Set([8, 9, 10].map((number) => `deployment/shop/production/${number}`));
  const deps = {
    histories: { run: async (asked: string) => (used.has(asked) ? own : null) },
  } as unknown as ActivityDeps;
  const context = {
    heartbeat: () => undefined,
    cancellationSignal: new AbortController().signal,
  } as unknown as Context;
  const free = (after: number) =>
    asyncLocalStorage.run(context, () => freeNumber(deps, { service: 'shop', environment: 'production', after }));
  expect(await free(7)).toBe(11);
  expect(await free(11)).toBe(12);
});

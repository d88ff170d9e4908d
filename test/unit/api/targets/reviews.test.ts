import { describe, expect, it } from 'vitest';
import { checkReviewer, outstandingReviews } from '../../../../src/api/targets/reviews.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { goodJournal } from '../../../support/journal.ts';
import { environmentDocument, planningInput, policyDocument, requestDocument } from '../../domain/planning-input.ts';
import { deploymentRow } from '../../store/rows.ts';

const now = Date.parse('2026-11-23T12:00:00.000Z');
const terms = { role: 'support', waives: [], review: { within: '48h', blocksNext: true } };
const policy = {
  ...policyDocument(),
  environments: { production: { ...environmentDocument(), emergency: terms } },
};
const planOf = (type: 'emergency' | 'normal') =>
  freezePlan(
    planningInput({ policy, request: { ...requestDocument(), change: { ...requestDocument().change, type } } }),
  ).plan;
const emergency = planOf('emergency');

const whole = goodJournal().journal;
const place = { v: 1, seq: 0, at: '2026-11-23T09:40:00.000Z' } as const;
const dueAt = '2026-11-25T09:40:00.000Z';
const opened: JournalEntry = { ...place, type: 'review-opened', dueAt };
const by = { subject: 'key:carol', name: 'Carol Lind', via: 'api', identity: 'verified' } as const;
const closed: JournalEntry = { ...place, type: 'review-closed', by, findings: 'The cache was full.' };
const before = whole.slice(
  0,
  whole.findIndex(({ type }) => type === 'step-started'),
);

/** What is outstanding where the store has these deployments, the newest first; one at a time is read of each journal. */
async function outstanding(
  deployments: readonly { readonly plan?: Plan | null; readonly journal?: readonly JournalEntry[] }[],
  known: Parameters<typeof outstandingReviews>[2] = [],
) {
  const rows = deployments.map((_, i) => ({ ...deploymentRow(deployments.length - i), planDigest: String(i) }));
  const journals = new Map(rows.map(({ id }, i) => [id, deployments[i]?.journal ?? whole]));
  const store = {
    deployments: async () => ({ items: rows, next: null }),
    plan: async (digest: string) => {
      const { plan = emergency } = deployments[Number(digest)] ?? {};
      return plan;
    },
    journal: async (id: string, after: number, limit: number) => (journals.get(id) ?? []).slice(after, after + limit),
  };
  const deps = { store, now: () => now } as unknown as Parameters<typeof outstandingReviews>[0];
  return outstandingReviews(deps, { service: 'shop', environment: 'production' }, known);
}
const idsOf = async (found: ReturnType<typeof outstanding>) => (await found).map(({ deployment }) => deployment);
const [newest, older] = [deploymentRow(2).id, deploymentRow(1).id];

it('is the review that an emergency has opened, due as in its journal', async () => {
  expect(await outstanding([{ journal: [...whole, opened] }])).toEqual([
    {
      deployment: older,
      dueAt,
      isOverdue: false,
      blocksNext: true,
      excluded: expect.arrayContaining(['key:ci-shop', 'key:alice']),
    },
  ]);
});

it('is the review of an emergency that changed something and whose end is missing', async () => {
  expect(await outstanding([{}])).toMatchObject([{ deployment: older, dueAt: '2026-11-25T12:00:00.000Z' }]);
  expect(await outstanding([{ journal: before }])).toEqual([]);
});

it('is found in a journal however long it is', async () => {
  const long = [...before, ...Array.from({ length: 2_000 }, () => whole[0] as JournalEntry)];
  expect(await outstanding([{ journal: [...long, opened] }])).toMatchObject([{ dueAt }]);
  expect(await outstanding([{ journal: [...long, opened, closed] }])).toEqual([]);
});

it('is none of what was closed, is no emergency, is known already or has no plan any more', async () => {
  expect(await outstanding([{ journal: [...whole, opened, closed] }])).toEqual([]);
  expect(await outstanding([{ plan: planOf('normal') }])).toEqual([]);
  expect(await outstanding([{ plan: null }])).toEqual([]);
  const known = { deployment: newest, dueAt, isOverdue: true, blocksNext: true, excluded: [] };
  expect(await idsOf(outstanding([{}, {}]))).toEqual([newest, older]);
  expect(await idsOf(outstanding([{}, {}], [known]))).toEqual([older]);
});

describe('a reviewer', () => {
  const start = { gate: 'start' } as const;
  const granted: JournalEntry = {
    ...place,
    ...start,
    type: 'approval-granted',
    by,
    role: 'support',
    planDigest: 'x',
    expiresAt: null,
  };
  const withdrawn: JournalEntry = { ...place, ...start, type: 'approval-withdrawn', by };
  /** What somebody hears who would review this emergency. */
  const asked = (subject: string, journal: readonly JournalEntry[], plan: Plan | null = emergency) => {
    const store = {
      deployment: async () => deploymentRow(1),
      plan: async () => plan,
      journal: async (_: string, after: number, limit: number) => journal.slice(after, after + limit),
    };
    const deps = { store } as unknown as Parameters<typeof checkReviewer>[0];
    return checkReviewer(deps, { deployment: older, by: { ...by, subject } });
  };

  it.each(['key:ci-shop', 'key:alice'])('who requested or wrote the emergency is refused: %s', async (subject) => {
    await expect(asked(subject, whole)).rejects.toMatchObject({ code: 'self-approval' });
  });

  it('who approved it is refused, however long the journal is, unless they took it back', async () => {
    const long = Array.from({ length: 2_000 }, () => opened);
    await expect(asked('key:carol', [...long, granted])).rejects.toMatchObject({
      code: 'self-approval',
      message: `key:carol requested, wrote or approved ${older}: somebody else reviews it.`,
    });
    await expect(asked('key:carol', [granted, ...long, withdrawn])).resolves.toBeUndefined();
  });

  it('who had no part in it is taken, and so is anybody where the store has no plan any more', async () => {
    await expect(asked('key:dan', [granted])).resolves.toBeUndefined();
    await expect(asked('key:carol', [granted], null)).resolves.toBeUndefined();
  });
});

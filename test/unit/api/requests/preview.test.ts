import { describe, expect, it } from 'vitest';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { preview } from '../../../../src/api/requests/preview.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { requiredGates } from '../../../../src/domain/gates/evaluate.ts';
import type { DeploymentRow } from '../../../../src/domain/journal/batch.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import type { LiveRelease } from '../../../../src/domain/plan/references.ts';
import type { FrozenPlan } from '../../../../src/domain/plan/seals.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { digestPlan } from '../../../../src/domain/planning/plan-digest.ts';
import type { Freeze } from '../../../../src/domain/policy/freezes-by-people.ts';
import { attestedRehearsal, type RehearsalRow } from '../../../../src/domain/rehearsal/statement.ts';
import type { TargetReview } from '../../../../src/domain/target/state.ts';
import type { PublicKey } from '../../../../src/domain/trust/public-key.ts';
import { attestationKeyOf } from '../../../../src/main/keys/attestation-key.ts';
import { goodJournal } from '../../../support/journal.ts';
import {
  digestFilledWith,
  environmentDocument,
  evidenceRows,
  planningInput,
  policyDocument,
  procedureDocument,
  procedureOfTwo,
  rehearsalDocuments,
  requestDocument,
} from '../../domain/planning-input.ts';
import { deploymentRow, freezeOf, rehearsalRow } from '../../store/rows.ts';

const frozen = freezePlan(planningInput());
const live = { release: '1.4.1', artifact: frozen.plan.artifact, since: '2026-11-19T10:02:44.190Z', deployment: null };

interface Known {
  /** Newest first. */
  readonly deployments?: readonly (readonly [outcome: string | null, plan: Plan, phase?: string])[];
  readonly isLiveKnown?: boolean;
  readonly live?: Partial<LiveRelease>;
  /** The deployment that has the lock. */
  readonly holder?: string;
  readonly freezes?: readonly Freeze[];
  readonly reviews?: readonly TargetReview[];
  /** Of the deployment that is to be reviewed; none: the store has forgotten it. */
  readonly journal?: readonly JournalEntry[];
  readonly rehearsals?: readonly RehearsalRow[];
  readonly attestationKeys?: readonly PublicKey[];
  /** What the store finds by the name of the release. */
  readonly sameName?: readonly DeploymentRow[];
  readonly policy?: unknown;
  readonly procedure?: unknown;
  readonly request?: unknown;
}

/** What is answered where this much is known. */
function previewed(known: Known) {
  const {
    deployments = [],
    isLiveKnown = true,
    live: liveThere = {},
    holder,
    freezes = [],
    reviews = [],
    journal = [],
    rehearsals = [],
    attestationKeys = [],
    sameName = [],
    ...documents
  } = known;
  const { procedure, procedureDigest, files, policy, policyDigest, catalog, request, requester } =
    planningInput(documents);
  const plans = new Map<string, Plan>();
  const items = deployments.map(([outcome, plan, phase = 'verifying'], i): DeploymentRow => {
    const { planDigest } = digestPlan(plan);
    plans.set(planDigest, plan);
    const { release, artifact } = plan;
    const more = { release, artifactDigest: artifact.digest, planDigest, outcome, phase };
    return deploymentRow(deployments.length - i, more);
  });
  const deps: unknown = {
    catalog,
    signingKeys: null,
    attestationKeys,
    now: () => Date.parse('2026-11-23T09:00:00.000Z'),
    policy: { read: async () => ({ policy, digest: policyDigest }) },
    procedures: { find: async () => ({ document: procedure, digest: procedureDigest, files, notExecutable: [] }) },
    gateway: { target: async () => ({ live: null, slot: null }) },
    store: {
      evidenceOf: async () => evidenceRows(),
      freezesOf: async () => freezes,
      rehearsalsOf: async () => rehearsals,
      refusedEvidenceOf: async () => [],
      target: async () =>
        isLiveKnown
          ? {
              live: { ...live, ...liveThere },
              slot: 'blue',
              reviews,
              lock: holder === undefined ? null : { deployment: holder, fence: 1, since: '2026-11-23T08:00:00.000Z' },
            }
          : null,
      deployments: async ({ release, isOpen }: { readonly release?: string; readonly isOpen?: true }) => ({
        items: release === undefined ? items.filter(({ outcome }) => !isOpen || outcome === null) : sameName,
        next: null,
      }),
      deployment: async () => (journal.length === 0 ? null : { planDigest: 'reviewed' }),
      journal: async () => journal,
      plan: async (digest: string) => (digest === 'reviewed' ? frozen.plan : (plans.get(digest) ?? null)),
    },
  };
  return preview(deps as ApiDeps, requester, request);
}

const released = (release: string): Plan => ({ ...frozen.plan, release });
const repair = { ...frozen.plan, repair: { of: 'shop.production.1' } as unknown as NonNullable<Plan['repair']> };

describe('what would be done', () => {
  it('is shown with the slots of what the target serves now, and without them where that is unknown', async () => {
    const undoOf = async (of: Parameters<typeof previewed>[0]) => {
      const { steps } = await previewed(of);
      expect(steps.map(({ id }) => id)).toEqual(frozen.plan.steps.map(({ id }) => id));
      return steps.find(({ id }) => id === 'switch')?.parts.find(({ name }) => name === 'undo')?.text;
    };
    expect(await undoOf({ isLiveKnown: true })).toBe('PUT http://127.0.0.1:4000/route slot=blue');
    expect(await undoOf({ isLiveKnown: false })).toBe('PUT http://127.0.0.1:4000/route slot=${slot.live.name}');
  });
});

describe('what would be measured', () => {
  it('is shown with its thresholds: health, all four groups of validation, the way back, and how long it is watched', async () => {
    const { checks } = await previewed({ live: { release: '1.4.1' } });
    expect(checks).toEqual([
      {
        part: 'health',
        says: ['front-door: http://127.0.0.1:4000/ → status 2xx, at 20/s; ≤ 3 of the last 20 samples failed'],
      },
      { part: 'smoke', says: ['home: http://127.0.0.1:4000/ → status 200'] },
      { part: 'performance', says: ['none: no metrics source in this environment'] },
      { part: 'integrations', says: ['none: the shop calls nobody'] },
      { part: 'features', says: ['checkout: ./shopctl try-checkout → exit 0'] },
      { part: 'rollback', says: ['previous: http://127.0.0.1:4000/ → status 2xx, /release = 1.4.1'] },
      { part: 'monitoring', says: ['watched for 15 min, then confirmed', 'support takes over within 4 h of its end'] },
    ]);
  });

  it('shows how long a check is tried for, or how many samples decide', async () => {
    const procedure = procedureDocument();
    const [home] = procedure.validation['smoke'] as JsonObject[];
    const smoke = [
      { ...home, within: '10s' },
      { ...home, id: 'often', count: 5, failureLimit: 1 },
    ];
    const { checks } = await previewed({
      procedure: { ...procedure, validation: { ...procedure.validation, smoke } },
    });
    expect(checks.find(({ part }) => part === 'smoke')?.says).toEqual([
      'home: http://127.0.0.1:4000/ → status 200, within 10 s',
      'often: http://127.0.0.1:4000/ → status 200, 5 samples, ≤ 1 failed',
    ]);
  });
});

describe('what changed', () => {
  it('is compared with the plan that ran last: not with one that changed nothing, still waits, or is a repair', async () => {
    const newer = [null, 'rejected', 'aborted', 'expired', 'superseded'].map(
      (outcome) => [outcome, released('9')] as const,
    );
    for (const outcome of ['succeeded', 'rolled-back', 'needs-intervention']) {
      const older = [[outcome, frozen.plan] as const, ['succeeded', released('1')] as const];
      const { changed } = await previewed({ deployments: [...newer, ['succeeded', repair], ...older] });
      expect(changed).toEqual([]);
    }
    const { changed, changedSince } = await previewed({ deployments: [['succeeded', released('1.4.1')]] });
    expect(changedSince).toMatchObject({ deployment: deploymentRow(1).id, release: '1.4.1' });
    expect(changed).toEqual([{ pointer: '/release', before: '1.4.1', after: '1.4.2' }]);
  });

  it('is listed leaf by leaf with values; of very many places the first 100 and how many more', async () => {
    const { plan } = frozen;
    const [first, ...rest] = plan.steps;
    const retry = { attempts: 9, backoffMs: 1, idempotent: true };
    const people = Array.from({ length: 150 }, (_, i) => ({
      subject: `key:p-${i}`,
      name: 'P',
      roles: [],
      aliases: [],
    }));
    const before = {
      ...plan,
      steps: [{ ...first, retry } as Plan['steps'][number], ...rest],
      policy: { ...plan.policy, people: [...plan.policy.people, ...people] },
    };
    const { changed, changedMore } = await previewed({ deployments: [['succeeded', before]] });
    expect(changed?.slice(0, 3)).toEqual([
      { pointer: '/steps/start-idle/retry/attempts', before: 9, after: 1 },
      { pointer: '/steps/start-idle/retry/backoffMs', before: 1, after: expect.any(Number) },
      { pointer: '/steps/start-idle/retry/idempotent', before: true, after: false },
    ]);
    expect(changed?.[3]).toEqual({ pointer: '/policy/people/key:p-0', before: people[0] });
    expect([changed?.length, changedMore]).toEqual([100, 53]);
  });

  it('is null where no plan ever ran', async () => {
    expect(await previewed({})).toMatchObject({ changed: null, changedMore: 0, changedSince: null });
    expect((await previewed({ deployments: [['rejected', frozen.plan]] })).changed).toBeNull();
  });
});

describe('the gates', () => {
  const stateOf = ({ gates }: Awaited<ReturnType<typeof previewed>>, name: string) =>
    gates.find(({ gate }) => gate === name)?.state;

  it('are all that the deployment will have, also those that only it can evaluate', async () => {
    const { plan, gates } = await previewed({});
    expect(gates.map(({ gate }) => gate)).toEqual(
      expect.arrayContaining([...requiredGates(plan), 'live-release', 'go']),
    );
    for (const name of ['health-answers', 'notified', 'rollback-checks'])
      expect(gates.find(({ gate }) => gate === name)).toMatchObject({
        state: 'waiting',
        required: expect.any(String),
        found: expect.stringMatching(/^not .* yet: /),
      });
  });

  it('ask for a live release to return to, save for the first deployment of a service', async () => {
    expect(stateOf(await previewed({}), 'live-release')).toBe('passed');
    expect(stateOf(await previewed({ isLiveKnown: false }), 'live-release')).toBe('blocked');

    const { slots: _, ...rest } = procedureDocument();
    const text = JSON.stringify(rest).replaceAll(/\$\{(live|slot\.live|slot\.idle)\.\w+\}/g, 'http://127.0.0.1:4001');
    const without = { procedure: JSON.parse(text) as unknown, isLiveKnown: false };
    expect(stateOf(await previewed(without), 'live-release')).toBe('blocked');

    const request = requestDocument();
    const first = { ...without, request: { ...request, change: { ...request.change, initial: true } } };
    expect(stateOf(await previewed(first), 'live-release')).toBe('not-required');
    expect(stateOf(await previewed(first), 'rollback-checks')).toBe('not-required');
  });
});

describe('the window', () => {
  const windowIn = ({ gates }: Awaited<ReturnType<typeof previewed>>) => gates.find(({ gate }) => gate === 'window');
  const policyWith = (windows: object) => ({
    ...policyDocument(),
    environments: { production: { ...environmentDocument(), windows } },
  });
  const allow = (start: string) => ({
    timeZone: 'Europe/Berlin',
    allow: [{ rrule: 'FREQ=DAILY', start, end: '16:00' }],
  });

  it('is not required where the policy names none, and open while a freeze holds', async () => {
    expect(windowIn(await previewed({}))).toMatchObject({ state: 'not-required' });
    const freezes = [freezeOf('f1', { kind: 'everything' }, { from: '2026-11-23T08:00:00.000Z' })];
    expect(windowIn(await previewed({ freezes }))).toMatchObject({
      state: 'waiting',
      required: 'no freeze',
      opens: null,
      found: expect.stringContaining('an incident (freeze f1)'),
    });
  });

  it('shows when it closes, or when it opens', async () => {
    const required = `FREQ=DAILY 09:00–16:00 in Europe/Berlin (time zone data ${process.versions['tz']}), no freeze`;
    expect(windowIn(await previewed({ policy: policyWith(allow('09:00')) }))).toMatchObject({
      state: 'passed',
      required,
      found: expect.stringContaining('until 2026-11-23T15:00:00.000Z'),
    });
    expect(windowIn(await previewed({ policy: policyWith(allow('11:00')) }))).toMatchObject({
      state: 'waiting',
      opens: '2026-11-23T10:00:00.000Z',
    });
  });
});

describe('what would hold it, and become of it', () => {
  const policyWith = (windows: object, more: object = {}) => ({
    ...policyDocument(),
    environments: { production: { ...environmentDocument(), windows, ...more } },
  });
  const daily = (start: string, runway?: string) => ({
    timeZone: 'Europe/Berlin',
    allow: [{ rrule: 'FREQ=DAILY', start, end: '16:00' }],
    ...(runway === undefined ? {} : { runway }),
  });
  const another = { uri: 'other', digest: digestFilledWith('7') };
  const other = (release: string): Plan => ({ ...released(release), artifact: another });
  const noticesOf = async (known: Known) => (await previewed({ live: { artifact: another }, ...known })).outlook;

  it('is nothing where nothing is in its way', async () => {
    expect(await noticesOf({ deployments: [['succeeded', other('1.4.1')]] })).toEqual([]);
  });

  it('shows which freeze holds it until when, and that it expires where that is too late or never', async () => {
    const freeze = (until?: string) =>
      freezeOf('f1', { kind: 'everything' }, { from: '2026-11-23T08:00:00.000Z', ...(until ? { until } : {}) });
    const until = (time: string) => noticesOf({ freezes: [freeze(time)] });
    expect(await until('2026-11-23T12:00:00.000Z')).toEqual([
      {
        about: 'window',
        says: expect.stringMatching(
          /^It would be held now: frozen by key:\w+ .* until 2026-11-23T12:00:00\.000Z: an incident \(freeze f1\)\. It can begin at 2026-11-23T12:00:00\.000Z\.$/,
        ),
        opens: '2026-11-23T12:00:00.000Z',
      },
    ]);
    const late =
      'unless the freeze is lifted before, it ends as expired: it waits for its window for 7 d at most, and its approvals last until 2026-11-24T09:00:00.000Z.';
    expect(await until('2026-11-30T12:00:00.000Z')).toMatchObject([
      { says: expect.stringContaining(`It can begin at 2026-11-30T12:00:00.000Z, and ${late}`) },
    ]);
    expect(await noticesOf({ freezes: [freeze()] })).toMatchObject([
      { says: expect.stringContaining(`It does not open by itself, and ${late}`), opens: null },
    ]);
  });

  it('shows when a closed window opens, and until when an open one lets it begin', async () => {
    expect(await noticesOf({ policy: policyWith(daily('11:00')) })).toEqual([
      {
        about: 'window',
        says: 'It would be held now: outside every window (Europe/Berlin). It can begin at 2026-11-23T10:00:00.000Z.',
        opens: '2026-11-23T10:00:00.000Z',
      },
    ]);
    // Runway included, and the opening after it.
    expect(await noticesOf({ policy: policyWith(daily('09:00', '1h')) })).toEqual([
      {
        about: 'window',
        says: expect.stringMatching(
          /^It can begin until 2026-11-23T14:00:00\.000Z: within .*, closes 2026-11-23T15:00:00\.000Z\. If it is approved later, it waits until 2026-11-24T08:00:00\.000Z\.$/,
        ),
        opens: '2026-11-24T08:00:00.000Z',
      },
    ]);
    // Approvals would lapse before.
    const soon = { approvals: { ...environmentDocument().approvals, expireAfter: '2h' } };
    expect(await noticesOf({ policy: policyWith(daily('09:00', '1h'), soon) })).toEqual([]);
    expect(
      await noticesOf({
        freezes: [freezeOf('f2', { kind: 'everything' }, { from: '2026-11-23T20:00:00.000Z' })],
      }),
    ).toMatchObject([
      {
        says: expect.stringMatching(
          /^It can begin until 2026-11-23T20:00:00\.000Z: .*\(freeze f2\)\)\. Nothing opens by itself after that\.$/,
        ),
      },
    ]);
  });

  it('shows who has the target, and that it must be resolved first', async () => {
    const waits = 'this one waits for it for 1 d at most.';
    const holder = 'shop.production.2';
    const holding = (outcome: string | null, phase: string) =>
      noticesOf({
        holder,
        deployments: [
          [outcome, other('1.4.1'), phase],
          ['succeeded', other('1.4.0')],
        ],
      });
    expect((await holding(null, 'executing'))[0]).toEqual({
      about: 'target',
      says: `${holder} (1.4.1) has the target and is in executing: ${waits}`,
      deployments: [holder],
    });
    expect(await holding('needs-intervention', 'ended')).toMatchObject([
      { says: expect.stringContaining(`has the target and needs a person: until somebody resolves it`) },
    ]);
  });

  it('shows which older deployments end as superseded, and which is of this very artifact', async () => {
    const deployments = [
      [null, frozen.plan, 'awaiting-approval'],
      [null, other('1.4.1'), 'awaiting-window'],
    ] as const;
    expect(await noticesOf({ deployments })).toEqual([
      {
        about: 'order',
        says: 'There are 2 older deployments open: shop.production.1 (1.4.1) in awaiting-window, shop.production.2 (1.4.2) of this very artifact in awaiting-approval; once this one is confirmed, they end as superseded where nothing was changed yet; one that gets the target first goes first, and one that is requested later does the same to this one.',
        deployments: ['shop.production.1', 'shop.production.2'],
      },
    ]);
  });

  it('shows that it serves already, or that it would go back to what served before', async () => {
    const deployments = [
      ['succeeded', other('1.5.0')],
      ['succeeded', frozen.plan],
    ] as const;
    const now = { deployment: 'shop.production.2', release: '1.5.0' };
    expect(await noticesOf({ deployments, live: { ...now, artifact: another } })).toEqual([
      {
        about: 'release',
        says: 'It goes back to an older release: this artifact came here as shop.production.1 (1.4.2), before 1.5.0 (shop.production.2), which serves now. Nothing keeps it from that.',
        deployments: ['shop.production.1'],
      },
    ]);
    expect(await noticesOf({ deployments, live: { ...now, artifact: frozen.plan.artifact } })).toMatchObject([
      {
        says: expect.stringMatching(
          /^The target serves this very artifact already, as 1\.5\.0 \(shop\.production\.2\)/,
        ),
      },
    ]);
    // A repair has brought nothing that serves.
    const repaired = [
      ['succeeded', other('1.5.0')],
      ['succeeded', repair],
    ] as const;
    expect(await noticesOf({ deployments: repaired, live: { ...now, artifact: another } })).toEqual([]);
  });
});

describe('a review of an emergency', () => {
  const review: TargetReview = {
    deployment: 'shop.production.6',
    dueAt: '2026-11-22T09:00:00.000Z',
    isOverdue: true,
    blocksNext: true,
    excluded: ['key:bob'],
  };
  const gateOf = async (known: Known) => (await previewed(known)).gates.find(({ gate }) => gate === 'review');

  it('that is overdue blocks, and names the operators who neither requested nor wrote the emergency', async () => {
    const found = `The review of the emergency shop.production.6 was due ${review.dueAt}: close it first (POST /v1/targets/shop/production/review).`;
    expect(await gateOf({ reviews: [review] })).toEqual({
      gate: 'review',
      state: 'blocked',
      required: 'no review of an emergency is overdue',
      found,
      reason: found,
      who: [
        { subject: 'key:carol', name: 'Carol Lind', role: 'service-owner' },
        { subject: 'key:carol', name: 'Carol Lind', role: 'change-manager' },
      ],
    });
    // Whoever owns another service only is no operator here.
    const policy = { ...policyDocument(), services: { shop: { owners: ['key:bob'] } } };
    expect((await gateOf({ reviews: [{ ...review, excluded: [] }], policy }))?.who).toEqual([
      { subject: 'key:bob', name: 'Bob May', role: 'service-owner' },
      { subject: 'key:carol', name: 'Carol Lind', role: 'change-manager' },
    ]);
  });

  it('does not name approvers of the emergency', async () => {
    const { journal } = goodJournal();
    const approved = journal.flatMap((entry) => (entry.type === 'approval-granted' ? [entry.by.subject] : []));
    expect(approved).toContain('key:carol');
    expect(approved).toContain('key:bob');
    const people = [...policyDocument().people, { subject: 'key:olga', name: 'Olga Own', roles: ['change-manager'] }];
    const known = { reviews: [{ ...review, excluded: [] }], policy: { ...policyDocument(), people } };
    expect((await gateOf({ ...known, journal }))?.who).toEqual([
      { subject: 'key:olga', name: 'Olga Own', role: 'change-manager' },
    ]);
    expect((await gateOf(known))?.who?.map(({ subject }) => subject)).toContain('key:carol');
  });

  it('that is not due yet, or keeps nothing away, is no gate', async () => {
    expect(await gateOf({})).toBeUndefined();
    expect(await gateOf({ reviews: [{ ...review, isOverdue: false }] })).toBeUndefined();
    expect(await gateOf({ reviews: [{ ...review, blocksNext: false }] })).toBeUndefined();
  });

  it('does not keep another emergency away', async () => {
    const terms = { role: 'support', waives: [], review: { within: '48h', blocksNext: true } };
    const environments = { production: { ...environmentDocument(), emergency: terms } };
    const request = { ...requestDocument(), change: { ...requestDocument().change, type: 'emergency' } };
    const known = { reviews: [review], policy: { ...policyDocument(), environments } };
    expect(await gateOf({ ...known, request })).toBeUndefined();
    expect(await gateOf(known)).toMatchObject({ state: 'blocked' });
  });
});

describe('who could open a window', () => {
  const staging = { ...environmentDocument(), operators: ['service-owner', 'support'] };
  const policy = (production: object = {}, more: object = {}) => ({
    ...policyDocument(),
    environments: { production: { ...environmentDocument(), operators: ['change-manager'], ...production }, staging },
    ...more,
  });
  const from = '2026-11-23T08:00:00.000Z';
  const whoOf = async (freezes: readonly Freeze[], asked: object = policy()) => {
    const { gates } = await previewed({ policy: asked, procedure: procedureOfTwo(), freezes });
    return gates.find(({ gate }) => gate === 'window')?.who?.map(({ subject, role }) => `${subject} ${role}`);
  };

  it('is an operator who may lift the freeze that holds', async () => {
    const production = freezeOf('f1', { kind: 'environment', environment: 'production' }, { from });
    expect(await whoOf([production])).toEqual(['key:carol change-manager']);
    // It takes an operator of each environment that it stops; Bob is one of staging only.
    expect(await whoOf([freezeOf('f2', { kind: 'everything' }, { from })])).toEqual(['key:carol change-manager']);
    const owned = policy({ operators: ['service-owner'] }, { services: { shop: { owners: ['key:bob'] } } });
    const target = freezeOf('f3', { kind: 'target', service: 'shop', environment: 'production' }, { from });
    expect(await whoOf([target], owned)).toEqual(['key:bob service-owner']);
    expect(await whoOf([production], owned)).toEqual(['key:bob service-owner', 'key:carol service-owner']);
    expect(await whoOf([production, target], owned)).toEqual(['key:bob service-owner', 'key:carol service-owner']);
  });

  it('is empty where no freeze by people holds it', async () => {
    const allow = [{ rrule: 'FREQ=DAILY', start: '11:00', end: '16:00' }];
    const windows = { timeZone: 'Europe/Berlin', allow };
    expect(await whoOf([], policy({ windows }))).toBeUndefined();
    const announced = freezeOf('f1', { kind: 'everything' }, { from: '2026-11-24T08:00:00.000Z' });
    expect(await whoOf([announced], policy({ windows }))).toBeUndefined();
    const own = { ...windows, freezes: [{ from: '2026-11-23T00:00', until: '2026-11-23T12:00', reason: 'a launch' }] };
    expect(await whoOf([], policy({ windows: own }))).toBeUndefined();
  });

  it('includes those who may lift a freeze that begins before the runway is over', async () => {
    const windows = { timeZone: 'UTC', allow: [{ rrule: 'FREQ=DAILY', start: '08:00', end: '16:00' }], runway: '2h' };
    const announced = freezeOf('f1', { kind: 'everything' }, { from: '2026-11-23T10:00:00.000Z' });
    expect(await whoOf([announced], policy({ windows }))).toEqual(['key:carol change-manager']);
    const later = freezeOf('f2', { kind: 'everything' }, { from: '2026-11-23T15:00:00.000Z' });
    expect(await whoOf([later], policy({ windows }))).toBeUndefined();
  });
});

describe('a rehearsal', () => {
  const { policy, procedure } = rehearsalDocuments();
  const gateWhere = async (known: Known) =>
    (await previewed({ policy, procedure, ...known })).gates.find(({ gate }) => gate === 'rehearsal');
  const [own, other] = [1, 2].map((byte) => attestationKeyOf(new Uint8Array(32).fill(byte)));
  if (!own || !other) throw new Error('no keys');
  const { digest: _digest, envelope: _none, ...rehearsed } = rehearsalRow();
  const signed = attestedRehearsal(rehearsed, own);
  const forged = { ...signed, verifiedAt: '2026-11-21T14:22:08.911Z' };

  it('that was not requested yet can be requested by people, and by pipelines of this service', async () => {
    const robot = (subject: string, services: string[]) => ({ subject, name: subject, may: ['request'], services });
    const robots = [robot('key:ci-api', ['api']), robot('key:ci-shop', ['shop'])];
    const whoOf = async (more: object) =>
      (await gateWhere({ policy: { ...policy, robots, ...more } }))?.who?.map(({ subject }) => subject);
    expect(await whoOf({})).toEqual(['key:alice', 'key:bob', 'key:carol', 'key:dan', 'key:ci-shop']);
    const services = { shop: { owners: ['key:bob'], requesters: ['github:alice'] } };
    expect(await whoOf({ services })).toEqual(['key:alice', 'key:ci-shop']);
  });

  it('passes only by what can be verified here, and blocks by what is false', async () => {
    const attestationKeys = [own];
    expect(await gateWhere({ rehearsals: [rehearsalRow()] })).toMatchObject({ state: 'passed' });
    expect(await gateWhere({ rehearsals: [signed], attestationKeys })).toMatchObject({ state: 'passed' });
    for (const known of [[], [other]])
      for (const row of [signed, forged])
        expect(await gateWhere({ rehearsals: [row], attestationKeys: known })).toMatchObject({
          state: 'waiting',
          found: expect.stringContaining('could not be verified here'),
        });
    expect(await gateWhere({ rehearsals: [forged], attestationKeys })).toMatchObject({ state: 'blocked' });
  });
});

it('names deployments of another release by the same name, whose digest is another', async () => {
  const { release, artifact } = frozen.plan;
  const row = (number: number, more: Partial<DeploymentRow>) => deploymentRow(number, { release, ...more });
  const other = digestFilledWith('7');
  const sameName = [
    row(9, { environment: 'staging', artifactDigest: other }),
    row(8, { artifactDigest: artifact.digest }),
    ...Array.from({ length: 7 }, (_, i) => row(7 - i, { artifactDigest: other })),
  ];
  expect((await previewed({ sameName })).sameName).toEqual([
    { deployment: 'shop.staging.9', artifactDigest: other },
    ...[7, 6, 5, 4].map((number) => ({ deployment: `shop.production.${number}`, artifactDigest: other })),
  ]);
  expect((await previewed({})).sameName).toEqual([]);
});

it('is the plan that a request would freeze', async () => {
  const { plan, planDigest } = await previewed({});
  expect({ plan, planDigest }).toEqual(frozen satisfies FrozenPlan);
});

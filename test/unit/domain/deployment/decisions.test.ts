import { describe, expect, it } from 'vitest';
import { type Outcome, type Phase, phases } from '../../../../src/domain/base/phases.ts';
import { stages } from '../../../../src/domain/base/stages.ts';
import { isApproved, missingFor } from '../../../../src/domain/deployment/approvals.ts';
import { decide } from '../../../../src/domain/deployment/decide-message.ts';
import { outcomeBeforeChange } from '../../../../src/domain/deployment/outcome-before-change.ts';
import { outstandingSteps } from '../../../../src/domain/deployment/rollback-order.ts';
import { type DeploymentState, initialState, stateOf } from '../../../../src/domain/deployment/state.ts';
import { statusOf } from '../../../../src/domain/deployment/status.ts';
import { evaluateStages } from '../../../../src/domain/evidence/evaluate-stages.ts';
import { type EvidenceRow } from '../../../../src/domain/evidence/evidence.ts';
import { statementSchema } from '../../../../src/domain/evidence/statement.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Actor, StopCause } from '../../../../src/domain/journal/values.ts';
import { type Message, type MessageName, messageNames } from '../../../../src/domain/messages/messages.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { bob, carol, dan, goodJournal, rolledBackJournal } from '../../../support/journal.ts';
import { artifactDigest, digestFilledWith, evidenceRows, planningInput } from '../planning-input.ts';

const { plan, planDigest } = freezePlan(planningInput());
const alice: Actor = { ...bob, subject: 'key:alice', name: 'Alice Roe' };
const robot: Actor = { ...bob, subject: 'key:ci-shop', name: 'CI of shop' };
const at = '2026-11-23T09:00:00.000Z';

/** A journal of these entries, all at one time. */
function journalOf(...bodies: EntryBody[]): readonly JournalEntry[] {
  return bodies.map((body, i) => ({ v: 1, seq: i + 1, at, ...body }));
}

const grant = (by: Actor, role: string, gate = 'start'): EntryBody => ({
  type: 'approval-granted',
  by,
  gate,
  role,
  planDigest,
  expiresAt: null,
});

function stateIn(phase: Phase, ...bodies: EntryBody[]): DeploymentState {
  const state = stateOf(plan, journalOf({ type: 'phase-entered', phase }, ...bodies));
  return { ...state, requestedAt: at };
}

describe('evidence', () => {
  const maxAgeMs = 7 * 86_400_000;
  const now = Date.parse('2026-11-23T09:00:00.000Z');
  const evaluate = (rows: readonly EvidenceRow[], at = now) =>
    Object.fromEntries(evaluateStages(rows, artifactDigest, at, maxAgeMs).map(({ stage, fault }) => [stage, fault]));
  const having = (stage: string, change: Partial<EvidenceRow>) =>
    evidenceRows().map((row) => (row.stage === stage ? { ...row, ...change } : row));
  const none = { integration: null, context: null, system: null, learning: null, production: null };

  it('passes when all five stages passed in order', () => expect(evaluate(evidenceRows())).toStrictEqual(none));

  it.each(stages)('misses %s', (stage) => {
    const found = evaluate(evidenceRows().filter((row) => row.stage !== stage));
    expect(found[stage]).toBe('missing');
  });

  it.each(['FAILED', 'WARNED'] as const)('takes %s for a failure', (result) => {
    expect(evaluate(having('learning', { result }))).toStrictEqual({ ...none, learning: 'failed' });
  });

  it('counts for its own artifact digest only', () => {
    expect(evaluate(having('system', { artifactDigest: digestFilledWith('0') }))['system']).toBe('missing');
  });

  it('may be exactly as old as policy allows, and no older', () => {
    const finished = Date.parse('2026-11-23T04:30:00.000Z');
    expect(evaluate(evidenceRows(), finished + maxAgeMs)).toStrictEqual(none);
    expect(evaluate(evidenceRows(), finished + maxAgeMs + 1)).toStrictEqual({ ...none, integration: 'too-old' });
  });

  it('may be ahead of the clock by 60 s, and no more', () => {
    const finished = Date.parse('2026-11-23T08:30:00.000Z');
    expect(evaluate(evidenceRows(), finished - 60_000)).toStrictEqual(none);
    expect(evaluate(evidenceRows(), finished - 60_001)).toStrictEqual({ ...none, production: 'from-the-future' });
  });

  it('starts no earlier than the second in which the stage before it finished', () => {
    const context = (startedOn: string) => evaluate(having('context', { startedOn }))['context'];
    expect(context('2026-11-23T04:30:00.000Z')).toBeNull();
    expect(context('2026-11-23T04:29:59.999Z')).toBe('out-of-order');
  });

  it('is the newest of its stage, even when an older one passed', () => {
    const [, , , , production] = evidenceRows() as [EvidenceRow, EvidenceRow, EvidenceRow, EvidenceRow, EvidenceRow];
    const newer = { ...production, result: 'FAILED', finishedOn: '2026-11-23T08:40:00.000Z' } as const;
    expect(evaluate([newer, ...evidenceRows()])['production']).toBe('failed');
    expect(evaluate([...evidenceRows(), newer])['production']).toBe('failed');
  });

  it('does not finish before it starts', () => {
    const statement = (finishedOn: string) => ({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: 'a'.repeat(64) } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'PASSED',
        configuration: [],
        stage: 'system',
        startedOn: '2026-11-23T08:00:00Z',
        finishedOn,
      },
    });
    expect(statementSchema.safeParse(statement('2026-11-23T08:00:00Z')).success).toBe(true);
    expect(statementSchema.safeParse(statement('2026-11-23T07:59:59Z')).success).toBe(false);
    expect(statementSchema.safeParse(statement('2026-11-23T08:00:00+01:00')).success).toBe(false);
  });
});

const approve = (by: Actor, more: object = {}): Message => ({
  name: 'approve',
  argument: { by: by.subject, planDigest, gate: 'start', ...more },
});

const answer = (state: DeploymentState, actor: Actor, message: Message) => {
  const decision = decide({ plan, planDigest, state, actor }, message);
  return decision.kind === 'refused' ? decision.code : decision.entries.map(({ type }) => type).join(' ');
};

describe('approvals', () => {
  const open = stateIn('awaiting-approval');

  it('count by the roles held now, where the API reports them', () => {
    const held = (heldNow: readonly string[] | null) =>
      decide({ plan, planDigest, state: open, actor: bob, heldNow }, approve(bob));
    expect(held(null).kind).toBe('accepted');
    expect(held(['service-owner']).kind).toBe('accepted');
    expect(held([])).toMatchObject({ code: 'role-missing' });
    // Nobody gets a role that the plan does not know of them.
    expect(held(['change-manager'])).toMatchObject({ code: 'role-missing' });
  });

  it('count for one rule each', () => {
    const state = stateIn('awaiting-approval', grant(bob, 'service-owner'));
    expect(missingFor(plan, state.approvals, 'start')).toStrictEqual([{ role: 'change-manager', minimum: 1 }]);
    expect(answer(state, carol, approve(carol, { role: 'change-manager' }))).toBe('approval-granted');
    expect(
      isApproved(
        plan,
        stateIn('executing', grant(bob, 'service-owner'), grant(carol, 'change-manager')).approvals,
        'start',
      ),
    ).toBe(true);
    expect(isApproved(plan, [], 'watch')).toBe(false);
  });

  it('of the start are taken until they would lapse, and not from then on', () => {
    const lapse = Date.parse(at) + plan.policy.approvals.expireAfterMs;
    const said = (now: number, message = approve(bob)) =>
      decide({ plan, planDigest, state: open, actor: bob, now }, message);
    expect(said(lapse - 1)).toMatchObject({ kind: 'accepted', entries: [{ type: 'approval-granted' }] });
    for (const now of [lapse, lapse + 86_400_000])
      expect(said(now)).toMatchObject({ code: 'not-waiting', detail: expect.stringContaining('lapsed') as string });
    // A rejection counts whenever it comes.
    expect(said(lapse, { name: 'reject', argument: approve(bob).argument } as Message)).toMatchObject({
      kind: 'accepted',
    });
    const until = '2026-11-23T10:00:00.000Z';
    const wait = { kind: 'gate', then: 'rolls back', step: 'go', role: 'service-owner', until } as const;
    const gate = stateIn('executing', { type: 'waiting-started', wait });
    const atGate = decide({ plan, planDigest, state: gate, actor: bob, now: lapse }, approve(bob, { gate: 'go' }));
    expect(atGate.kind).toBe('accepted');
  });

  it('that name no gate are answered with the one that waits, where the sender has approved the start', () => {
    const until = '2026-11-23T10:00:00.000Z';
    const wait = { kind: 'gate', then: 'rolls back', step: 'go', role: 'service-owner', until } as const;
    const atGate = stateIn('executing', grant(bob, 'service-owner'), { type: 'waiting-started', wait });
    expect(decide({ plan, planDigest, state: atGate, actor: bob }, approve(bob))).toMatchObject({
      code: 'already-approved',
      detail: 'key:bob has approved start already. Gate go waits for approval: name it, with "gate": "go".',
    });
    expect(decide({ plan, planDigest, state: open, actor: bob }, approve(bob)).kind).toBe('accepted');
  });

  it('of one person never fill two rules, nor one rule twice', () => {
    const state = stateIn('awaiting-approval', grant(carol, 'service-owner'));
    expect(answer(state, carol, approve(carol, { role: 'change-manager' }))).toBe('already-approved');
    const twice = stateIn('awaiting-approval', grant(bob, 'service-owner'), grant(bob, 'service-owner'));
    const wanting = {
      ...plan,
      policy: {
        ...plan.policy,
        approvals: { ...plan.policy.approvals, rules: [{ role: 'service-owner', minimum: 2 }] },
      },
    };
    expect(missingFor(wanting, twice.approvals, 'start')).toStrictEqual([{ role: 'service-owner', minimum: 1 }]);
  });

  it.each([
    ['of whom it is requested for', alice, {}, 'self-approval'],
    ['for another plan', bob, { planDigest: digestFilledWith('0') }, 'plan-changed'],
    ['without a role that counts', dan, {}, 'role-missing'],
    ['in a role that the person has not', bob, { role: 'change-manager' }, 'role-missing'],
    ['in a role that no rule names', carol, { role: 'support' }, 'role-missing'],
    ['where several roles fit and none is named', carol, {}, 'malformed'],
    ['of a robot', robot, {}, 'forbidden'],
    ['of somebody unknown', { ...bob, subject: 'key:eve' }, {}, 'forbidden'],
    ['at a gate that does not exist', bob, { gate: 'nowhere' }, 'not-waiting'],
    ['at a step that is no gate', bob, { gate: 'watch' }, 'not-waiting'],
    ['at a gate that nobody waits at yet', bob, { gate: 'go' }, 'not-waiting'],
  ])('%s are refused', (_, by, more, code) => {
    expect(answer(open, by, approve(by, more))).toBe(code);
  });

  it('of an author, who goes by an alias, are refused', () => {
    const change = { ...plan.change, onBehalfOf: null, authors: ['github:bob'] };
    const decision = decide({ plan: { ...plan, change }, planDigest, state: open, actor: bob }, approve(bob));
    expect(decision).toMatchObject({ kind: 'refused', code: 'self-approval' });
  });

  it('are answered as accepted when one is repeated, however far the deployment has come meanwhile', () => {
    const approvals = [grant(bob, 'service-owner'), grant(carol, 'change-manager')];
    for (const phase of ['awaiting-window', 'awaiting-target', 'executing'] as const) {
      expect(answer(stateIn(phase, ...approvals), bob, approve(bob))).toBe('already-approved');
      expect(answer(stateIn(phase, ...approvals), bob, approve(bob, { planDigest: digestFilledWith('0') }))).not.toBe(
        'already-approved',
      );
    }
  });

  it('can be withdrawn by who gave them, and given again', () => {
    const withdraw: Message = { name: 'withdraw', argument: { by: 'key:bob', planDigest, gate: 'start' } };
    const given = stateIn('awaiting-approval', grant(bob, 'service-owner'));
    expect(answer(given, bob, withdraw)).toBe('approval-withdrawn');
    expect(answer(given, carol, { ...withdraw, argument: { ...withdraw.argument, by: 'key:carol' } })).toBe(
      'not-waiting',
    );
    const gone = stateIn('awaiting-approval', grant(bob, 'service-owner'), {
      type: 'approval-withdrawn',
      by: bob,
      gate: 'start',
    });
    expect(gone.approvals).toStrictEqual([]);
    expect(answer(gone, bob, approve(bob))).toBe('approval-granted');
  });

  it('that have lapsed count no more', () => {
    const after = stateIn('awaiting-approval', grant(bob, 'service-owner'), {
      type: 'approval-lapsed',
      subject: 'key:bob',
      gate: 'start',
      why: 'x',
    });
    expect(after.approvals).toStrictEqual([]);
  });
});

describe('messages', () => {
  const wait = (kind: 'gate' | 'manual', step: string): EntryBody => ({
    type: 'waiting-started',
    wait: { kind, until: null, then: 'rolls back', step },
  });
  const manual = {
    ...plan,
    steps: [
      ...plan.steps,
      {
        id: 'call',
        title: 'Call',
        kind: 'manual',
        instructions: 'Call',
        role: 'support',
        withinMs: 1,
        undo: { kind: 'none', reason: 'x' },
      } as const,
    ],
  };
  const sent: { readonly [name in MessageName]: readonly [Actor, Message] } = {
    approve: [bob, approve(bob)],
    reject: [bob, { name: 'reject', argument: { by: 'key:bob', planDigest, gate: 'start' } }],
    withdraw: [carol, { name: 'withdraw', argument: { by: 'key:carol', planDigest, gate: 'start' } }],
    abort: [dan, { name: 'abort', argument: { by: 'key:dan' } }],
    pause: [dan, { name: 'pause', argument: { by: 'key:dan' } }],
    resume: [dan, { name: 'resume', argument: { by: 'key:dan' } }],
    acknowledge: [dan, { name: 'acknowledge', argument: { by: 'key:dan', for: 'readiness' } }],
    'complete-step': [dan, { name: 'complete-step', argument: { by: 'key:dan', step: 'call', result: 'done' } }],
    note: [dan, { name: 'note', argument: { by: 'key:dan', severity: 'minor', statement: 'x' } }],
  };
  const before = ['verifying', 'awaiting-approval', 'awaiting-window', 'awaiting-target'] as const;
  const after = ['validating', 'documenting', 'monitoring', 'handing-over', 'rolling-back'] as const;
  const every = [...before, 'executing', ...after] as const;
  const takes: { readonly [name in MessageName]: readonly Phase[] } = {
    approve: [...before, 'executing'],
    reject: [...before, 'executing'],
    withdraw: [...before, 'executing'],
    abort: every.filter((phase) => phase !== 'handing-over'),
    pause: [...before, 'executing', 'validating', 'documenting'],
    resume: [...before, 'executing', 'validating', 'documenting'],
    acknowledge: ['verifying', 'monitoring', 'handing-over'],
    'complete-step': ['executing'],
    note: every,
  };
  const refusals = ['too-early', 'too-late', 'wrong-phase'];

  it.each(phases.flatMap((phase) => messageNames.map((name) => [phase, name] as const)))('in %s: %s', (phase, name) => {
    const [actor, message] = sent[name];
    const paused = name === 'resume' ? [{ type: 'paused', by: dan } as const] : [];
    const ended = phase === 'ended' ? [{ type: 'ended', outcome: 'succeeded', cause: null } as const] : [];
    const state = stateIn(
      phase,
      grant(carol, 'change-manager'),
      ...paused,
      wait('manual', 'call'),
      wait('gate', 'go'),
      ...ended,
    );
    const inPhase: Message =
      name === 'acknowledge' && phase !== 'verifying'
        ? { name, argument: { by: 'key:dan', for: 'handoff' } }
        : phase === 'executing' && (message.name === 'approve' || message.name === 'reject')
          ? { ...message, argument: { ...message.argument, gate: 'go' } }
          : message;
    const decision = decide({ plan: manual, planDigest, state, actor }, inPhase);
    const code = decision.kind === 'refused' ? decision.code : 'accepted';
    const expected = takes[name].includes(phase) ? ['accepted'] : phase === 'ended' ? ['ended'] : refusals;
    expect(expected).toContain(code);
  });

  it.each(every)(
    'in %s a page is acknowledged while it is open, by whoever holds a role that the plan names',
    (phase) => {
      const opened = { type: 'page-opened', page: '1', until: '2026-11-23T09:05:00.000Z' } as const;
      const of = (by: Actor, ...entries: EntryBody[]) => {
        const state = stateIn(phase, ...entries);
        const said = { name: 'acknowledge', argument: { by: by.subject, for: 'page' } } as const;
        const decision = decide({ plan, planDigest, state, actor: by }, said);
        return decision.kind === 'refused' ? decision.code : decision.entries;
      };
      expect(of(carol)).toBe('not-waiting');
      expect(of(carol, opened)).toMatchObject([{ type: 'acknowledged', for: 'page', role: expect.any(String) }]);
      expect(of(alice, opened)).toBe('role-missing');
      const acknowledged = { type: 'acknowledged', by: carol, for: 'page', role: 'change-manager' } as const;
      expect(of(carol, opened, acknowledged)).toBe('not-waiting');
      expect(of(carol, opened, { type: 'page-ended', page: '1', rounds: 2, acknowledgement: null })).toBe(
        'not-waiting',
      );
    },
  );

  it('abort is too late once the deployment is confirmed, whatever its phase', () => {
    const live = { release: '1.4.2', artifact: plan.artifact, since: '2026-11-23T09:00:00.000Z', deployment: 'x' };
    const state = stateIn('monitoring', { type: 'confirmed', live, slot: 'green' });
    const decision = decide({ plan, planDigest, state, actor: dan }, { name: 'abort', argument: { by: 'key:dan' } });
    expect(decision).toMatchObject({ kind: 'refused', code: 'too-late' });
  });

  it('an approval of the start is not taken back after the first change', () => {
    const message = { name: 'withdraw', argument: { by: 'key:carol', planDigest, gate: 'start' } } as const;
    const granted = grant(carol, 'change-manager');
    const of = (state: DeploymentState) => decide({ plan, planDigest, state, actor: carol }, message);
    expect(of(stateIn('executing', granted)).kind).toBe('accepted');
    const changed = stateIn('executing', granted, { type: 'step-started', step: plan.steps[0]?.id ?? '', attempt: 1 });
    expect(of(changed)).toMatchObject({ kind: 'refused', code: 'too-late' });
  });

  it('an approval of a gate is not taken back once the gate was passed', () => {
    const message = { name: 'withdraw', argument: { by: 'key:bob', planDigest, gate: 'go' } } as const;
    const of = (...more: EntryBody[]) =>
      decide({ plan, planDigest, state: stateIn('executing', ...more), actor: bob }, message);
    const waits: EntryBody = {
      type: 'waiting-started',
      wait: { kind: 'gate', then: 'rolls back', step: 'go', role: 'service-owner', until: '2026-11-23T10:00:00.000Z' },
    };
    const granted = { ...grant(bob, 'service-owner'), gate: 'go' } as EntryBody;
    expect(of(waits, granted).kind).toBe('accepted');
    const passed = of(waits, granted, { type: 'waiting-ended', kind: 'gate' });
    expect(passed).toMatchObject({ kind: 'refused', code: 'too-late' });
  });

  it('a repair takes nothing but notes', () => {
    const state = stateIn('rolling-back');
    const repair = { ...plan, repair: {} as NonNullable<Plan['repair']> };
    const of = (message: Message) => decide({ plan: repair, planDigest, state, actor: dan }, message);
    expect(of({ name: 'abort', argument: { by: 'key:dan' } })).toMatchObject({ kind: 'refused', code: 'wrong-phase' });
    const note = { by: 'key:dan', severity: 'minor', statement: 'x' } as const;
    expect(of({ name: 'note', argument: note }).kind).toBe('accepted');
  });

  it('abort is taken from any person and from the robot that requested, but from no other robot', () => {
    const abort = { name: 'abort', argument: { by: 'key:x' } } as const;
    const other = { ...robot, subject: 'key:ci-other' };
    const policy = { ...plan.policy, robots: [...plan.policy.robots, { subject: other.subject, name: 'x', may: [] }] };
    const state = stateIn('executing');
    const of = (actor: Actor) => decide({ plan: { ...plan, policy }, planDigest, state, actor }, abort).kind;
    expect([of(dan), of(alice), of(robot), of(other)]).toStrictEqual(['accepted', 'accepted', 'accepted', 'refused']);
  });

  it('an abort is taken again and again, and journaled once', () => {
    const aborted = stateIn('rolling-back', { type: 'abort-requested', by: dan });
    const decision = decide({ plan, planDigest, state: aborted, actor: alice }, sent.abort[1]);
    const stops = { kind: 'abort', by: alice, reason: null };
    expect(decision).toStrictEqual({ kind: 'accepted', entries: [], stops });
  });

  it('a pause is refused where no step or phase is left before which it could act', () => {
    const of = (phase: Phase, mode: Plan['mode']) =>
      decide({ plan: { ...plan, mode }, planDigest, state: stateIn(phase), actor: dan }, sent.pause[1]);
    expect(of('documenting', 'deployment').kind).toBe('accepted');
    for (const decision of [of('monitoring', 'deployment'), of('validating', 'rehearsal')])
      expect(decision).toMatchObject({
        code: 'wrong-phase',
        detail: expect.stringContaining('let it run, or abort it'),
      });
  });

  it('all pauses share one limit, and what is spent of it is not to be had again', () => {
    const limitMs = plan.policy.limits.pause;
    const wait = { kind: 'pause', until: null, then: 'rolls back' } as const;
    const bodies: EntryBody[] = [
      { type: 'phase-entered', phase: 'executing' },
      { type: 'waiting-started', wait },
      { type: 'waiting-ended', kind: 'pause' },
    ];
    const after = (ms: number) => {
      const ends = new Date(Date.parse(at) + ms).toISOString();
      const journal = journalOf(...bodies).map((e) => (e.type === 'waiting-ended' ? { ...e, at: ends } : e));
      return stateOf(plan, journal);
    };
    expect(after(limitMs - 1).pausedMs).toBe(limitMs - 1);
    expect(answer(after(limitMs - 1), dan, sent.pause[1])).toBe('paused');
    const spent = decide({ plan, planDigest, state: after(limitMs), actor: dan }, sent.pause[1]);
    expect(spent).toMatchObject({ code: 'wrong-phase', detail: expect.stringContaining('are spent') });
  });

  it('a rollback is never paused, whatever came before it', () => {
    const state = stateIn(
      'executing',
      { type: 'paused', by: dan },
      { type: 'rollback-started', cause: { kind: 'cancelled' } },
    );
    expect(state.paused).toBeNull();
  });

  describe('of so many messages that they could fill a history', () => {
    const flood = (count: number, entry: (i: number) => EntryBody) =>
      stateIn('executing', wait('gate', 'go'), ...Array.from({ length: count }, (_, i) => entry(i)));
    const someone = (i: number): Actor => ({ ...dan, subject: `key:p${i}` });
    const note = (by: Actor): EntryBody => ({ type: 'note-added', by, severity: 'minor', statement: 'x' });

    it('one person has 20 notes, and another one still theirs', () => {
      expect(
        answer(
          flood(19, () => note(dan)),
          dan,
          sent.note[1],
        ),
      ).toBe('note-added deviation');
      const full = flood(20, () => note(dan));
      expect(answer(full, dan, sent.note[1])).toBe('too-many-messages');
      expect(answer(full, alice, sent.note[1])).toBe('note-added deviation');
    });

    it('200 notes are taken in all', () =>
      expect(
        answer(
          flood(200, (i) => note(someone(i))),
          dan,
          sent.note[1],
        ),
      ).toBe('too-many-messages'));

    it('one person has 10 pauses, and all together 50', () => {
      const turns = (count: number, by: (i: number) => Actor) =>
        flood(count * 2, (i) => ({ type: i % 2 === 0 ? 'paused' : 'resumed', by: by(i) }));
      expect(
        answer(
          turns(9, () => dan),
          dan,
          sent.pause[1],
        ),
      ).toBe('paused');
      expect(
        answer(
          turns(10, () => dan),
          dan,
          sent.pause[1],
        ),
      ).toBe('too-many-messages');
      expect(answer(turns(50, someone), dan, sent.pause[1])).toBe('too-many-messages');
    });

    it('at most 5 approvals are accepted, and one can always be withdrawn', () => {
      const toAndFro = (count: number) =>
        flood(count, (i) =>
          i % 2 === 0 ? grant(bob, 'service-owner', 'go') : { type: 'approval-withdrawn', by: bob, gate: 'go' },
        );
      const approval: Message = { name: 'approve', argument: { by: 'key:bob', planDigest, gate: 'go' } };
      const withdrawal: Message = { name: 'withdraw', argument: { by: 'key:bob', planDigest, gate: 'go' } };
      const of = (count: number, message: Message) =>
        decide({ plan: manual, planDigest, state: toAndFro(count), actor: bob }, message);
      expect(of(8, approval).kind).toBe('accepted');
      expect(of(10, approval)).toMatchObject({ code: 'too-many-messages' });
      expect(of(9, withdrawal).kind).toBe('accepted');
    });

    it('an abort is taken after all of them', () => {
      const state = flood(300, (i) => note(someone(i)));
      expect(answer(state, dan, sent.abort[1])).toBe('abort-requested');
    });
  });

  it('pause and resume count once', () => {
    const paused = stateIn('executing', { type: 'paused', by: dan });
    expect(answer(paused, dan, sent.pause[1])).toBe('wrong-phase');
    expect(answer(stateIn('executing'), dan, sent.resume[1])).toBe('not-waiting');
  });

  it('acknowledge is asked of the roles that policy and procedure name, once', () => {
    expect(
      answer(stateIn('verifying'), bob, { name: 'acknowledge', argument: { by: 'key:bob', for: 'readiness' } }),
    ).toBe('role-missing');
    const given = stateIn('verifying', { type: 'acknowledged', by: dan, for: 'readiness', role: 'support' });
    expect(answer(given, dan, sent.acknowledge[1])).toBe('not-waiting');
    expect(answer(stateIn('monitoring'), dan, sent.acknowledge[1])).toBe('not-waiting');
  });

  it('a manual step is reported by its role, and a failure is one', () => {
    const state = stateIn('executing', wait('manual', 'call'));
    const report = (actor: Actor, result: 'done' | 'failed') =>
      decide(
        { plan: manual, planDigest, state, actor },
        { name: 'complete-step', argument: { by: actor.subject, step: 'call', result } },
      );
    expect(report(bob, 'done')).toMatchObject({ code: 'role-missing' });
    expect(report(dan, 'failed')).toMatchObject({ entries: [{ type: 'step-completed', result: 'failed', by: dan }] });
  });
});

const outstandingIds = (...of: Parameters<typeof outstandingSteps>) => outstandingSteps(...of).map(({ id }) => id);

describe('a state', () => {
  it('is the same when the journal is folded in two parts', () => {
    for (const fixture of [goodJournal(), rolledBackJournal()]) {
      const whole = stateOf(fixture.plan, fixture.journal);
      expect(whole.seq).toBe(fixture.journal.length);
      expect(whole.waits).toStrictEqual([]);
    }
    expect(stateOf(plan, goodJournal().journal)).toMatchObject({
      outcome: 'succeeded',
      phase: 'ended',
      hasChanged: true,
    });
  });

  it('has outstanding every step that was started, half-done ones too, the last one first', () => {
    const { plan: own, journal } = rolledBackJournal();
    const until = (type: string) => journal.slice(0, journal.findIndex((entry) => entry.type === type) + 1);
    expect(outstandingIds(own, initialState(own))).toStrictEqual([]);
    expect(outstandingIds(own, stateOf(own, until('step-started')))).toStrictEqual(['start-idle']);
    expect(outstandingIds(own, stateOf(own, until('rollback-started')))).toStrictEqual([
      'switch',
      'warm-up',
      'start-idle',
    ]);
    expect(outstandingIds(own, stateOf(own, until('compensation-completed')))).toStrictEqual(['warm-up', 'start-idle']);
    expect(outstandingIds(own, stateOf(own, journal))).toStrictEqual([]);
    const good = goodJournal();
    expect(outstandingIds(good.plan, stateOf(good.plan, good.journal))).toStrictEqual([]);
  });

  it('shows what an abort would run with the values that it would run with', () => {
    const { plan: own, journal } = rolledBackJournal();
    const state = stateOf(own, journal.slice(0, journal.findIndex(({ type }) => type === 'rollback-started') + 1));
    const { ifAborted } = statusOf(own, planDigest, state, { id: 'x', workflowId: 'x', number: 1 }, null);
    expect(ifAborted.map(({ undo }) => undo)).toEqual([
      'PUT http://127.0.0.1:4000/route slot=green',
      'nothing to undo: warming changes nothing',
      './shopctl stop blue',
    ]);
  });

  it('still has a step outstanding whose compensation failed', () => {
    const { plan: own, journal } = rolledBackJournal();
    const failed = journal.map((e) => (e.type === 'compensation-completed' ? { ...e, result: 'failed' as const } : e));
    expect(outstandingIds(own, stateOf(own, failed))).toStrictEqual(['switch', 'warm-up', 'start-idle']);
  });

  it('lists for each viewer what they may send', () => {
    const can = (viewer: string | null, state: DeploymentState) =>
      statusOf(plan, planDigest, state, { id: 'x', workflowId: 'x', number: 1 }, viewer).can;
    const open = stateIn('awaiting-approval', {
      type: 'waiting-started',
      wait: { kind: 'approval', until: null, then: 'expires' },
    });
    expect(can(null, open)).toStrictEqual([]);
    expect(can('key:bob', open)).toStrictEqual(['approve', 'reject', 'abort', 'pause', 'note']);
    expect(can('key:carol', open)).toStrictEqual(['approve', 'reject', 'abort', 'pause', 'note']);
    expect(can('key:alice', open)).toStrictEqual(['abort', 'pause', 'note']);
    expect(can('key:ci-shop', open)).toStrictEqual(['abort']);
    expect(can('key:eve', open)).toStrictEqual([]);
    // What is learned later is still noted, by people.
    const ended = stateIn('ended', { type: 'ended', outcome: 'succeeded', cause: null });
    expect(can('key:alice', ended)).toStrictEqual(['note']);
    expect(can('key:ci-shop', ended)).toStrictEqual([]);
  });
});

it.each<readonly [StopCause, Outcome]>([
  [{ kind: 'abort', by: bob, reason: null }, 'aborted'],
  [{ kind: 'cancelled' }, 'aborted'],
  [{ kind: 'expired', summary: 'x' }, 'expired'],
  [{ kind: 'overrun', limit: 'target', summary: 'x' }, 'expired'],
  [{ kind: 'superseded', by: 'x' }, 'superseded'],
  [{ kind: 'rejected', summary: 'x' }, 'rejected'],
  [{ kind: 'error', code: 'internal', summary: 'x' }, 'rejected'],
])('a deployment stopped before its first change by %j ends as %s', (cause, outcome) => {
  expect(outcomeBeforeChange(cause)).toBe(outcome);
});

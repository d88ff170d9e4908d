import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../../src/domain/base/phases.ts';
import { decide, unacknowledged } from '../../../../src/domain/deployment/decide-message.ts';
import { initialState, stateOf } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import type { Actor, Wait } from '../../../../src/domain/journal/values.ts';
import type { Message } from '../../../../src/domain/messages/messages.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { bob, carol, dan } from '../../../support/journal.ts';
import { planningInput } from '../planning-input.ts';

const { plan, planDigest } = freezePlan(planningInput());
const at = '2026-11-23T09:00:00.000Z';

/** What becomes of a message in a phase, under a plan that is changed so, after these entries. */
function said(
  phase: Phase,
  actor: Actor,
  message: Message,
  { entries = [], change = {}, now }: { entries?: readonly EntryBody[]; change?: Partial<Plan>; now?: number } = {},
) {
  const bodies: EntryBody[] = [{ type: 'phase-entered', phase }, ...entries];
  const journal = bodies.map((body, i) => ({ v: 1 as const, seq: i + 1, at, ...body }));
  const state = { ...stateOf({ ...plan, ...change }, journal), requestedAt: at };
  return decide(
    { plan: { ...plan, ...change }, planDigest, state, actor, ...(now === undefined ? {} : { now }) },
    message,
  );
}
const entryOf = (...given: Parameters<typeof said>) => {
  const decision = said(...given);
  return decision.kind === 'accepted' ? decision.entries[0] : decision;
};
const policy = (change: Partial<Plan['policy']>) => ({ change: { policy: { ...plan.policy, ...change } } });
const waiting = (kind: Wait['kind'], step: string): EntryBody => {
  return { type: 'waiting-started', wait: { kind, until: null, then: 'rolls back', step } };
};
const approved = (by: Actor, gate: string): EntryBody => {
  return { type: 'approval-granted', by, gate, role: 'service-owner', planDigest, expiresAt: null };
};
const approve = (gate = 'start', more: object = {}) =>
  ({ name: 'approve', argument: { by: 'key:bob', planDigest, gate, ...more } }) as const;
const reject = (more: object = {}) =>
  ({ name: 'reject', argument: { by: 'key:bob', planDigest, gate: 'start', ...more } }) as const;
const withdraw = (gate: string, more: object = {}) =>
  ({ name: 'withdraw', argument: { by: 'key:bob', planDigest, gate, ...more } }) as const;
const abort = (more: object = {}) => ({ name: 'abort', argument: { by: 'key:dan', ...more } }) as const;
const pause = (more: object = {}) => ({ name: 'pause', argument: { by: 'key:dan', ...more } }) as const;
const acknowledge = (what: 'readiness' | 'handoff' | 'page', more: object = {}) =>
  ({ name: 'acknowledge', argument: { by: 'key:dan', for: what, ...more } }) as const;

describe('where policy refuses messages without a proof', () => {
  const refusing = policy({ messages: { unsigned: 'refuse', key: null } });
  const asserted = { ...bob, identity: 'asserted' } as const;

  it('only a verified one counts, but for an abort', () => {
    expect(said('awaiting-approval', asserted, approve(), refusing)).toMatchObject({ code: 'unproven-message' });
    expect(said('awaiting-approval', bob, approve(), refusing).kind).toBe('accepted');
    expect(said('awaiting-approval', asserted, abort(), refusing).kind).toBe('accepted');
    expect(said('awaiting-approval', asserted, approve()).kind).toBe('accepted');
  });

  it('one to a deployment that has ended is refused for that first', () => {
    expect(said('ended', asserted, pause(), refusing)).toEqual({
      kind: 'refused',
      code: 'ended',
      detail: 'pause is not taken in ended.',
    });
  });
});

it('only a pause is refused because no point is left for it', () => {
  const detail = (name: 'pause' | 'resume') => said('monitoring', dan, { name, argument: { by: 'key:dan' } });
  expect(detail('pause')).toMatchObject({ detail: expect.stringContaining('no step or phase is left') });
  expect(detail('resume')).toMatchObject({ detail: 'resume is not taken in monitoring.' });
});

it('a rehearsal is paused until it is validated', () => {
  expect(said('executing', dan, pause(), { change: { mode: 'rehearsal' } }).kind).toBe('accepted');
});

it('a repair accepts acknowledgements of its pages, and no others', () => {
  const repair = { entries: [page()], change: { repair: {} as NonNullable<Plan['repair']> } };
  expect(said('rolling-back', carol, acknowledge('page'), repair).kind).toBe('accepted');
  for (const message of [acknowledge('handoff'), pause()])
    expect(said('executing', dan, message, repair)).toMatchObject({
      code: 'wrong-phase',
      detail: expect.stringContaining('A repair'),
    });
});

describe('the reason of a message', () => {
  it.each<readonly [string, Actor, (more: object) => Message, readonly EntryBody[]]>([
    ['an abort', dan, abort, []],
    ['a pause', dan, pause, []],
    ['a rejection', bob, reject, []],
    ['a withdrawal', bob, (more) => withdraw('start', more), [approved(bob, 'start')]],
  ])('of %s is journaled where there is one', (_, actor, message, entries) => {
    expect(entryOf('awaiting-approval', actor, message({ reason: 'late' }), { entries })).toMatchObject({
      reason: 'late',
    });
    expect(entryOf('awaiting-approval', actor, message({}), { entries })).not.toHaveProperty('reason');
  });

  it('of a rejection may be its statement', () => {
    expect(entryOf('awaiting-approval', bob, reject({ statement: 'no' }))).toMatchObject({ reason: 'no' });
    expect(entryOf('awaiting-approval', bob, reject({ statement: 'no', reason: 'late' }))).toMatchObject({
      reason: 'late',
    });
  });
});

describe('an approval', () => {
  it('is withdrawn at the gate that it was given for', () => {
    const entries = [approved(bob, 'go')];
    expect(said('awaiting-approval', bob, withdraw('start'), { entries })).toMatchObject({ code: 'not-waiting' });
  });

  it('of a gate step is taken while the deployment waits at that gate', () => {
    const at = (...entries: EntryBody[]) => said('executing', bob, approve('go'), { entries });
    expect(at(waiting('gate', 'go')).kind).toBe('accepted');
    expect(at(waiting('hold', 'go'))).toMatchObject({ code: 'not-waiting' });
    expect(at(waiting('gate', 'go-on'))).toMatchObject({ code: 'not-waiting' });
  });

  it('of a gate that the plan does not have is refused for that', () => {
    expect(said('executing', bob, approve('gone'))).toMatchObject({
      detail: expect.stringContaining('There is no gate gone.'),
    });
  });

  it('of a gate step is accepted from a person who approved the start', () => {
    const entries = [approved(bob, 'start'), waiting('gate', 'go')];
    expect(said('executing', bob, approve('go'), { entries }).kind).toBe('accepted');
  });

  it('of the start is not taken any more once the steps are carried out', () => {
    expect(said('executing', bob, approve())).toMatchObject({ code: 'not-waiting' });
  });

  it('that is repeated is answered with the other gates that wait, and nothing else', () => {
    const entries = [approved(bob, 'go'), waiting('gate', 'go'), waiting('hold', 'watch'), waiting('gate', 'go-on')];
    expect(said('executing', bob, approve('go'), { entries })).toMatchObject({
      code: 'already-approved',
      detail: 'key:bob has approved go already. Gate go-on waits for approval: name it, with "gate": "go-on".',
    });
  });

  it('may be followed by a rejection of the same person', () => {
    expect(entryOf('awaiting-approval', bob, reject(), { entries: [approved(bob, 'start')] })).toMatchObject({
      type: 'rejected',
    });
  });

  it('bears the statement of who gave it', () => {
    expect(entryOf('awaiting-approval', bob, approve('start', { statement: 'seen' }))).toMatchObject({
      statement: 'seen',
    });
    expect(entryOf('awaiting-approval', bob, approve())).not.toHaveProperty('statement');
  });

  it('is not requested at the start where one stands, but at its gate steps', () => {
    const standing = { approvedBy: [], until: '2026-12-31', digest: plan.procedure.digest };
    expect(said('awaiting-approval', bob, approve(), policy({ standing }))).toMatchObject({ code: 'not-waiting' });
    expect(said('awaiting-approval', bob, reject(), policy({ standing })).kind).toBe('accepted');
    const entries = [waiting('gate', 'go')];
    expect(said('executing', bob, approve('go'), { entries, ...policy({ standing }) }).kind).toBe('accepted');
  });
});

describe('an acknowledgement', () => {
  const readiness = { roles: ['support', 'change-manager'], onCall: [], withinMs: 1 };
  const given = (role: string, what: 'readiness' | 'handoff'): EntryBody => {
    return { type: 'acknowledged', by: dan, for: what, role };
  };
  const both = { ...dan, subject: 'key:carol' };
  const people = [{ subject: 'key:carol', name: 'Carol', roles: ['support', 'change-manager'], aliases: [] }];

  it('is asked of each role that has not given it, for that very thing', () => {
    const asked = (what: 'readiness' | 'handoff', ...entries: EntryBody[]) => {
      const journal = entries.map((body, i) => ({ v: 1 as const, seq: i + 1, at, ...body }));
      const own = { ...plan, policy: { ...plan.policy, readiness } };
      return unacknowledged(own, stateOf(own, journal), what);
    };
    expect(asked('readiness')).toEqual(['support', 'change-manager']);
    expect(asked('readiness', given('support', 'readiness'))).toEqual(['change-manager']);
    expect(asked('handoff', given('support', 'readiness'))).toEqual(['support']);
    expect(asked('handoff', given('support', 'handoff'))).toEqual([]);
  });

  it('is not requested where neither policy nor procedure does', () => {
    const none = {
      ...plan,
      policy: { ...plan.policy, readiness: null },
      monitoring: { ...plan.monitoring, handoff: null },
    };
    expect(unacknowledged(none, initialState(none), 'readiness')).toEqual([]);
    expect(unacknowledged(none, initialState(none), 'handoff')).toEqual([]);
  });

  it('of readiness counts for every role of the person, or for the one that they name', () => {
    const more = policy({ readiness, people });
    const roles = (argument: object) => {
      const decision = said('verifying', both, acknowledge('readiness', argument), more);
      return decision.kind === 'accepted'
        ? decision.entries.map((entry) => (entry as { role?: string }).role)
        : decision;
    };
    expect(roles({})).toEqual(['support', 'change-manager']);
    expect(roles({ role: 'change-manager' })).toEqual(['change-manager']);
  });

  it('of a page counts once, whatever roles the person has', () => {
    const decision = said('executing', both, acknowledge('page'), {
      entries: [page()],
      ...policy({ readiness, people }),
    });
    expect(decision).toMatchObject({ entries: [{ for: 'page' }] });
    expect(decision.kind === 'accepted' && decision.entries).toHaveLength(1);
  });

  it('bears the statement of who gave it', () => {
    expect(entryOf('verifying', dan, acknowledge('readiness', { statement: 'here' }))).toMatchObject({
      statement: 'here',
    });
    expect(entryOf('verifying', dan, acknowledge('readiness'))).not.toHaveProperty('statement');
  });

  it('is refused with what it was for where nothing waits for it, or it takes another role', () => {
    const alice = { ...dan, subject: 'key:alice' };
    expect(said('executing', dan, acknowledge('page'))).toMatchObject({
      detail: expect.stringContaining('No page waits'),
    });
    expect(said('monitoring', dan, acknowledge('handoff'), { entries: [given('support', 'handoff')] })).toMatchObject({
      detail: expect.stringContaining('No handoff is asked for.'),
    });
    expect(said('executing', alice, acknowledge('page'), { entries: [page()] })).toMatchObject({
      detail: expect.stringContaining('acknowledge a page takes'),
    });
    expect(said('verifying', alice, acknowledge('readiness'))).toMatchObject({
      detail: expect.stringContaining('acknowledge the readiness takes'),
    });
  });
});

describe('a manual step', () => {
  const call = {
    id: 'call',
    title: 'Call',
    kind: 'manual',
    instructions: 'Call',
    role: 'support',
    withinMs: 1,
    undo: { kind: 'none', reason: 'x' },
  } as const;
  const report = (step: string, entries: readonly EntryBody[], more: object = {}) =>
    said(
      'executing',
      dan,
      { name: 'complete-step', argument: { by: 'key:dan', step, result: 'done', ...more } },
      {
        entries,
        change: { steps: [...plan.steps, call, { ...call, id: 'mail' }] },
      },
    );

  it('is reported while the deployment waits for it', () => {
    expect(report('call', [waiting('manual', 'call')])).toMatchObject({
      entries: [{ step: 'call', result: 'passed' }],
    });
    for (const entries of [[], [waiting('manual', 'mail')], [waiting('hold', 'call')]])
      expect(report('call', entries)).toMatchObject({ code: 'not-waiting' });
    for (const step of ['go', 'gone'])
      expect(report(step, [waiting('manual', step)])).toMatchObject({ code: 'not-waiting' });
  });

  it.each([
    [{}, 'done, as Dan Ode says'],
    [{ reason: 'asked' }, 'asked'],
    [{ statement: 'called', reason: 'asked' }, 'called'],
  ])('is summed up by what was said of it: %j', (more, summary) => {
    expect(report('call', [waiting('manual', 'call')], more)).toMatchObject({ entries: [{ summary }] });
  });
});

function page(): EntryBody {
  return { type: 'page-opened', page: '1', until: '2026-11-23T09:05:00.000Z' };
}

import { describe, expect, it } from 'vitest';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import type { Actor } from '../../../../src/domain/journal/values.ts';
import type { Message } from '../../../../src/domain/messages/messages.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { bob, carol, dan } from '../../../support/journal.ts';
import {
  abort,
  acknowledge,
  approve,
  approved,
  entryOf,
  page,
  pause,
  plan,
  policy,
  reject,
  said,
  waiting,
  withdraw,
} from './said.ts';

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

  it('of an abort, or its statement, is why the deployment stops', () => {
    const stops = (more: object) => said('executing', dan, abort(more));
    expect(stops({ reason: 'late' })).toMatchObject({ stops: { kind: 'abort', reason: 'late' } });
    expect(stops({ statement: 'no' })).toMatchObject({ stops: { kind: 'abort', reason: 'no' } });
    expect(stops({})).toMatchObject({ stops: { kind: 'abort', reason: null } });
  });

  it('of a rejection may be its statement', () => {
    expect(entryOf('awaiting-approval', bob, reject({ statement: 'no' }))).toMatchObject({ reason: 'no' });
    expect(entryOf('awaiting-approval', bob, reject({ statement: 'no', reason: 'late' }))).toMatchObject({
      reason: 'late',
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

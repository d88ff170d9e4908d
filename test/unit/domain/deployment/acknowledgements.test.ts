import { describe, expect, it } from 'vitest';
import { unacknowledged } from '../../../../src/domain/deployment/acknowledgements.ts';
import { initialState, stateOf } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import { dan } from '../../../support/journal.ts';
import { acknowledge, at, entryOf, page, plan, policy, said } from './said.ts';

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

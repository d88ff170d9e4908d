import { describe, expect, it } from 'vitest';
import {
  beginningOf,
  type Freeze,
  freezeState,
  isFrozenBy,
  reachOf,
} from '../../../../src/domain/policy/freezes-by-people.ts';
import { scopes } from './freeze-scopes.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const at = (ms: number) => new Date(now + ms).toISOString();
const freeze: Freeze = {
  id: 'f-1',
  scope: { kind: 'everything' },
  reason: 'holidays',
  from: at(-1_000),
  until: null,
  createdAt: at(-2_000),
  createdBy: 'key:carol',
  lifted: null,
};

describe('a freeze', () => {
  it('holds from its beginning, that instant included, until its end, that instant left out', () => {
    expect(freezeState({ ...freeze, from: at(1) }, now)).toBe('announced');
    expect(freezeState({ ...freeze, from: at(0) }, now)).toBe('active');
    expect(freezeState({ ...freeze, until: at(1) }, now)).toBe('active');
    expect(freezeState({ ...freeze, until: at(0) }, now)).toBe('over');
    expect(freezeState(freeze, now + 1e12)).toBe('active');
  });

  it('that was lifted holds no more, whatever its times are', () => {
    const lifted = { at: at(-500), by: 'key:carol', reason: 'done' };
    expect(freezeState({ ...freeze, lifted }, now)).toBe('lifted');
  });

  it('that was to hold at once has no beginning, since clocks differ', () => {
    expect(beginningOf({ from: at(0), createdAt: at(0) })).toBe(Number.NEGATIVE_INFINITY);
    expect(beginningOf({ from: at(0), createdAt: at(1) })).toBe(Number.NEGATIVE_INFINITY);
    expect(beginningOf({ from: at(1), createdAt: at(0) })).toBe(now + 1);
  });
});

describe('the scope of a freeze', () => {
  const known = [
    { service: 'shop', environment: 'staging' },
    { service: 'shop', environment: 'production' },
    { service: 'search', environment: 'production' },
  ];

  it.each([
    ['everything', ['search/production', 'shop/production', 'shop/staging']],
    ['service', ['shop/production', 'shop/staging']],
    ['environment', ['search/production', 'shop/production']],
    ['target', ['shop/production']],
  ] as const)('%s holds back its own targets and no others', (kind, targets) => {
    expect(reachOf(scopes[kind], known)).toEqual({ targets });
    const held = known.filter((target) => isFrozenBy(scopes[kind], target));
    expect(held.map(({ service, environment }) => `${service}/${environment}`).toSorted()).toEqual(targets);
  });

  it('that reaches no known target is answered with a note', () => {
    expect(reachOf(scopes.target, [])).toEqual({
      targets: [],
      note: 'No target of shop in production is known yet: this holds back what is to come. Was another name meant?',
    });
    expect(reachOf(scopes.everything, []).note).toContain('No target is known yet');
  });
});

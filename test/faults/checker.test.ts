import { describe, expect, it } from 'vitest';
import { checkLog } from './checker.ts';
import type { EffectLine, LogLine } from './effect-log.ts';

const target = 'shop/production';
const initial: LogLine = { kind: 'initial', target, state: 'a', serves: { slot: 'blue', release: '1.0.0' } };
let clock = 0;

/** One effect, each a while after the one before; the second step of deployment 1 unless told otherwise. */
function effect(given: Partial<EffectLine> = {}): EffectLine {
  clock += 10;
  const { deployment = 'shop.production.1', step = 'switch', undo = false } = given;
  return {
    kind: 'effect',
    target,
    deployment,
    step,
    undo,
    fence: 1,
    key: `${deployment}/${step}${undo ? '/undo' : ''}`,
    what: 'PUT /route green',
    digest: null,
    begin: clock,
    end: clock + 1,
    changed: true,
    state: `${clock}`,
    serves: { slot: 'green', release: '2.0.0' },
    ...given,
  };
}
const start = (given: Partial<EffectLine> = {}) => effect({ step: 'start-idle', digest: 'sha256:2', ...given });
const rules = (...lines: readonly LogLine[]) => checkLog([initial, ...lines]).map(({ rule }) => rule);

describe('the log of a target that was dealt with as promised', () => {
  it('shows nothing: a deployment, one that is rolled back, and a repair', () => {
    const other = { deployment: 'shop.production.2', fence: 2 };
    const lines = [
      start(),
      effect(),
      start(other),
      effect(other),
      effect({ ...other, undo: true }),
      effect({ deployment: 'shop.production.3', fence: 3, step: 'start-idle', undo: true }),
    ];
    expect(checkLog([initial, ...lines])).toEqual([]);
  });

  it('shows nothing where a step was repeated and found all as it should be', () => {
    expect(rules(start(), effect(), effect({ changed: false }))).toEqual([]);
  });

  it('shows nothing of what the target refused', () => {
    expect(rules(start({ fence: 2 }), effect({ kind: 'refused', fence: 1, changed: false }))).toEqual([]);
  });

  it('tells targets apart', () => {
    expect(rules(start(), start({ target: 'billing/production', deployment: 'billing.production.1' }))).toEqual([]);
  });
});

describe('the checker finds in the log alone', () => {
  it('a step that took effect twice', () => {
    expect(rules(start(), effect(), effect())).toEqual(['effect-twice']);
  });

  it('a compensation that took effect twice', () => {
    expect(rules(start(), start({ undo: true }), start({ undo: true }))).toEqual(['effect-twice']);
  });

  it('two deployments that took turns', () => {
    const lines = [start(), start({ deployment: 'shop.production.2', fence: 2 }), effect({ fence: 3 })];
    expect(rules(...lines)).toEqual(['overlap']);
  });

  it('an effect of one that was still under way when the next one began', () => {
    const slow = start({ end: clock + 100 });
    expect(rules(slow, start({ deployment: 'shop.production.2', fence: 2 }))).toEqual(['overlap']);
  });

  it('a fence that went back', () => {
    const [before, after] = [start({ fence: 2 }), start({ deployment: 'shop.production.2', fence: 1 })];
    expect(rules(before, after)).toEqual(['fence-back']);
  });

  it('a fence that two deployments had', () => {
    expect(rules(start(), start({ deployment: 'shop.production.2' }))).toEqual(['fence-shared']);
  });

  it('a step that was begun after a compensation', () => {
    expect(rules(start(), start({ undo: true }), effect())).toEqual(['step-after-undo']);
  });

  it('but not one that had begun before and whose effect was late', () => {
    const [before, undo] = [start(), effect({ undo: true })];
    expect(rules(before, undo, effect({ begin: undo.begin - 1 }))).toEqual([]);
  });

  it('compensations in the wrong order', () => {
    expect(rules(start(), effect(), start({ undo: true }), effect({ undo: true }))).toEqual(['undo-order']);
  });

  it('a slot that serves and does not run', () => {
    expect(rules(start(), effect({ serves: { slot: 'green', release: null } }))).toEqual(['serves-nothing']);
  });

  it('two artifacts in one deployment', () => {
    expect(rules(start(), effect({ digest: 'sha256:3' }))).toEqual(['digest-changed']);
  });

  it('and shows the lines that tell of it', () => {
    const twice = [effect(), effect()];
    expect(checkLog([initial, start(), ...twice])).toEqual([
      expect.objectContaining({ target, deployment: 'shop.production.1', lines: twice }),
    ]);
  });
});

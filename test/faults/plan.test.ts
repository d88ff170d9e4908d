import { describe, expect, it } from 'vitest';
import { faultKinds } from './faults/index.ts';
import { planRound } from './plan.ts';

const scale = { targets: 5, without: [] };
const rounds = (seed: number, count: number) => Array.from({ length: count }, (_, i) => planRound(seed, i + 1, scale));

describe('a seed', () => {
  it('brings the same deployments, faults and moments each time', () => {
    expect(rounds(7, 10)).toEqual(rounds(7, 10));
  });

  it('brings the same round whether or not the rounds before it have been', () => {
    expect(planRound(7, 9, scale)).toEqual(rounds(7, 10)[8]);
  });

  it('brings others than another seed', () => {
    const plansOf = (seed: number) => rounds(seed, 3).map(({ targets }) => targets.map((one) => one.deployments));
    expect(plansOf(1)).not.toEqual(plansOf(2));
  });

  it('has all kinds of faults in 200 deployments, and leaves out those that it is told to', () => {
    const deployments = rounds(1, 40).flatMap(({ targets }) => targets.flatMap((one) => one.deployments));
    expect(deployments.length).toBeGreaterThanOrEqual(200);
    const names = new Set(deployments.flatMap(({ faults }) => faults.map(({ name }) => name)));
    expect([...names].sort()).toEqual([...faultKinds.keys()].sort());
    const without = planRound(1, 1, { targets: 200, without: ['kill-worker'] });
    const left = without.targets.flatMap((one) => one.deployments.flatMap(({ faults }) => faults));
    expect(left.some(({ name }) => name === 'kill-worker')).toBe(false);
    expect(left.length).toBeGreaterThan(100);
  });

  it('gives what is to happen on the way back a way back', () => {
    const deployments = rounds(3, 20).flatMap(({ targets }) => targets.flatMap((one) => one.deployments));
    const onTheWayBack = deployments.filter(({ faults }) => faults.some(({ at }) => at.kind === 'effect' && at.undo));
    expect(onTheWayBack.length).toBeGreaterThan(10);
    const causes = new Set(['bad-release', 'abort', 'cancel', 'terminate']);
    expect(onTheWayBack.every(({ faults }) => faults.some(({ name }) => causes.has(name)))).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../../src/main/doctor/clock.ts';
import { judgePace } from '../../../../src/main/doctor/pace.ts';
import { judgeSlots, judgeWorkers } from '../../../../src/main/doctor/workers.ts';

describe('a clock', () => {
  it.each([
    [1_999, 'ok'],
    [-1_999, 'ok'],
    [2_000, 'warning'],
    [-29_999, 'warning'],
    [30_000, 'fault'],
    [-30_000, 'fault'],
  ])('that is %i ms off is %s', (offsetMs, state) => {
    expect(clockFinding('the store', offsetMs).state).toBe(state);
  });

  it('is said to be ahead or behind', () => {
    expect(clockFinding('the store', 45_000).found).toBe("The clock of the store is 45 s ahead of this machine's.");
    expect(clockFinding('Temporal', -3_000).found).toBe("The clock of Temporal is 3.0 s behind this machine's.");
  });
});

describe('timers', () => {
  it.each([
    [399, 'ok'],
    [400, 'warning'],
  ])('that fire %i ms late are %s', (timerLateMs, state) => {
    expect(judgePace({ timerLateMs, clockOffsetMs: 0 })[0]?.state).toBe(state);
  });

  it('that are late are mended by the settings that every server of Gantry’s own has', () => {
    expect(judgePace({ timerLateMs: 900, clockOffsetMs: 0 })[0]).toMatchObject({
      check: 'timers',
      advice:
        'set in the server\'s dynamic configuration: history.transferProcessorMaxPollRPS=1000, history.timerProcessorMaxPollRPS=1000, history.timerProcessorMaxTimeShift="10ms"',
    });
  });
});

describe('workers', () => {
  const one = { identity: 'host/1', build: 'b1' };

  it('that leave a task queue alone are a fault, which names the queue', () => {
    const found = judgeWorkers(
      new Map([
        ['gantry', [one]],
        ['gantry-waits', []],
      ]),
      null,
    );
    expect(found).toMatchObject([{ state: 'fault', found: expect.stringContaining('polls gantry-waits:') as unknown }]);
  });

  it.each([
    [null, 'ok'],
    ['b1', 'ok'],
    ['b2', 'fault'],
  ])('of build b1 are judged by where new deployments go: %s is %s', (current, state) => {
    const found = judgeWorkers(new Map([['gantry', [one]]]), current);
    expect(found).toMatchObject([
      { check: 'workers', state: 'ok' },
      { check: 'builds', state },
    ]);
  });

  it.each([
    ['are free on each queue', [2, 1], 'ok', 'Free are 3 of gantry-monitors, 7 of gantry-waits.', null],
    [
      'are all taken on one',
      [0, 0],
      'warning',
      'No worker has a free slot on gantry-monitors: what comes there waits.',
      'start another gantry worker, or raise GANTRY_SLOTS_MONITORS (docs/operations.md)',
    ],
  ])('whose slots %s', (_, [first = 0, second = 0], state, found, advice) => {
    const said = [
      { identity: 'host/1', queue: 'gantry-monitors', free: first },
      { identity: 'host/2', queue: 'gantry-monitors', free: second },
      { identity: 'host/1', queue: 'gantry-waits', free: 7 },
      { identity: 'host/1', queue: 'of somebody else', free: 0 },
    ];
    expect(judgeSlots(said)).toEqual({ check: 'slots', state, found, advice });
  });

  it('of which nothing is said of slots are no trouble', () => {
    expect(judgeSlots([])).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('Nothing is known') as unknown,
    });
  });

  it('of no build at all are named so, and are not promoted', () => {
    const found = judgeWorkers(new Map([['gantry', [{ identity: 'host/1', build: null }]]]), 'b2');
    expect(found[1]).toMatchObject({
      state: 'fault',
      advice: 'start workers of b2, or: gantry worker promote <build>',
    });
  });
});

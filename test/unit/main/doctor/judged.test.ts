import type { Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../../src/main/doctor/clock.ts';
import { judgePace } from '../../../../src/main/doctor/pace.ts';
import { judgePolicies } from '../../../../src/main/doctor/policies.ts';
import { temporalFindings } from '../../../../src/main/doctor/temporal.ts';
import { describeWorkers, judgeSlots, judgeWorkers, withoutStopped } from '../../../../src/main/doctor/workers.ts';
import type { KnownProcess } from '../../../../src/store/index.ts';

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

// No registry has the program of a server so old, and to build one takes minutes: only its answers are made here.
it.each([
  ['1.28.1', 'warning', 'bring it to 1.29 or later: Gantry is tested from there on'],
  ['0.30.0', 'warning', 'bring it to 1.29 or later: Gantry is tested from there on'],
  ['1.29.0', 'ok', null],
  ['2.0.0', 'ok', null],
])('a server of version %s is %s', async (serverVersion, state, advice) => {
  const connection: unknown = {
    workflowService: { getSystemInfo: async () => ({ serverVersion }), describeNamespace: async () => ({}) },
    operatorService: { listSearchAttributes: async () => ({ customAttributes: {} }) },
    withDeadline: (_: number, ask: () => unknown) => ask(),
  };
  const endpoint = { address: '127.0.0.1:7233', namespace: 'default' };
  const found = await temporalFindings(connection as Connection, endpoint);
  expect(found[0]).toEqual({
    check: 'temporal',
    state,
    found: `The server at 127.0.0.1:7233 is ${serverVersion}.`,
    advice,
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
      { identity: 'host/1', build: 'b1', queue: 'gantry-monitors', free: first },
      { identity: 'host/2', build: 'b1', queue: 'gantry-monitors', free: second },
      { identity: 'host/1', build: 'b1', queue: 'gantry-waits', free: 7 },
      { identity: 'host/1', build: 'b1', queue: 'of somebody else', free: 0 },
    ];
    expect(judgeSlots(said)).toEqual({ check: 'slots', state, found, advice });
  });

  it('whose slots are all taken are not helped by those of another build', () => {
    const said = [
      { identity: 'host/1', build: 'b1', queue: 'gantry-monitors', free: 900 },
      { identity: 'host/2', build: null, queue: 'gantry-monitors', free: 3 },
      { identity: 'host/3', build: 'b2', queue: 'gantry-monitors', free: 0 },
    ];
    expect(judgeSlots(said)).toMatchObject({
      state: 'warning',
      found: 'No worker has a free slot on gantry-monitors (build b2): what comes there waits.',
      advice: 'start another gantry worker of that build, or raise GANTRY_SLOTS_MONITORS (docs/operations.md)',
    });
    expect(judgeSlots(said.slice(0, 2)).found).toBe(
      'Free are 900 of gantry-monitors (build b1), 3 of gantry-monitors (build unversioned).',
    );
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

describe('a worker that polled a moment ago', () => {
  const one = { identity: 'host/1', build: 'b1' };
  const stopped = { ...one, queue: 'gantry', saidMs: 2, isRunning: false, free: 8 };
  const running = { ...stopped, isRunning: true };

  it.each([
    ['says nothing', [], [one]],
    ['runs', [running], [one]],
    ['says that it has stopped', [stopped], []],
    ['said so after it ran, on another queue', [stopped, { ...running, queue: 'gantry-waits', saidMs: 1 }], []],
    ['was started again under its name', [{ ...running, saidMs: 3 }, stopped], [one]],
    ['has the name of one of another build that has stopped', [{ ...stopped, build: null }], [one]],
    ['has stopped, and one of another build has its name', [stopped, { ...running, build: 'b2', saidMs: 3 }], []],
  ])('and %s is judged so', (_, words, expected) => {
    expect(withoutStopped([one], words)).toEqual(expected);
  });
});

describe('each worker', () => {
  const pollers = [
    { identity: 'host/2', build: null },
    { identity: 'host/1', build: 'b1' },
    { identity: 'host/1', build: 'b1' },
  ];

  it('is listed with its build, its policy and its free slots', () => {
    const slots = [
      { identity: 'host/1', build: 'b1', queue: 'gantry', free: 8 },
      { identity: 'host/1', build: 'b1', queue: 'gantry-waits', free: 0 },
      { identity: 'host/3', build: 'b1', queue: 'gantry', free: 9 },
    ];
    const said = [
      { kind: 'api', name: 'host/2', policyDigest: 'sha256:a', agoMs: 1 },
      { kind: 'worker', name: 'host/1', policyDigest: 'sha256:b', agoMs: 1 },
    ] as const;
    expect(describeWorkers(pollers, slots, said).map(({ found }) => found)).toEqual([
      'host/1: build b1; policy sha256:b; free are 8 of gantry, 0 of gantry-waits.',
      'host/2: build unversioned; policy unknown; free are unknown.',
    ]);
  });
});

describe('policies', () => {
  const api = (policyDigest: string, agoMs = 5_000): KnownProcess => ({
    kind: 'api',
    name: 'host/1',
    policyDigest,
    agoMs,
  });
  const worker = (pid: number, policyDigest: string, agoMs = 5_000): KnownProcess => ({
    kind: 'worker',
    name: `host/${pid}`,
    policyDigest,
    agoMs,
  });
  /** What is found, a state each, where workers 2 and 3 poll and the file here is `a`. */
  const states = (said: readonly KnownProcess[] | null, { polling = ['host/2', 'host/3'], own = 'a' } = {}) =>
    judgePolicies({ polling, said, own }).map(({ state }) => state);

  it.each<[string, readonly KnownProcess[], readonly string[]]>([
    ['that are the same everywhere', [api('a'), worker(2, 'a'), worker(3, 'a')], ['ok']],
    ['of a worker that differs from the API', [api('a'), worker(2, 'a'), worker(3, 'b')], ['fault']],
    ['of workers that differ where no API runs', [worker(2, 'a'), worker(3, 'b')], ['fault']],
    ['of APIs that differ', [api('b'), { ...api('a'), name: 'host/9' }, worker(2, 'a'), worker(3, 'a')], ['fault']],
    ['of all, which the file here is not', [api('b'), worker(2, 'b'), worker(3, 'b')], ['warning']],
    ['of a worker that no longer polls', [api('a'), worker(2, 'a'), worker(3, 'a'), worker(4, 'b')], ['ok']],
    ['of an API that has ended', [api('b', 30_001), worker(2, 'a'), worker(3, 'a')], ['ok']],
    ['of a worker of which Temporal still knows', [api('a'), worker(2, 'a'), worker(3, 'b', 30_001)], ['ok']],
    ['of a worker that polls and says nothing', [api('a'), worker(2, 'a'), worker(3, 'a', 120_001)], ['ok', 'fault']],
    ['of a worker that this store never heard', [api('a'), worker(2, 'a')], ['ok', 'warning']],
    ['that nobody tells', [], ['warning']],
  ])('%s', (_, said, expected) => {
    expect(states(said)).toEqual(expected);
  });

  it('are judged without a file here, and where the store tells nothing', () => {
    expect(judgePolicies({ polling: ['host/2'], said: [api('a'), worker(2, 'a')], own: null })).toMatchObject([
      { state: 'ok', found: 'All work with a: API host/1, worker host/2.' },
    ]);
    expect(states(null)).toEqual(['ok']);
    expect(states([], { polling: [] })).toEqual([]);
  });

  it('that differ are named, each with who works with it and what mends that', () => {
    expect(
      judgePolicies({ polling: ['host/2', 'host/3'], said: [api('a'), worker(2, 'b'), worker(3, 'b')], own: 'a' }),
    ).toEqual([
      {
        check: 'policies',
        state: 'fault',
        found: 'Not all work with the same policy. a: API host/1. b: worker host/2, worker host/3.',
        advice:
          'give all of them the same file (GANTRY_POLICY) and the keys beside it, and ask again 30 s later: each reads it by itself, or its log says what is wrong with it',
      },
    ]);
  });

  it('of a worker that falls silent are named with how long it has been so', () => {
    const found = judgePolicies({ polling: ['host/2'], said: [worker(2, 'a', 240_000)], own: 'a' });
    expect(found).toMatchObject([
      { state: 'fault', found: 'host/2 polls, and has not said for 4 min which policy it works with; it was a.' },
    ]);
  });
});

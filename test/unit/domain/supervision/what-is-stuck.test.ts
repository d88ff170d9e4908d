import { describe, expect, it } from 'vitest';
import { taskQueues } from '../../../../src/domain/base/task-queues.ts';
import { knownAfter, knownIn, targetOf, unpaged } from '../../../../src/domain/supervision/known.ts';
import type {
  Finding,
  PendingActivity,
  QueueSighting,
  Sighting,
} from '../../../../src/domain/supervision/sightings.ts';
import { evaluateSightings } from '../../../../src/domain/supervision/what-is-stuck.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const sound: Sighting = {
  workflowId: 'deployment/shop/production/7',
  task: null,
  problems: [],
  activities: [],
  events: 60,
  bytes: 40_000,
  idle: null,
};
const served = Object.values(taskQueues).map((queue) => ({ queue, polledAt: ago(61) }));
const codes = (change: Partial<Sighting>, queues: readonly QueueSighting[] = served) =>
  evaluateSightings({ workflows: [{ ...sound, ...change }], queues }, now).map(({ code }) => code);
const activity = (type: string, change: Partial<PendingActivity> = {}): PendingActivity => ({
  type,
  queue: null,
  state: 'waiting',
  since: ago(90),
  ...change,
});
const task = (attempt: number, seconds: number, isStarted = false) => ({ attempt, since: ago(seconds), isStarted });
const idle = (change: Partial<NonNullable<Sighting['idle']>> = {}) => ({
  since: ago(90),
  waits: [],
  isBackingOff: false,
  holdsTarget: false,
  ...change,
});

describe('supervision', () => {
  it.each<[string, Partial<Sighting>, string[]]>([
    ['nothing of what runs', { activities: [activity('act', { state: 'running' })], task: task(1, 2, true) }, []],
    ['a task that fails the third time', { task: task(3, 5) }, ['task-fails']],
    ['no task that was lost with its worker, once', { task: task(2, 5) }, []],
    ['a task that no worker takes for a minute', { task: task(1, 61) }, ['task-waits']],
    ['no task that a worker has', { task: task(1, 61, true) }, []],
    [
      'a compensation that nobody takes for 15 s',
      { activities: [activity('compensate', { since: ago(16) })] },
      ['activity-waits'],
    ],
    [
      'a rollback check that nobody takes',
      { activities: [activity('observe', { queue: taskQueues.rollback, since: ago(16) })] },
      ['activity-waits'],
    ],
    ['no other activity so soon', { activities: [activity('act', { since: ago(16) })] }, []],
    [
      'an activity that nobody takes for a minute',
      { activities: [activity('evaluateGates', { since: ago(61) })] },
      ['activity-waits'],
    ],
    ['none that is tried again later', { activities: [activity('publish', { since: ago(-30) })] }, []],
    [
      'one that somebody paused in Temporal',
      { activities: [activity('act', { state: 'paused', since: ago(1) })] },
      ['activity-waits'],
    ],
    ['a history that fills', { events: 5_000 }, ['history-fills']],
    ['a history that is large', { bytes: 30_000_000 }, ['history-fills']],
    ['no target that is about to go on in a new run', { workflowId: 'target/shop/production', events: 5_000 }, []],
    ['a target that does not', { workflowId: 'target/shop/production', events: 15_000 }, ['history-fills']],
    ['a deployment in which nothing runs and nothing is waited for', { idle: idle() }, ['stands-still']],
    ['none in which something has just happened', { idle: idle({ since: ago(70) }) }, []],
    ['none that waits for people', { idle: idle({ waits: [{ kind: 'approval', until: ago(-3_600) }] }) }, []],
    ['none whose wait is just over', { idle: idle({ waits: [{ kind: 'approval', until: ago(10) }] }) }, []],
    [
      'one whose wait is long over',
      { idle: idle({ since: ago(900), waits: [{ kind: 'hold', until: ago(80) }] }) },
      ['stands-still'],
    ],
    ['none that tries again in a while', { idle: idle({ isBackingOff: true }) }, []],
    ['one that tries again in no while', { idle: idle({ isBackingOff: true, since: ago(1_000) }) }, ['stands-still']],
    ['none in the queue of its target', { idle: idle({ waits: [{ kind: 'target', until: null }] }) }, []],
    [
      'one that does not know of its lock',
      { idle: idle({ waits: [{ kind: 'target', until: null }], holdsTarget: true }) },
      ['stands-still'],
    ],
  ])('tells of %s', (_, change, expected) => expect(codes(change)).toEqual(expected));

  it('reports a queue without a worker once, and not all that waits there', () => {
    const silent = served.map((one) => ({
      ...one,
      polledAt: one.queue === taskQueues.rollback ? ago(80) : one.polledAt,
    }));
    expect(codes({ activities: [activity('compensate'), activity('evaluateGates')] }, silent)).toEqual([
      'queue-unserved',
      'activity-waits',
    ]);
    expect(
      codes(
        {},
        served.map(({ queue }) => ({ queue, polledAt: null })),
      ),
    ).toHaveLength(5);
  });

  it('reports no queue while nothing is open', () =>
    expect(evaluateSightings({ workflows: [], queues: [{ queue: 'gantry', polledAt: null }] }, now)).toEqual([]));

  it('reports compensations first', () =>
    expect(
      codes({ task: task(5, 90), events: 9_000, activities: [activity('evaluateGates'), activity('compensate')] }),
    ).toEqual(['activity-waits', 'task-fails', 'activity-waits', 'history-fills']));
});

describe('a condition', () => {
  const wedged: Finding = { code: 'task-fails', of: 'deployment/shop/production/7', detail: 'attempt 3' };
  const other: Finding = { ...wedged, code: 'history-fills' };

  it('is paged once, however it goes on; another one is paged too', () => {
    const known = knownAfter({}, [wedged], [], now);
    expect(unpaged([{ ...wedged, detail: 'attempt 9' }, other], known)).toEqual([other]);
  });

  it('is paged again when it comes back after five minutes, not after one', () => {
    const known = knownAfter({}, [wedged], [], now);
    expect(unpaged([wedged], knownAfter(known, [], [], now + 60_000))).toEqual([]);
    expect(unpaged([wedged], knownAfter(known, [], [], now + 300_000))).toEqual([wedged]);
  });

  it('is paged again where the page reached nobody', () =>
    expect(unpaged([wedged, other], knownAfter({}, [wedged, other], [other], now))).toEqual([other]));

  it('is one of so many at most', () => {
    const many = Array.from({ length: 700 }, (_, i): Finding => ({ ...wedged, of: `deployment/shop/production/${i}` }));
    expect(Object.keys(knownAfter({}, many, [], now))).toHaveLength(500);
  });

  it.each([[null], ['x'], [{ known: null }], [{ known: { a: 'b' } }]])('is none in %j', (raw) =>
    expect(knownIn(raw)).toEqual({}),
  );

  it('belongs to its target, or its queue', () =>
    expect([wedged, { ...wedged, of: 'gantry-rollback' }].map(targetOf)).toEqual([
      'shop/production',
      'gantry-rollback',
    ]));
});

import { expect, it } from 'vitest';
import { taskQueues } from '../../../../src/domain/base/task-queues.ts';
import { activities, rideOn } from '../../../../src/domain/ports/activities.ts';
import { theTarget } from '../../../../src/domain/ports/callers.ts';
import { activity, short } from '../../../../src/domain/ports/traits.ts';

it('an activity says who may ask for it, or does not compile', () => {
  // @ts-expect-error: the caller is missing
  activity<{ readonly service: string }, void>({ ...short });
  // @ts-expect-error: the rule needs an environment, which this input does not have
  activity<{ readonly service: string }, void>({ ...short, caller: theTarget });
  const known = activity<{ readonly service: string; readonly environment: string }, void>({
    ...short,
    caller: theTarget,
  });
  expect(known.caller({ service: 'shop', environment: 'production' }, 'target/shop/production')).toBe(true);
});

it.each([
  ['act', taskQueues.actions, 'beside'],
  ['observe', taskQueues.main, 'beside'],
  ['observe', taskQueues.rollback, 'after'],
  ['compensate', taskQueues.main, 'after'],
  ['notify', taskQueues.waits, 'after'],
  ['monitor', taskQueues.monitors, 'none'],
  ['publish', taskQueues.main, 'before'],
  ['invented', taskQueues.main, 'before'],
])('entries ride on %s on %s: %s', (name, queue, ride) => {
  expect(rideOn(name, queue)).toBe(ride);
});

it('every activity that Temporal does not repeat beats, so that a lost worker is noticed; but for the round of supervision', () => {
  const silent = Object.entries(activities)
    .filter(([, { retry, heartbeatTimeout }]) => 'maximumAttempts' in retry && heartbeatTimeout === undefined)
    .map(([name]) => name);
  expect(silent).toEqual(['supervise']);
});

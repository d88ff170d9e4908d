import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { givenUp } from '../../../../src/workflows/notifications/given-up.ts';

const now = '2026-11-24T09:00:00.000Z';
const at = '2026-11-24T08:50:00.000Z';
const last = { delivery: { how: 'slack, hooks.example', summary: '503 busy' }, attempts: 150, at };
const missed = ApplicationFailure.create({ type: 'not-delivered', message: '503 busy', details: [last] });
const failed = (cause: Error, state: RetryState) => new ActivityFailure('failed', 'deliver', '1', state, 'w', cause);
const overdue = (cause?: Error) => Object.assign(new TimeoutFailure('over', undefined, 'SCHEDULE_TO_CLOSE'), { cause });

it.each([
  [
    'the day was over before the next attempt',
    failed(missed, RetryState.TIMEOUT),
    'given up after a day: 503 busy',
    150,
    at,
  ],
  ['the day was over in it', failed(overdue(missed), RetryState.TIMEOUT), 'given up after a day: 503 busy', 150, at],
  ['no worker has made one', failed(overdue(), RetryState.TIMEOUT), 'given up after a day: over', 0, now],
  [
    'no worker may make one',
    failed(ApplicationFailure.nonRetryable('not for you', 'forbidden'), RetryState.NON_RETRYABLE_FAILURE),
    'not tried again: not for you',
    0,
    now,
  ],
  [
    'it was cancelled',
    new CancelledFailure('cancelled'),
    'given up: what tried it again was ended from outside (cancelled)',
    0,
    now,
  ],
])('reports why a delivery is not tried any more: %s', (_, error, summary, attempts, lastAt) => {
  const how = attempts > 0 ? 'slack, hooks.example' : 'slack';
  expect(givenUp({ how: 'slack' }, error, now)).toEqual({ how, delivered: false, summary, attempts, lastAt });
});

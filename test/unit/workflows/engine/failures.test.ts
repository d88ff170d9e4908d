import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import { expect, it } from 'vitest';
import { lastHeartbeat, rootMessage, wasLost, wasNeverTaken } from '../../../../src/workflows/engine/failures.ts';

const failed = (cause?: Error) => new ActivityFailure('failed', 'monitor', '1', 'TIMEOUT', 'worker', cause);
const late = (type: TimeoutFailure['timeoutType'], heartbeat?: unknown) =>
  failed(new TimeoutFailure('late', heartbeat, type));

it('distinguishes an activity that no worker took from one whose worker was lost', () => {
  expect(wasNeverTaken(late('SCHEDULE_TO_START'))).toBe(true);
  expect(wasLost(late('HEARTBEAT'))).toBe(true);
  for (const other of [late('START_TO_CLOSE'), failed(), failed(new Error('no')), new Error('no'), null]) {
    expect(wasNeverTaken(other)).toBe(false);
    expect(wasLost(other)).toBe(false);
  }
});

it('returns what the last heartbeat of an activity that timed out carried', () => {
  expect(lastHeartbeat(late('HEARTBEAT', { count: 3 }))).toEqual({ count: 3 });
  expect(lastHeartbeat(late('HEARTBEAT'))).toBeNull();
  expect(lastHeartbeat(failed(new Error('no')))).toBeNull();
});

it('finds the innermost message of an error', () => {
  expect(rootMessage(failed(new Error('disk full')))).toBe('disk full');
  expect(rootMessage('no error')).toBe('no error');
});

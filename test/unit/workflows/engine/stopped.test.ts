import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { expect, it } from 'vitest';
import { causeOf } from '../../../../src/workflows/engine/stopped.ts';

const late = new TimeoutFailure('Not enough time to schedule next retry', undefined, 'SCHEDULE_TO_CLOSE');
const failed = (cause: Error) => new ActivityFailure('failed', 'evaluateGates', '1', 'TIMEOUT', 'worker', cause);

it('an activity that got no answer in its time is named, where nothing else is known', () => {
  expect(causeOf(failed(late))).toEqual({
    kind: 'error',
    code: 'lost-attempt',
    summary: 'evaluateGates got no answer in its time',
  });
  const known = ApplicationFailure.create({ type: 'store-unavailable', message: 'The store is away.' });
  const last = Object.assign(new TimeoutFailure(late.message, undefined, 'SCHEDULE_TO_CLOSE'), { cause: known });
  for (const cause of [known, last])
    expect(causeOf(failed(cause))).toEqual({ kind: 'error', code: 'store-unavailable', summary: 'The store is away.' });
});

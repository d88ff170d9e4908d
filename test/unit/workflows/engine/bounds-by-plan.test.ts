import { expect, it } from 'vitest';
import { actTimes } from '../../../../src/workflows/engine/bounds-by-plan.ts';

it('bounds the wait of an action for a worker and its act apart, so that a long wait cuts no act short', () => {
  const doc = { kind: 'http', spec: {}, timeoutMs: 600_000 };
  expect(actTimes({ do: doc }, 30_000)).toStrictEqual({ scheduleToStartTimeout: 60_000, startToCloseTimeout: 640_000 });
});

import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { entriesStored, journalInterceptor } from '../../../../src/activities/journal/interceptor.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { taskQueues } from '../../../../src/domain/base/task-queues.ts';
import { journalHeader } from '../../../../src/domain/journal/batch.ts';
import { latch } from '../../../support/latch.ts';

const batch = {
  deployment: 'shop.production.7',
  entries: [],
  row: { id: 'shop.production.7', service: 'shop', environment: 'production' },
};

/** One activity with entries riding on it; `order` says what came when. */
function given(activityType: string, store: () => Promise<void>, taskQueue: string = taskQueues.main) {
  const order: string[] = [];
  const beats: number[] = [];
  const alerts: unknown[] = [];
  const context = {
    info: { activityType, taskQueue, workflowExecution: { workflowId: 'deployment/shop/production/7' } },
    cancellationSignal: new AbortController().signal,
    heartbeat: () => void beats.push(1),
  } as unknown as Context;
  const interceptor = journalInterceptor(
    {
      store: {
        appendJournal: () => store().then(() => void order.push('stored')),
        target: () => Promise.resolve(null),
        addAlert: (alert: unknown) => Promise.resolve(alerts.push(alert)),
      },
      policy: { read: () => Promise.resolve({ policy: { environments: {} } }) },
      notify: () => Promise.resolve([]),
      now: Date.now,
      worker: 'a worker',
    } as unknown as ActivityDeps,
    context,
  );
  const notification = { deployment: 'shop.production.7', service: 'shop', environment: 'production' };
  const input = { args: [{ notification }], headers: { [journalHeader]: defaultPayloadConverter.toPayload(batch) } };
  const run = (activity: () => Promise<void>) =>
    asyncLocalStorage.run(context, () =>
      interceptor.execute(input as unknown as ActivityExecuteInput, async () => {
        order.push('begun');
        await activity();
        order.push('done');
      }),
    );
  return { order, beats, alerts, run };
}
const nothing = () => Promise.resolve();

describe('entries that ride on an activity', () => {
  it('are stored before it begins', async () => {
    const { run, order } = given('evaluateGates', nothing);
    await run(nothing);
    expect(order).toEqual(['stored', 'begun', 'done']);
  });

  it('are written while an action is evaluated, and are stored before its effect', async () => {
    const held = latch();
    const { run, order } = given('act', () => held.closed);
    const running = run(async () => {
      held.open();
      await entriesStored();
      order.push('effect');
    });
    await running;
    expect(order).toEqual(['begun', 'stored', 'effect', 'done']);
  });

  it('keep an action from its effect when the store does not take them', async () => {
    const { run, order } = given('act', () => Promise.reject(new GantryError('store-unavailable', 'down')));
    const failure = run(async () => {
      await entriesStored();
      order.push('effect');
    });
    await expect(failure).rejects.toMatchObject({ type: 'store-unavailable' });
    expect(order).toEqual(['begun']);
  }, 20_000);

  it('let it send heartbeats while a slow store makes it wait', async () => {
    const held = latch();
    const { run, beats, order } = given('evaluateGates', () => held.closed);
    const running = run(nothing);
    while (beats.length < 3) await new Promise(setImmediate);
    expect(order).toEqual([]);
    held.open();
    await running;
    expect(order).toEqual(['stored', 'begun', 'done']);
  });

  it('let a check that is over send heartbeats while a slow store makes it wait', async () => {
    const held = latch();
    const { run, beats, order } = given('observe', () => held.closed);
    const running = run(nothing);
    await vi.waitFor(() => expect(beats.length).toBeGreaterThan(2));
    expect(order).toEqual(['begun', 'done']);
    held.open();
    await running;
    expect(order).toEqual(['begun', 'done', 'stored']);
  });

  it('that conflict with those in the store are reported at once, and nothing is done', async () => {
    const conflict = new GantryError('journal-conflict', 'entry 7 is another one');
    const { run, order, alerts } = given('evaluateGates', () => Promise.reject(conflict));
    await expect(run(nothing)).rejects.toMatchObject({ type: 'journal-conflict', nonRetryable: true });
    expect(order).toEqual([]);
    expect(alerts).toMatchObject([{ target: 'shop/production', code: 'journal-conflict' }]);
  });

  it('that conflict with those in the store are reported, though a compensation does not wait for that', async () => {
    const conflict = new GantryError('journal-conflict', 'entry 7 is another one');
    const { run, order, alerts } = given('compensate', () => Promise.reject(conflict), taskQueues.rollback);
    await run(nothing);
    expect(order).toEqual(['begun', 'done']);
    await vi.waitFor(() => expect(alerts).toHaveLength(1));
  });

  it.each([
    ['compensate', taskQueues.rollback],
    ['compensate', taskQueues.main],
    ['notify', taskQueues.main],
  ])('keep no %s from happening', async (activityType, taskQueue) => {
    const { run, order } = given(activityType, () => new Promise(() => {}), taskQueue);
    await run(nothing);
    expect(order).toEqual(['begun', 'done']);
  });
});

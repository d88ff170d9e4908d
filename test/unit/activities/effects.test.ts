import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ActivityDeps } from '../../../src/activities/deps.ts';
import { effectActivities } from '../../../src/activities/effects.ts';
import { openSecrets } from '../../../src/adapters/index.ts';
import type { ActionAdapter, CheckAdapter } from '../../../src/domain/adapters.ts';
import { GantryError } from '../../../src/domain/errors.ts';
import type { ActionInput, CompensationInput } from '../../../src/domain/ports.ts';

const heartbeatTimeoutMs = 3_000;

/** Activities whose world is a list of effects, whose clock is a number, and what may be bent in it. */
function given(bent: Partial<ActivityDeps> = {}) {
  const effects: string[] = [];
  const questions: number[] = [];
  const clock = { now: 1_000_000 };
  const times = { startedAt: '', endedAt: '', summary: '' };
  const push: ActionAdapter<{ push: string }> = {
    kind: 'push',
    schema: z.strictObject({ push: z.string() }),
    async run({ push: what }) {
      effects.push(what);
      return { ...times, kind: 'completed', observed: {} };
    },
  };
  const slow: CheckAdapter<{ slow: number }> = {
    kind: 'slow',
    schema: z.strictObject({ slow: z.number() }),
    async measure({ slow: ms }) {
      clock.now += ms;
      return { ...times, verdict: 'passed', observed: {} };
    },
  };
  const deps = {
    store: { raiseFence: async (_target: string, fence: number) => fence },
    catalog: { actions: new Map([['push', push]]), checks: new Map([['slow', slow]]) },
    newSecrets: openSecrets(null),
    policy: { read: async () => ({ policy: { people: [] } }) },
    attempts: {
      async stillCounts() {
        questions.push(clock.now);
        return true;
      },
    },
    worker: 'test',
    now: () => clock.now,
    ...bent,
  } as unknown as ActivityDeps;
  const stop = new AbortController();
  const context = {
    info: { taskToken: new Uint8Array([1]), heartbeatTimeoutMs },
    cancellationSignal: stop.signal,
    heartbeat: () => undefined,
  } as unknown as Context;
  const activities = effectActivities(deps);
  return {
    effects,
    questions,
    clock,
    stop,
    act: () => asyncLocalStorage.run(context, () => activities.act(actionInput)),
    compensate: (input = compensationInput) => asyncLocalStorage.run(context, () => activities.compensate(input)),
  };
}

const place = {
  lease: {
    deployment: 'shop.production.7',
    target: 'shop/production',
    fence: 7,
    runId: 'a',
    firstRunId: 'a',
    continuedFrom: null,
  },
  workplace: { procedure: 'test', inline: true, files: [] },
  bindings: { deployment: 'shop.production.7', fence: 7, live: null, slot: null },
  attempt: 1,
};
const action = (what: string) => ({ kind: 'push', spec: { push: what }, timeoutMs: 1_000 });
const actionInput = { ...place, step: { id: 'go', do: action('done') }, approvers: [] } as unknown as ActionInput;
const owed = { step: 'go', title: 'Go', undo: { kind: 'action', action: action('undone'), attempts: 3 }, done: null };
const compensationInput = { ...place, owed } as unknown as CompensationInput;

describe('an effect', () => {
  it('costs one question to Temporal, which is asked while the guard still judges', async () => {
    const order: string[] = [];
    const { act, effects } = given({
      store: {
        async raiseFence(_target: string, fence: number) {
          await Promise.resolve();
          order.push('guarded');
          return fence;
        },
      } as unknown as ActivityDeps['store'],
      attempts: {
        async stillCounts() {
          order.push('asked');
          return true;
        },
      },
    });
    expect(await act()).toMatchObject({ kind: 'acted' });
    expect(effects).toEqual(['done']);
    expect(order).toEqual(['asked', 'guarded']);
  });

  it.each(['act', 'compensate'] as const)('does not happen in an attempt that Temporal gave up: %s', async (what) => {
    const there = given({ attempts: { stillCounts: async () => false } });
    await expect(there[what]()).rejects.toMatchObject({ code: 'lost-attempt' });
    expect(there.effects).toEqual([]);
  });

  it.each(['act', 'compensate'] as const)('does not happen while Temporal cannot be asked: %s', async (what) => {
    const there = given({
      attempts: {
        async stillCounts() {
          throw new GantryError('engine-unavailable', 'silence');
        },
      },
    });
    await expect(there[what]()).rejects.toMatchObject({ code: 'engine-unavailable' });
    expect(there.effects).toEqual([]);
  });

  it.each(['act', 'compensate'] as const)('does not happen once it was cancelled: %s', async (what) => {
    const there = given();
    there.stop.abort();
    await expect(there[what]()).rejects.toMatchObject({ code: 'lost-attempt' });
    expect(there.effects).toEqual([]);
  });

  it('is asked about anew when the process was stopped since, by whatever clock', async () => {
    const answers = [true, false];
    const there = given({
      store: {
        // As long as a stopped process is away.
        async raiseFence(_target: string, fence: number) {
          there.clock.now += heartbeatTimeoutMs;
          return fence;
        },
      } as unknown as ActivityDeps['store'],
      attempts: { stillCounts: async () => answers.shift() ?? false },
    });
    await expect(there.act()).rejects.toMatchObject({ code: 'lost-attempt' });
    expect(there.effects).toEqual([]);
    expect(answers).toEqual([]);
  });

  it('is asked about anew when the answer itself came too late', async () => {
    let asked = 0;
    const there = given({
      attempts: {
        async stillCounts() {
          asked += 1;
          if (asked === 1) there.clock.now += heartbeatTimeoutMs;
          return true;
        },
      },
    });
    expect(await there.act()).toMatchObject({ kind: 'acted' });
    expect(asked).toBe(2);
  });

  it('is asked about anew after a long look at what there is to undo', async () => {
    const { compensate, effects, questions } = given();
    const done = { id: 'is', kind: 'slow', spec: { slow: heartbeatTimeoutMs }, sampling: { timeoutMs: 1_000 } };
    const input = { ...compensationInput, owed: { ...owed, done } } as unknown as CompensationInput;
    expect(await compensate(input)).toMatchObject({ kind: 'done', readBack: 'done' });
    expect(effects).toEqual(['undone']);
    expect(questions).toEqual([1_000_000, 1_000_000 + heartbeatTimeoutMs]);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { act, compensate } from '../../../../src/activities/effects/effects.ts';
import { openSecrets } from '../../../../src/adapters/index.ts';
import { digestOf } from '../../../../src/domain/base/canonical-json.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { ActionAdapter, CheckAdapter } from '../../../../src/domain/kinds/adapter.ts';
import type { ProcedureFiles } from '../../../../src/domain/planning/source-ports.ts';
import type { ActionInput, CompensationInput } from '../../../../src/domain/ports/effects.ts';
import { openProcedures } from '../../../../src/files/procedure.ts';
import { nothingExpected } from '../../../support/expects.ts';

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
  const late: ActionAdapter<{ push: string }> = {
    ...push,
    kind: 'late',
    // Whatever keeps the process busy keeps the timer that would have ended it.
    async run(spec, context) {
      for (const until = performance.now() + context.timeoutMs + 10; performance.now() < until; );
      return push.run(spec, context);
    },
  };
  const broken: ActionAdapter<{ push: string }> = {
    ...push,
    kind: 'broken',
    async run({ push: what }) {
      if (what === 'secret') throw new GantryError('secret-missing', 'no such secret');
      throw new Error('in the middle');
    },
  };
  const slow: CheckAdapter<{ slow: number }> = {
    kind: 'slow',
    schema: z.strictObject({ slow: z.number() }),
    expects: () => nothingExpected,
    async measure({ slow: ms }) {
      clock.now += ms;
      return { ...times, verdict: 'passed', observed: {} };
    },
  };
  const command = { kind: 'command', traits: ['runs-files' as const] };
  const deps = {
    catalog: {
      actions: new Map([push, late, broken, { ...push, ...command }].map((adapter) => [adapter.kind, adapter])),
      checks: new Map([slow, { ...slow, ...command }].map((adapter) => [adapter.kind, adapter])),
    },
    newSecrets: openSecrets(null),
    policy: {
      read: async () => ({
        policy: { people: [], services: {}, environments: { production: { messages: { unsigned: 'accept' } } } },
      }),
    },
    attempts: {
      async stillCounts() {
        questions.push(clock.now);
        return true;
      },
    },
    worker: 'test',
    now: () => clock.now,
    ...bent,
    store: {
      raiseFence: async (_target: string, fence: number) => fence,
      recovery: async () => null,
      ...bent.store,
    },
  } as unknown as ActivityDeps;
  const stop = new AbortController();
  const context = {
    info: {
      taskToken: new Uint8Array([1]),
      heartbeatTimeoutMs,
      workflowExecution: { workflowId: 'deployment/shop/production/7' },
    },
    cancellationSignal: stop.signal,
    heartbeat: () => undefined,
  } as unknown as Context;
  return {
    effects,
    questions,
    clock,
    stop,
    act: (input = actionInput) => asyncLocalStorage.run(context, () => act(deps, input)),
    compensate: (input = compensationInput) => asyncLocalStorage.run(context, () => compensate(deps, input)),
  };
}

const place = {
  runIdentity: {
    deployment: 'shop.production.7',
    target: 'shop/production',
    fence: 7,
    runId: 'a',
    firstRunId: 'a',
    continuedFrom: null,
  },
  workplace: { procedure: 'test', inline: true, files: [], slots: [], seal: null },
  bindings: { deployment: 'shop.production.7', fence: 7, live: null, slot: null },
  attempt: 1,
  seal: null,
};

const action = (what: string, kind = 'push') => ({ kind, spec: { push: what }, timeoutMs: 1_000 });
const actionInput = {
  ...place,
  step: { id: 'go', do: action('done') },
  approvers: [],
  storePatienceMs: 5_000,
} as unknown as ActionInput;
const outstanding = {
  step: 'go',
  title: 'Go',
  undo: { kind: 'action', action: action('undone'), attempts: 3 },
  done: null,
  settleMs: 0,
};

const compensationInput = { ...place, outstanding, settleMs: 0 } as unknown as CompensationInput;

describe('a store that gives no answer before an action', () => {
  /** Silent for so many questions at one point; what it answers then. */
  function silentAt(point: 'raiseFence' | 'freezesOf', times: number) {
    let left = times;
    const speak = async <T>(at: typeof point, answer: T): Promise<T> => {
      if (at === point && left > 0) {
        left -= 1;
        throw new GantryError('store-unavailable', 'The store does not answer (57P01).');
      }
      return answer;
    };
    const store = {
      raiseFence: (_target: string, fence: number) => speak('raiseFence', fence),
      freezesOf: () => speak('freezesOf', []),
    };
    return { store } as unknown as Partial<ActivityDeps>;
  }

  it.each(['raiseFence', 'freezesOf'] as const)('at %s is asked again, and the action runs once', async (point) => {
    const { act, effects } = given(silentAt(point, 3));
    expect(await act()).toMatchObject({ kind: 'acted', windowClosed: null });
    expect(effects).toEqual(['done']);
  });

  it('is waited for within the policy’s limit, and then nothing is done', async () => {
    const { act, effects } = given(silentAt('raiseFence', 1_000));
    const refused = { kind: 'refused', code: 'store-unavailable' };
    expect(await act({ ...actionInput, storePatienceMs: 700 })).toMatchObject(refused);
    expect(effects).toEqual([]);
  });

  it('is waited for no longer once the deployment is aborted', async () => {
    const { act, effects, stop } = given(silentAt('raiseFence', 1_000));
    const acting = act({ ...actionInput, storePatienceMs: 3_600_000 });
    stop.abort();
    expect(await acting).toMatchObject({ kind: 'refused' });
    expect(effects).toEqual([]);
  });
});

describe('a store in recovery', () => {
  /** In recovery for so many looks. */
  function recovering(looks: number) {
    let left = looks;
    const recovery = async () => {
      left -= 1;
      return left < 0 ? null : { id: 'r', takenAt: null, beganAt: '2026-11-23T09:00:00.000Z', why: 'tried', kept: [] };
    };
    return { bent: { store: { recovery } } as unknown as Partial<ActivityDeps>, isOver: () => left < 0 };
  }

  it('keeps an action waiting, which runs once a person has ended the recovery', async () => {
    const { bent, isOver } = recovering(3);
    const { act, effects } = given(bent);
    expect(await act()).toMatchObject({ kind: 'acted' });
    expect(effects).toEqual(['done']);
    expect(isOver()).toBe(true);
  });

  it('refuses it after the time that policy gives a silent store, and lets a compensation go on', async () => {
    const { act, compensate, effects } = given(recovering(1_000).bent);
    const refused = { kind: 'refused', code: 'in-recovery' };
    expect(await act({ ...actionInput, storePatienceMs: 700 })).toMatchObject(refused);
    expect(effects).toEqual([]);
    expect(await compensate()).toMatchObject({ kind: 'done' });
    expect(effects).toEqual(['undone']);
  });
});

describe('an approval', () => {
  const owner = { subject: 'key:bob', name: 'Bob', roles: ['service-owner'], aliases: [] };
  const approved = { ...actionInput, approvers: [{ subject: 'key:bob', role: 'service-owner' }] };
  it.each([
    ['of an owner of the service', { shop: { owners: ['key:bob'] } }, true],
    ['of an owner where the policy says nothing of the service', { search: { owners: ['key:eve'] } }, true],
    ['of whoever owns it no longer', { shop: { owners: ['key:eve'] } }, false],
  ])('%s counts right before an effect, or does not', async (_who, services, counts) => {
    const { act, effects } = given({
      policy: {
        read: async () => ({
          policy: { people: [owner], services, environments: { production: { messages: { unsigned: 'accept' } } } },
        }),
      } as unknown as ActivityDeps['policy'],
    });
    expect(await act(approved)).toMatchObject(counts ? { kind: 'acted' } : { kind: 'refused', code: 'approval-lost' });
    expect(effects).toEqual(counts ? ['done'] : []);
  });
});

describe('a command where policy takes only isolated ones', () => {
  const step = { id: 'go', do: action('done', 'command') };
  const asked = { ...actionInput, step } as unknown as ActionInput;
  const undoing = {
    ...compensationInput,
    outstanding: { ...outstanding, undo: { ...outstanding.undo, action: action('undone', 'command') } },
  };
  const rulesOf = (commands: string) =>
    ({
      read: async () => ({
        policy: {
          people: [],
          services: {},
          environments: {
            production: { messages: { unsigned: 'accept' }, commands },
            staging: { messages: { unsigned: 'accept' }, commands: 'isolated' },
          },
        },
      }),
    }) as unknown as ActivityDeps['policy'];

  it('is not begun by a worker that runs them as itself, and that way back goes on', async () => {
    const raised: number[] = [];
    const { act, compensate, effects } = given({
      policy: rulesOf('isolated'),
      isIsolated: false,
      store: {
        raiseFence: async (_: string, fence: number) => raised.push(fence) && fence,
      } as unknown as ActivityDeps['store'],
    });
    expect(await act(asked)).toMatchObject({ kind: 'refused', code: 'commands-not-isolated' });
    expect({ effects, raised }).toEqual({ effects: [], raised: [] });
    expect(await compensate(undoing as unknown as CompensationInput)).toMatchObject({ kind: 'done' });
    expect(await act()).toMatchObject({ kind: 'acted' });
    expect(effects).toEqual(['undone', 'done']);
  });

  it.each([
    ['by one that keeps them apart', 'isolated', true],
    ['where that environment takes any', 'any', false],
  ] as const)('is begun %s', async (_who, commands, isIsolated) => {
    const { act, effects } = given({ policy: rulesOf(commands), isIsolated });
    expect(await act(asked)).toMatchObject({ kind: 'acted' });
    expect(effects).toEqual(['done']);
  });
});

describe('an effect', () => {
  it('costs one question to Temporal, which is asked while the guard still evaluates', async () => {
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

  const silent: Partial<ActivityDeps> = {
    attempts: {
      async stillCounts() {
        throw new GantryError('engine-unavailable', 'silence');
      },
    },
  };
  const givenUp: Partial<ActivityDeps> = { attempts: { stillCounts: async () => false } };
  it.each([
    ['in an attempt that Temporal gave up', givenUp, false, 'lost-attempt'],
    ['while Temporal cannot be asked', silent, false, 'engine-unavailable'],
    ['once it was cancelled', {}, true, 'lost-attempt'],
  ])('does not happen %s, and an action says that it did not', async (_when, bent, isCancelled, code) => {
    const there = given(bent);
    if (isCancelled) there.stop.abort();
    expect(await there.act({ ...actionInput, storePatienceMs: 700 })).toMatchObject({ kind: 'not-begun' });
    await expect(there.compensate()).rejects.toMatchObject({ code });
    expect(there.effects).toEqual([]);
  });

  it('waits for a Temporal that is slow to answer, and is evaluated anew before it happens', async () => {
    const said = [false, false, true];
    let evaluated = 0;
    const there = given({
      store: {
        async raiseFence(_target: string, fence: number) {
          evaluated += 1;
          return fence;
        },
      } as unknown as ActivityDeps['store'],
      attempts: {
        async stillCounts() {
          if (said.shift() === false) throw new GantryError('engine-unavailable', 'silence');
          return true;
        },
      },
      now: () => Date.now() * 10,
    });
    expect(await there.act()).toMatchObject({ kind: 'acted' });
    expect(there.effects).toEqual(['done']);
    expect(said).toEqual([]);
    expect(evaluated).toBeGreaterThan(1);
  });

  it('that went wrong in the middle is not reported as not begun', async () => {
    const { act } = given();
    const input = { ...actionInput, step: { id: 'go', do: action('done', 'broken') } } as unknown as ActionInput;
    await expect(act(input)).rejects.toThrow('in the middle');
    const secret = { ...actionInput, step: { id: 'go', do: action('secret', 'broken') } } as unknown as ActionInput;
    expect(await act(secret)).toStrictEqual({ kind: 'not-begun', why: 'no such secret' });
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
    expect(await there.act()).toMatchObject({ kind: 'not-begun' });
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

  it('is confirmed again after a long read-back of what there is to undo', async () => {
    const { compensate, effects, questions } = given();
    const done = {
      id: 'is',
      kind: 'slow',
      spec: { slow: heartbeatTimeoutMs },
      sampling: { timeoutMs: 1_000, count: 1, intervalMs: 10 },
    };
    const input = { ...compensationInput, outstanding: { ...outstanding, done } } as unknown as CompensationInput;
    expect(await compensate(input)).toMatchObject({ kind: 'done', readBack: 'done' });
    expect(effects).toEqual(['undone']);
    expect(questions).toEqual([1_000_000, 1_000_000 + heartbeatTimeoutMs]);
  });
});

describe('a compensation', () => {
  /** A check that looks until it is told to stop. */
  const endless = () => {
    const looks = { begun: 0, ended: 0 };
    const check: CheckAdapter<object> = {
      kind: 'endless',
      schema: z.strictObject({}),
      expects: () => nothingExpected,
      async measure(_spec, { signal }) {
        looks.begun += 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        looks.ended += 1;
        throw new Error('told to stop');
      },
    };
    const catalog = { actions: new Map(), checks: new Map([[check.kind, check]]) };
    const done = { id: 'is', kind: 'endless', spec: {}, sampling: { timeoutMs: 60_000, count: 1, intervalMs: 10 } };
    const input = { ...compensationInput, outstanding: { ...outstanding, done } } as unknown as CompensationInput;
    return { looks, input, bent: { catalog } as unknown as Partial<ActivityDeps> };
  };

  it('is refused by a newer fence while what there is to undo is still being read back', async () => {
    const { looks, input, bent } = endless();
    const { compensate, effects } = given({
      ...bent,
      store: {
        async raiseFence() {
          await new Promise(setImmediate);
          expect(looks.begun).toBe(1);
          return 9;
        },
      } as unknown as ActivityDeps['store'],
    });
    expect(await compensate(input)).toMatchObject({ kind: 'refused', code: 'stale-fence' });
    expect(looks).toEqual({ begun: 1, ended: 1 });
    expect(effects).toEqual([]);
  });

  it('of a run that was reset is not even read back', async () => {
    const { looks, input, bent } = endless();
    const { compensate } = given(bent);
    const reset = { ...input, runIdentity: { ...input.runIdentity, firstRunId: 'another' } };
    expect(await compensate(reset)).toMatchObject({ kind: 'refused', code: 'run-was-reset' });
    expect(looks.begun).toBe(0);
  });

  it('has started when a worker began with it, before anything was evaluated', async () => {
    const there = given({
      store: {
        async raiseFence(_target: string, fence: number) {
          there.clock.now += 400;
          return fence;
        },
      } as unknown as ActivityDeps['store'],
    });
    expect(await there.compensate()).toMatchObject({
      kind: 'done',
      startedAt: new Date(1_000_000).toISOString(),
      endedAt: new Date(1_000_400).toISOString(),
    });
  });
});

describe('an answer later than its limit', () => {
  const tardy = { ...action('done', 'late'), timeoutMs: 20 };
  it('gives no result of an action', async () => {
    const { act } = given();
    const input = { ...actionInput, step: { id: 'go', do: tardy } } as unknown as ActionInput;
    expect(await act(input)).toMatchObject({
      kind: 'acted',
      outcome: { kind: 'unknown', summary: expect.stringContaining('later than its 0.020 s') as string },
    });
  });

  it('is no proof that something was undone', async () => {
    const { compensate } = given();
    const undo = { kind: 'action', action: tardy, attempts: 3 };
    const input = { ...compensationInput, outstanding: { ...outstanding, undo } } as unknown as CompensationInput;
    expect(await compensate(input)).toMatchObject({ kind: 'failed' });
  });
});

describe('a compensation while the folder of procedures changes', () => {
  let folder: string;
  let procedures: ProcedureFiles;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-effects-'));
    await mkdir(join(folder, 'test'));
    // Somebody has just pulled this.
    await writeFile(join(folder, 'test', 'procedure.yaml'), '<<<<<<< HEAD');
    await writeFile(join(folder, 'test', 'ctl'), 'new');
    procedures = await openProcedures(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const compensation = (planned: string, undo: string, done: string | null = null, path = 'ctl') =>
    ({
      ...compensationInput,
      workplace: {
        procedure: 'test',
        inline: false,
        files: [{ path, digest: digestOf(planned) }],
        slots: [],
        seal: null,
      },
      outstanding: {
        ...outstanding,
        undo: { kind: 'action', action: action('undone', undo), attempts: 3 },
        done: done && {
          id: 'is',
          kind: done,
          spec: { slow: 0 },
          sampling: { timeoutMs: 1_000, count: 1, intervalMs: 10 },
        },
      },
    }) as unknown as CompensationInput;

  it('needs neither document nor files where no command undoes', async () => {
    const { compensate, effects } = given({ procedures });
    expect(await compensate(compensation('old', 'push', 'slow'))).toMatchObject({ kind: 'done', readBack: 'done' });
    expect(effects).toEqual(['undone']);
  });

  it('runs a command whose files are those that were planned', async () => {
    const { compensate } = given({ procedures });
    expect(await compensate(compensation('new', 'command'))).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['changed', 'ctl'],
    ['gone', 'no-ctl'],
    ['no file', '.'],
  ])('refuses a command whose file is %s', async (_what, path) => {
    const { compensate, effects } = given({ procedures });
    const answer = await compensate(compensation('old', 'command', null, path));
    expect(answer).toMatchObject({ kind: 'refused', code: 'files-changed' });
    expect(effects).toEqual([]);
  });

  it('does not believe a changed command that reads back', async () => {
    const { compensate } = given({ procedures });
    expect(await compensate(compensation('old', 'push', 'command'))).toMatchObject({
      kind: 'done',
      readBack: 'unknown',
    });
  });

  it('may be tried again when a file could not be read', async () => {
    const broken = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    const { compensate, effects } = given({
      procedures: {
        ...procedures,
        async digestOf() {
          throw broken;
        },
      },
    });
    await expect(compensate(compensation('new', 'command'))).rejects.toThrow('EIO');
    expect(effects).toEqual([]);
  });
});

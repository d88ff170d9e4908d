import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import {
  forgedCompensation,
  guardAction,
  guardCompensation,
  unfitChecks,
} from '../../../../src/activities/effects/guard.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';

const policy = {
  people: [{ subject: 'key:bob', name: 'Bob', roles: ['service-owner'], aliases: [] }],
  services: {},
  environments: { production: { messages: { unsigned: 'accept' } } },
};
const runIdentity = {
  deployment: 'shop.production.7',
  target: 'shop/production',
  fence: 7,
  runId: 'a',
  firstRunId: 'a',
  continuedFrom: null,
  warrant: null,
};
const filed = {
  procedure: 'shop',
  inline: false,
  files: [{ path: 'shopctl', digest: 'planned' }],
  slots: [],
  seal: null,
};
const context = { info: { workflowExecution: { workflowId: 'deployment/shop/production/7' } } } as unknown as Context;
const inActivity = <T>(ask: () => Promise<T>) => asyncLocalStorage.run(context, ask);
const runsFiles = { traits: ['runs-files'] };
const patience = { forMs: 0, signal: new AbortController().signal };

/** Its store knows this fence, and the file of the procedure has this digest now. */
function given({
  fence = async () => 7,
  digest = 'planned',
  recovery = null,
  environments = policy.environments,
}: {
  fence?: () => Promise<number>;
  digest?: string;
  recovery?: object | null;
  environments?: object;
} = {}) {
  const raised: number[] = [];
  const deps = {
    catalog: { actions: new Map([['command', runsFiles]]), checks: new Map([['command', runsFiles]]) },
    policy: { read: async () => ({ policy: { ...policy, environments } }) },
    procedures: { digestOf: async () => digest },
    store: {
      raiseFence: (_target: string, asked: number) => {
        raised.push(asked);
        return fence();
      },
      recovery: async () => recovery,
    },
  } as unknown as ActivityDeps;
  const asked = (more: object) =>
    ({
      runIdentity,
      workplace: filed,
      bindings: { deployment: 'shop.production.7', fence: 7, live: null, slot: null },
      seal: null,
      ...more,
    }) as never;
  const compensation = (kind: string, more: object = {}) => {
    const undo = kind === 'none' ? { kind } : { kind: 'action', action: { kind, spec: {} } };
    return asked({ outstanding: { step: 'go', undo }, ...more });
  };
  return {
    raised,
    act: (more: object = {}) => {
      const step = { id: 'go', do: { kind: 'http', spec: {} } };
      return inActivity(() => guardAction(deps, asked({ step, approvals: [], approvers: [], ...more }), patience));
    },
    undo: (kind: string) => inActivity(() => guardCompensation(deps, compensation(kind))),
    check: (kind: string, how?: { readonly isWayBack: boolean }) =>
      unfitChecks(deps, [{ kind: 'http' }, { kind }], { runIdentity, workplace: filed }, how),
    forged: (more: object = {}) => inActivity(() => forgedCompensation(deps, compensation('http', more))),
  };
}
const reset = { runIdentity: { ...runIdentity, runId: 'b' } };
const continued = { runIdentity: { ...runIdentity, runId: 'b', continuedFrom: 'a' } };
const failing = (error: unknown) => async () => {
  throw error;
};

describe('an action', () => {
  it('may happen under the newest fence, with the files that were planned', async () => {
    const { act, raised } = given();
    expect(await act()).toBeNull();
    expect(raised).toEqual([7]);
  });

  it('of a run that was reset may not, and does not even raise the fence; one that goes on as new may', async () => {
    const { act, raised } = given();
    expect(await act(reset)).toMatchObject({ code: 'run-was-reset' });
    expect(raised).toEqual([]);
    expect(await act(continued)).toBeNull();
  });

  it('may not under a fence that a newer grant has passed', async () => {
    expect(await given({ fence: async () => 8 }).act()).toMatchObject({ code: 'stale-fence' });
  });

  it('may not until the recovery of the store is ended', async () => {
    const recovery = { since: '2026-11-23T09:00:00.000Z', targets: [] };
    expect(await given({ recovery }).act()).toMatchObject({ code: 'in-recovery' });
  });

  it('may not once an approver has lost their role', async () => {
    const by = (subject: string, role: string) => ({ approvers: [{ subject, role }] });
    expect(await given().act(by('key:bob', 'service-owner'))).toBeNull();
    expect(await given().act(by('key:bob', 'change-manager'))).toMatchObject({ code: 'approval-lost' });
  });

  it('may not as a command where the policy takes only isolated ones, and here they are not', async () => {
    const production = { messages: { unsigned: 'accept' }, commands: 'isolated' };
    const { act } = given({ environments: { production } });
    expect(await act({ step: { id: 'go', do: { kind: 'command', spec: {} } } })).toMatchObject({
      code: 'commands-not-isolated',
    });
    expect(await act()).toBeNull();
  });

  it('may not with another file than was planned, unless the procedure has none', async () => {
    const { act } = given({ digest: 'changed' });
    expect(await act()).toMatchObject({
      code: 'files-changed',
      detail: expect.stringContaining('shopctl of procedure shop'),
    });
    expect(await act({ workplace: { ...filed, inline: true } })).toBeNull();
  });

  it.each<readonly [unknown, string, string]>([
    [new GantryError('store-unavailable', 'gone'), 'store-unavailable', 'gone'],
    [new Error('broken'), 'internal', 'broken'],
    ['odd', 'internal', 'odd'],
  ])('may not where that cannot be told: %s', async (error, code, detail) => {
    expect(await given({ fence: failing(error) }).act()).toEqual({ kind: 'refused', code, detail });
  });
});

describe('a compensation', () => {
  it('may happen under the newest fence, and under no older one', async () => {
    expect(await given().undo('http')).toBeNull();
    expect(await given({ fence: async () => 8 }).undo('http')).toMatchObject({ code: 'stale-fence' });
  });

  it.each<readonly [string, () => Promise<number>]>([
    ['fails', failing(new Error('gone'))],
    ['says nothing', async () => new Promise<number>(() => undefined)],
  ])('waits for no store that %s', async (_, fence) => {
    expect(await given({ fence }).undo('http')).toBeNull();
  });

  it('heeds the files of the procedure where it is a command alone', async () => {
    const { undo } = given({ digest: 'changed' });
    expect(await undo('command')).toMatchObject({ code: 'files-changed' });
    expect(await undo('http')).toBeNull();
    expect(await undo('none')).toBeNull();
  });

  it('of a run that was reset is forged', async () => {
    expect(await given().forged(reset)).toMatchObject({ code: 'run-was-reset' });
    expect(await given().forged(continued)).toBeNull();
    expect(await given().forged()).toBeNull();
  });
});

describe('checks', () => {
  const isolated = { environments: { production: { messages: { unsigned: 'accept' }, commands: 'isolated' } } };

  it('heed the files of the procedure where one of them is a command', async () => {
    expect(await given().check('command')).toBeNull();
    expect(await given({ digest: 'changed' }).check('command')).toMatchObject({ code: 'files-changed' });
    expect(await given({ digest: 'changed' }).check('tcp')).toBeNull();
  });

  it('are not carried out as commands that are not isolated where policy asks for that, but on a way back', async () => {
    const { check } = given(isolated);
    expect(await check('command')).toMatchObject({ code: 'commands-not-isolated' });
    expect(await check('http')).toBeNull();
    expect(await check('command', { isWayBack: true })).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { raiseAlarm } from '../../../../src/activities/trust/alarm.ts';
import type { ErrorCode } from '../../../../src/domain/base/error-codes.ts';
import type { NotifyInput } from '../../../../src/domain/kinds/notification.ts';

const told = (who: string, ...on: string[]) => ({ name: who, on, channels: [{ kind: 'log', spec: { log: true } }] });

/** A worker of an installation with two targets: what it stored, whom it paged, and its clock. */
function worker({
  target = async (service: string, environment: string): Promise<object | null> =>
    environment === 'production' && ['shop', 'cart'].includes(service) ? {} : null,
} = {}) {
  let now = Date.parse('2026-11-23T09:00:00.000Z');
  let delivered = true;
  const alerts: { readonly target: string; readonly code: string; readonly detail: string }[] = [];
  const paged: { readonly who: readonly string[]; readonly subject: string; readonly text: string }[] = [];
  let store: (alert: (typeof alerts)[number]) => Promise<void> = async (alert) => void alerts.push(alert);
  const environments = {
    production: { stakeholders: [told('Ops', 'page'), told('Team', 'deployed')] },
    staging: { stakeholders: [told('Testers', 'page')] },
  };
  const deps = {
    store: { target, addAlert: (alert: (typeof alerts)[number]) => store(alert) },
    policy: { read: async () => ({ policy: { environments } }) },
    notify: async ({ notification: { subject, lines }, to }: NotifyInput) => {
      paged.push({ who: to.map(({ name }) => name), subject, text: lines.join(' ') });
      return to.map(() => ({ delivered }));
    },
    worker: 'w-1',
    now: () => now,
  } as unknown as ActivityDeps;
  return {
    alerts,
    paged,
    raise: (of: string, code: ErrorCode = 'unsealed-plan', detail = 'Somebody tried.') =>
      raiseAlarm(deps, { target: of, code, detail }),
    later: (ms: number) => {
      now += ms;
    },
    /** From now on nobody is reached. */
    breakChannels: () => {
      delivered = false;
    },
    breakStore: () => {
      store = () => Promise.reject(new Error('no store'));
    },
  };
}
const minute = 60_000;

describe('an alarm', () => {
  it('is stored and paged to those whom the environment of its target names', async () => {
    const { raise, alerts, paged } = worker();
    await raise('shop/production');
    expect(alerts).toMatchObject([
      { target: 'shop/production', code: 'unsealed-plan', detail: 'Somebody tried.', worker: 'w-1' },
    ]);
    expect(paged).toEqual([{ who: ['Ops'], subject: 'Page: security, shop/production', text: 'Somebody tried.' }]);
  });

  it('is paged to everybody where the policy does not know the environment', async () => {
    for (const environment of ['nowhere', 'constructor']) {
      const { raise, paged } = worker();
      await raise(`shop/${environment}`);
      expect(paged).toMatchObject([{ who: ['Ops', 'Testers'] }]);
    }
  });

  it('is raised once a minute for a target and a code', async () => {
    const { raise, alerts, later } = worker();
    for (let i = 0; i < 60; i += 1) {
      await raise('shop/production');
      later(1_000);
    }
    expect(alerts).toHaveLength(1);
    await raise('shop/production');
    expect(alerts).toHaveLength(2);
  });

  it('of one target silences neither that of another one nor another code', async () => {
    const { raise, alerts } = worker();
    for (let i = 0; i < 50; i += 1) await raise('shop/production');
    await raise('cart/production');
    await raise('shop/production', 'unproven-message');
    expect(alerts.map(({ target, code }) => [target, code])).toEqual([
      ['shop/production', 'unsealed-plan'],
      ['cart/production', 'unsealed-plan'],
      ['shop/production', 'unproven-message'],
    ]);
  });

  it('that reached nobody is repeated after 10 s, and no sooner', async () => {
    const { raise, paged, later, breakChannels } = worker();
    breakChannels();
    for (let i = 0; i < 20; i += 1) {
      await raise('shop/production');
      later(1_000);
    }
    expect(paged).toHaveLength(2);
  });

  it('never fails, and pages though the store takes nothing', async () => {
    const { raise, paged, breakStore } = worker();
    breakStore();
    await raise('shop/production');
    expect(paged).toHaveLength(1);
  });
});

describe('alarms of targets that there are not', () => {
  it.each<readonly [string, (i: number) => string]>([
    ['of made-up services in an environment of the policy', (i) => `made-up-${i}/production`],
    ['of made-up environments', (i) => `shop/made-up-${i}`],
    ['of names that are none', (i) => `shop/production/${i}`],
    ['of names without end', (i) => `${i}${'x'.repeat(1_000)}/production`],
    ['of no names', (i) => `${i}\0`],
  ])('are raised once a minute in all, however many: %s', async (_, name) => {
    const { raise, alerts, paged, later } = worker();
    for (let i = 0; i < 100; i += 1) await raise(name(i));
    expect([alerts.length, paged.length]).toEqual([1, 1]);
    // They do not silence a target that there is.
    await raise('shop/production');
    expect(alerts.at(-1)).toMatchObject({ target: 'shop/production' });
    later(minute);
    await raise(name(100));
    expect(alerts).toHaveLength(3);
    expect(Math.max(...alerts.map(({ target }) => target.length))).toBeLessThanOrEqual(127);
    expect(Math.max(...paged.map(({ subject }) => subject.length))).toBeLessThan(150);
  });

  it('are all of them while the store does not answer which there are', async () => {
    const { raise, alerts } = worker({ target: () => Promise.reject(new Error('no store')) });
    await raise('shop/production');
    await raise('cart/production');
    expect(alerts).toHaveLength(1);
  });
});

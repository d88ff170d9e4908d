import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualSlots } from '../../src/domain/base/task-queues.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

const waives = ['quorum', 'rollback-checks', 'health-at-start'];
const emergency = { role: 'incident-commander', waives, review: { within: '7d', blocksNext: false } };
const people = testPolicy.people.map((person) =>
  person.subject === 'key:dan' ? { ...person, roles: [...person.roles, 'incident-commander'] } : person,
);

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    policy: { ...testPolicy, people, environments: { production: { ...refusing, emergency } } },
    // As installations run: plans, messages and runs that the API vouches for.
    signingKeys: 'own',
    // One deployment at a time can be watched.
    slots: { ...usualSlots, monitors: 1 },
  });
});
afterAll(() => rig.close());

const via = (world: World) => ({
  id: 'front-door',
  availability: `${world.url}/`,
  rate: 20,
  failureLimit: 3,
  timeout: '1s',
});
/** Another page of the service, asked as any check is. */
const page = (world: World, options: object = {}) => ({
  id: 'page',
  http: `${world.url}/page`,
  interval: '500ms',
  timeout: '2s',
  ...options,
});
const bothSteps = (world: World) => [steps.startByHttp(world), steps.switch(world)];

async function approved(world: World, options: Parameters<Rig['request']>[1], by?: string): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id, by);
  return id;
}
const isAtGate = (id: string) => rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
const isPaged = (id: string) =>
  eventually(
    () => Promise.resolve(rig.told),
    (told) =>
      told.some((line) => line.startsWith(`[page] ${id}`) && line.includes('no worker took the health monitor')),
  );

describe('the watch of a deployment', () => {
  it('has its first samples before the first action, asks again at each end, and fits into 150 events, all of it vouched for', async () => {
    const world = await rig.world('five');
    const quick = (id: string) => ({ ...steps.startByHttp(world), id, title: id, undo: { none: 'nothing' } });
    const { id, status, journal } = await rig.deploy(world, {
      service: 'five',
      steps: [steps.startByHttp(world), quick('b'), quick('c'), steps.hold('1s'), steps.switch(world)],
      procedure: { health: [via(world), page(world, { interval: '1s' })] },
    });
    expect(status.outcome).toBe('succeeded');
    const types = journal.map(({ type }) => type);
    expect(types.indexOf('health-started')).toBeLessThan(types.indexOf('step-started'));
    expect(entriesOf(journal, 'health-started')[0]?.baseline).toMatchObject([
      { check: 'front-door', verdict: 'passed' },
      { check: 'page', verdict: 'passed' },
    ]);
    expect(entriesOf(journal, 'deviation')).toEqual([]);
    const handle = rig.client.workflow.getHandle(workflowIdOf(id));
    await handle.result();
    expect((await handle.fetchHistory()).events?.length).toBeLessThanOrEqual(150);
  });

  it('has not begun where no worker has a free slot: nothing is changed, people are paged, and it goes on once one is', async () => {
    const [busy, waiting] = await Promise.all([rig.world('busy'), rig.world('waiting')]);
    const first = await approved(busy, { service: 'busy', steps: [...bothSteps(busy), steps.gate()] });
    await isAtGate(first);
    const second = await approved(waiting, { service: 'waiting' });
    await isPaged(second);
    const { waitingFor } = await rig.until(second, (status) => status.waitingFor.length > 0);
    expect(waitingFor).toMatchObject([{ kind: 'target', reason: 'no worker has a free slot for the health monitor' }]);
    expect(waiting.changes).toEqual([]);
    expect(entriesOf(await rig.journal(second), 'health-started')).toEqual([]);
    await rig.call('key:alice', 'POST', `/v1/deployments/${first}/abort`, {});
    expect((await rig.ended(first)).outcome).toBe('rolled-back');
    expect((await rig.ended(second)).outcome).toBe('succeeded');
    expect(waiting.live).toBe('green');
  }, 90_000);

  it('finds its slot beside a deployment that waits for a window, which is not watched', async () => {
    const [frozen, free] = await Promise.all([rig.world('frozen'), rig.world('free')]);
    const freeze = { scope: { kind: 'service', service: 'frozen' }, reason: 'an incident' };
    const made = await rig.call<{ id: string }>('key:carol', 'POST', '/v1/freezes', freeze);
    const waiting = await approved(frozen, { service: 'frozen' });
    await rig.until(waiting, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'window'));
    const { status, journal } = await rig.deploy(free, { service: 'free' });
    expect(status.outcome).toBe('succeeded');
    expect(entriesOf(journal, 'deviation')).toEqual([]);
    await rig.call('key:carol', 'DELETE', `/v1/freezes/${made.body.id}`, { reason: 'solved' });
    expect((await rig.ended(waiting)).outcome).toBe('succeeded');
  }, 90_000);

  it('that no worker takes up again after a change rolls it back, and pages', async () => {
    const [busy, late] = await Promise.all([rig.world('unlucky'), rig.world('late')]);
    const first = await approved(busy, { service: 'unlucky', steps: [...bothSteps(busy), steps.gate()] });
    await isAtGate(first);
    const second = await approved(late, { service: 'late', steps: [...bothSteps(late), steps.gate()] });
    await rig.until(second, ({ phase }) => phase === 'awaiting-target');
    await eventually(
      () => rig.journal(second),
      (journal) => entriesOf(journal, 'lock-granted').length > 0,
    );
    // As the steps of the first one end, the slot goes to the second one, which stands in the queue already.
    await rig.approve(first, 'key:bob', 'go');
    await isPaged(first);
    expect(await rig.ended(first)).toMatchObject({ outcome: 'rolled-back' });
    expect(busy.live).toBe('blue');
    const [cause] = entriesOf(await rig.journal(first), 'rollback-started').map((entry) => entry.cause);
    expect(cause).toMatchObject({ kind: 'error', code: 'unwatched' });
    await isAtGate(second);
    await rig.call('key:alice', 'POST', `/v1/deployments/${second}/abort`, {});
    expect((await rig.ended(second)).outcome).toBe('rolled-back');
  }, 90_000);
});

describe('what was bad before the change', () => {
  it('refuses the start, with nothing changed', async () => {
    const world = await rig.world('bad-start');
    world.bend('GET /page', 503);
    const { status, journal } = await rig.deploy(world, {
      service: 'bad-start',
      procedure: { health: [via(world), page(world)] },
    });
    expect(status.outcome).toBe('rejected');
    expect(status.cause).toContain('not healthy before the first change: page');
    expect(world.changes).toEqual([]);
    const gate = entriesOf(journal, 'gate-evaluated').find((entry) => entry.gate === 'health-at-start');
    expect(gate).toMatchObject({ verdict: 'failed', moment: 'grant' });
    expect(await rig.record(status.id)).toContain('Healthy before the change');
  });

  it('is mended by an emergency that waives it, where the release before is broken', async () => {
    const world = await rig.world('mended');
    world.behave('1.4.1', { status: 500 });
    const id = await approved(
      world,
      { service: 'mended', steps: bothSteps(world), change: { type: 'emergency', ticket: 'INC-1' } },
      'key:dan',
    );
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(world.live).toBe('green');
    const journal = await rig.journal(id);
    const gate = entriesOf(journal, 'gate-evaluated').find((entry) => entry.gate === 'health-at-start');
    expect(gate?.verdict).toBe('waived');
    const [summary] = entriesOf(journal, 'health-observed').flatMap(({ summaries }) => summaries);
    expect(summary).toMatchObject({ verdict: 'passed' });
    expect(summary?.badBefore).toBeGreaterThan(0);
    expect(await rig.record(id)).toContain('bad before the change');
  });

  it.each([
    ['goes through where the change mends it', 'mends', 'succeeded', 'green'],
    ['is rolled back where it does not', 'does-not', 'rolled-back', 'blue'],
  ] as const)('and may be so %s', async (_what, service, outcome, live) => {
    const world = await rig.world(service);
    world.bend('GET /page', 503);
    world.bend('PUT /route', () => {
      if (service === 'mends') world.bend('GET /page', null);
    });
    const { status } = await rig.deploy(world, {
      service,
      procedure: { health: [via(world), page(world, { atStart: 'may-fail' })] },
    });
    expect(status.outcome).toBe(outcome);
    expect(world.live).toBe(live);
  });
});

describe('nothing ends well on what was measured before the last change', () => {
  it.each([
    ['a check that hangs from the last change on', '500ms'],
    ['a slow one that would be asked again only in a while', '10m'],
  ])(
    '%s is waited for, and rolls back',
    async (_what, interval) => {
      const service = `hangs-${interval}`;
      const world = await rig.world(service);
      const never = latch();
      world.bend('PUT /route', () => world.bend('GET /page', () => never.closed));
      const health = [via(world), page(world, { interval })];
      const id = await approved(world, { service, procedure: { health, monitoring: { period: '10m' } } });
      expect(await rig.ended(id)).toMatchObject({ outcome: 'rolled-back' });
      never.open();
      expect(world.live).toBe('blue');
      const journal = await rig.journal(id);
      expect(entriesOf(journal, 'phase-entered').map(({ phase }) => phase)).not.toContain('validating');
      expect(entriesOf(journal, 'health-breached')).toMatchObject([{ check: 'page', verdict: 'error' }]);
    },
    60_000,
  );

  it('nor while a check goes bad during validation', async () => {
    const world = await rig.world('turns');
    // It may fail now and then, and is asked seldom: only the end of validation sees it in time.
    const seldom = page(world, { interval: '700ms', failureLimit: 40, window: 60 });
    world.bend('GET /home', async () => {
      world.bend('GET /page', 503);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    });
    const none = { none: 'not here' };
    const id = await approved(world, {
      service: 'turns',
      procedure: {
        health: [via(world), seldom],
        validation: {
          smoke: [{ id: 'home', http: `${world.url}/home` }],
          performance: none,
          integrations: none,
          features: none,
        },
        monitoring: { period: '1m' },
      },
    });
    expect(await rig.ended(id)).toMatchObject({ outcome: 'rolled-back' });
    const phases = entriesOf(await rig.journal(id), 'phase-entered').map(({ phase }) => phase);
    expect(phases).toContain('validating');
    expect(phases).not.toContain('documenting');
  }, 60_000);
});

describe('metrics of a real Prometheus', () => {
  let source: Prometheus;
  let world: World;
  let visitors: { stop(): Promise<void> };
  beforeAll(async () => {
    world = await rig.world('metered');
    source = await startPrometheus({ shop: world.url });
    visitors = visit(world.url);
    await eventually(
      () => source.ask('min(count_over_time(shop_requests_total[20s]))'),
      (samples) => (samples ?? 0) >= 12,
    );
  });
  afterAll(async () => {
    await visitors?.stop();
    await source?.stop();
  });

  const ratio = 'sum(rate(shop_requests_total{code="500"}[6s])) / sum(rate(shop_requests_total[6s]))';
  const errorRate = () => ({
    id: 'error-rate',
    prometheus: source.url,
    query: ratio,
    samplesOf: 'shop_requests_total',
    max: 0.02,
    maxAge: '5s',
  });
  const watched = () => ({ ...errorRate(), interval: '1s', timeout: '2s', failureLimit: 2, window: 10 });
  const change = (release: string, more: object = {}) => ({
    service: 'metered',
    release,
    steps: [...bothSteps(world), steps.hold('1m')],
    procedure: { health: [via(world), watched()], ...more },
  });

  it('confirm a release with 1 % of errors in the background, over 20 s of monitoring, and stand in its record', async () => {
    world.behave('1.4.2', { failsEvery: 100 });
    const none = { none: 'not here' };
    const { id, status } = await rig.deploy(world, {
      ...change('1.4.2'),
      steps: [...bothSteps(world), steps.hold('6s')],
      procedure: {
        health: [via(world), watched()],
        validation: {
          smoke: [{ id: 'home', http: `${world.url}/version` }],
          performance: [{ ...errorRate(), range: '5s', step: '1s' }],
          integrations: none,
          features: none,
        },
        monitoring: { period: '20s' },
      },
    });
    expect(status.outcome).toBe('succeeded');
    expect(await source.ask(ratio)).toBeGreaterThan(0);
    const record = await rig.record(id);
    const threshold = /≤ 0\.02 at `http:\S+` for sum\(rate\(.* samples of shop\S+total ≤ 5 s old/.source;
    expect(record).toMatch(
      new RegExp(
        `\\| performance \\| error-rate \\| ${threshold} \\| 0(\\.\\d+)? to 0\\.0\\d+, 6 samples, \\S+ s old \\|`,
      ),
    );
    expect(record).toContain('over 5 s every 1 s, ≥ 5 samples');
    expect(record).toMatch(
      new RegExp(`Health error-rate: passed, .*limit 2: ≤ 2 of .*; each ${threshold}\\).*; last 0\\.0\\d+, \\S+ s old`),
    );
  }, 90_000);

  it('roll back a release that fails 3 % of its requests, which the front door alone does not see', async () => {
    world.behave('1.4.3', { failsEvery: 33 });
    const live = world.live;
    const { status, journal } = await rig.deploy(world, change('1.4.3'));
    expect(status.outcome).toBe('rolled-back');
    expect(world.live).toBe(live);
    const [breach] = entriesOf(journal, 'health-breached');
    expect(breach).toMatchObject({ check: 'error-rate', verdict: 'failed' });
    expect(breach?.summary).toMatch(/failed \(limit 2\), last 0\.0[23]\d*, \S+ s old: > 0\.02/);
  }, 90_000);

  it('that can no longer be asked roll back, and nothing of the way back needs them', async () => {
    world.behave('1.4.4', {});
    const live = world.live;
    await eventually(
      () => source.ask(ratio),
      (value) => value !== null && value < 0.02,
    );
    const id = await approved(world, change('1.4.4'));
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await source.stop();
    expect(await rig.ended(id)).toMatchObject({ outcome: 'rolled-back' });
    expect(world.live).toBe(live);
    const [breach] = entriesOf(await rig.journal(id), 'health-breached');
    expect(breach).toMatchObject({ check: 'error-rate', verdict: 'error' });
  }, 90_000);
});

/** Sixty visitors a second, whatever they are answered. */
function visit(url: string): { stop(): Promise<void> } {
  const dispatcher = new Agent({ connections: 4 });
  const timer = setInterval(() => {
    for (let i = 0; i < 3; i += 1)
      void request(url, { dispatcher }).then(
        ({ body }) => body.dump(),
        () => undefined,
      );
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return dispatcher.destroy();
    },
  };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { attemptLimitMs, createDelivery } from '../../../../src/activities/notifications/deliver.ts';
import { createNotifiers, openSecrets } from '../../../../src/adapters/index.ts';
import { logNotifier } from '../../../../src/adapters/notifiers/log.ts';
import { deliveryId, pageAbout } from '../../../../src/domain/deployment/notification-words.ts';
import type { Stakeholder } from '../../../../src/domain/kinds/notification.ts';
import type { Attempt, Notice, Notifier } from '../../../../src/domain/kinds/notifier.ts';
import type { Policy } from '../../../../src/domain/policy/policy.ts';
import { pageLinkOf } from '../../../../src/domain/trust/page-link.ts';
import { startReceiver } from '../../../support/receiver.ts';

const at = '2026-11-23T09:00:00.000Z';
const page = pageAbout('shop.production.7', { subject: 'Page: shop', text: 'It burns.', occurrence: '12', at });
const ops = (...channels: Stakeholder['channels']): Stakeholder => ({ name: 'Ops', on: ['page'], channels });
const pigeon = (to = 'roof') => ({ kind: 'pigeon', spec: { pigeon: to } });

/** A worker whose policy names these stakeholders, and a kind of notifier that does as it is told. */
function worker(
  named: readonly Stakeholder[] | Readonly<Record<string, readonly Stakeholder[]>>,
  fly: (notice: Notice, to: string) => Promise<Attempt>,
) {
  const environments = Object.fromEntries(
    Object.entries(Array.isArray(named) ? { production: named } : named).map(([name, stakeholders]) => [
      name,
      { stakeholders },
    ]),
  );
  const kind: Notifier<{ pigeon: string }, undefined> = {
    kind: 'pigeon',
    schema: z.strictObject({ pigeon: z.string().max(20) }),
    how: ({ pigeon }) => `pigeon to ${pigeon}`,
    deliver: (notice, { pigeon }) => fly(notice, pigeon),
  };
  const policy = { notifiers: {}, environments } as unknown as Policy;
  return createDelivery({
    notifiers: new Map([['pigeon', kind as unknown as Notifier]]),
    newSecrets: openSecrets(null),
    policy: { read: async () => ({ policy }) },
    publicUrl: () => 'https://gantry.example',
    pageKey: new Uint8Array(32).fill(1),
    now: () => Date.parse(at),
  });
}

it('notifies each stakeholder by each way that is named, with the same id at each attempt', async () => {
  const seen: Notice[] = [];
  const deliver = worker([ops(pigeon())], async (notice) => {
    seen.push(notice);
    return { result: 'again', summary: 'a storm', retryAfterMs: 5_000 };
  });
  const [first] = await deliver({ notification: page, to: [ops(pigeon())] });
  const [second] = await deliver({ notification: page, to: [ops(pigeon())] });
  expect(first).toEqual({
    id: deliveryId(page.id, 'Ops', pigeon()),
    stakeholder: 'Ops',
    channel: 'pigeon',
    how: 'pigeon to roof',
    delivered: false,
    summary: 'a storm',
    again: { afterMs: 5_000 },
  });
  expect(second?.id).toBe(first?.id);
  expect(seen.map(({ deliveryId: id }) => id)).toEqual([first?.id, first?.id]);
  expect(seen[0]?.links.map(({ url }) => url)).toEqual([
    'https://gantry.example/v1/deployments/shop.production.7',
    'https://gantry.example/v1/deployments/shop.production.7/record',
  ]);
  expect(
    new Set(['12', '13'].map((occurrence) => pageAbout('a', { subject: '', text: '', occurrence, at }).id)).size,
  ).toBe(2);
});

it('gives each recipient of a page a link of their own to acknowledge it, which no log shows', async () => {
  const seen: Notice[] = [];
  const deliver = worker([ops(pigeon())], async (notice) => {
    seen.push(notice);
    return { result: 'delivered', summary: 'landed' };
  });
  await deliver({ notification: { ...page, page: '3' }, to: [ops(pigeon())] });
  const [link, ...others] = seen[0]?.links ?? [];
  expect([link?.rel, ...others.map(({ rel }) => rel)]).toEqual(['acknowledge', 'deployment', 'record']);
  const token = link?.url.replace('https://gantry.example/v1/pages/', '') ?? '';
  expect(pageLinkOf(new Uint8Array(32).fill(1), token)).toEqual({
    deployment: 'shop.production.7',
    page: '3',
    delivery: seen[0]?.deliveryId,
  });
  const lines: string[] = [];
  await logNotifier((line) => lines.push(line)).deliver(seen[0] as Notice, { log: true }, {} as never);
  expect(lines.join()).toContain('/v1/deployments/shop.production.7');
  expect(lines.join()).not.toContain('/v1/pages/');
});

it('sends nothing to an address that the policy of the worker does not name, whatever a plan names', async () => {
  const flown: string[] = [];
  const deliver = worker([ops(pigeon('tower'))], async (_, to) => {
    flown.push(to);
    return { result: 'delivered', summary: 'landed' };
  });
  // Of a stakeholder whom it knows, the address of today counts.
  const moved = await deliver({ notification: page, to: [ops(pigeon('evil'))] });
  expect(moved).toMatchObject([{ delivered: true, how: 'pigeon to tower' }]);
  const stranger = { ...ops(pigeon('evil')), name: 'Mallory' };
  const unknown = await deliver({ notification: page, to: [stranger, ops({ kind: 'log', spec: { log: true } })] });
  expect(unknown).toMatchObject([
    { stakeholder: 'Mallory', delivered: false, again: null, summary: expect.stringContaining('no such way') },
    { stakeholder: 'Ops', delivered: false, again: null, summary: expect.stringContaining('no such way') },
  ]);
  expect(flown).toEqual(['tower']);
});

it('sends what is about one environment to no stakeholder of another, and what is about none that it knows to all who are named', async () => {
  const flown: string[] = [];
  const to = { staging: [ops(pigeon('tower'))], production: [ops(pigeon('roof'))], canary: [] };
  const deliver = worker(to, async (_, place) => {
    flown.push(place);
    return { result: 'delivered', summary: 'landed' };
  });
  const tell = (environment: string | null) =>
    deliver({ notification: { ...page, environment }, to: [ops(pigeon('tower'))] });
  // In production they are reached elsewhere now, in canary not at all.
  expect(await tell('production')).toMatchObject([{ delivered: true, how: 'pigeon to roof' }]);
  expect(await tell('canary')).toMatchObject([{ delivered: false, again: null }]);
  expect(await tell('staging')).toMatchObject([{ delivered: true, how: 'pigeon to tower' }]);
  for (const environment of [null, 'gone'])
    expect(await tell(environment)).toMatchObject([{ delivered: true, how: 'pigeon to tower' }]);
  expect(flown).toEqual(['roof', 'tower', 'tower', 'tower']);
});

it('distinguishes two ways of one kind, and names with any characters', () => {
  const ids = [
    deliveryId(page.id, 'Ops', pigeon('roof')),
    deliveryId(page.id, 'Ops', pigeon('tower')),
    deliveryId(page.id, 'Ops","pigeon', pigeon('roof')),
    deliveryId(`${page.id}/Ops`, '', pigeon('roof')),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

it('is held up by no notifier longer than an attempt may take', async () => {
  const deliver = worker([ops(pigeon())], () => new Promise(() => {}));
  const began = performance.now();
  expect(await deliver({ notification: page, to: [ops(pigeon())] })).toMatchObject([
    { delivered: false, again: { afterMs: null } },
  ]);
  expect(performance.now() - began).toBeLessThan(attemptLimitMs + 1_500);
});

it('takes a notifier that throws for one that may do better another time', async () => {
  const deliver = worker([ops(pigeon())], () => Promise.reject(new Error('no feathers')));
  expect(await deliver({ notification: page, to: [ops(pigeon())] })).toMatchObject([
    { delivered: false, summary: 'no feathers', again: { afterMs: null } },
  ]);
});

it('writes one harmless line to the log for each stakeholder', async () => {
  const lines: string[] = [];
  const log = { kind: 'log', spec: { log: true } };
  const to = ['Shop team', 'On call'].map((name) => ({ ...ops(log), name }));
  const deliver = createDelivery({
    notifiers: createNotifiers((line) => lines.push(line)),
    newSecrets: openSecrets(null),
    policy: {
      read: async () => ({
        policy: { notifiers: {}, environments: { production: { stakeholders: to } } } as unknown as Policy,
      }),
    },
    publicUrl: () => null,
    now: () => 0,
  });
  const notification = { ...page, subject: 'Page: \u001b[31mred', lines: ['a\nb\r\u202Ec'] };
  expect(await deliver({ notification, to })).toMatchObject([
    { stakeholder: 'Shop team', delivered: true, how: 'log' },
    { stakeholder: 'On call', delivered: true },
  ]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe(
    '[page] shop.production.7 to Shop team: Page: red. a b c Wanted of whoever is on call: look at shop.production.7.',
  );
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

it('keeps secrets out of the summary of an attempt, wherever a receiver repeats them', async () => {
  const secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  const receiver = await startReceiver((response, request) => {
    response.writeHead(404);
    response.end(`no such hook: ${request.url}`);
  });
  try {
    await writeFile(join(secrets, 'chat-hook'), `${receiver.url}/T000/very-secret-path`);
    const to = [ops({ kind: 'slack', spec: { slack: `\${secret:chat-hook}` } })];
    const policy = { notifiers: {}, environments: { production: { stakeholders: to } } } as unknown as Policy;
    const deliver = createDelivery({
      notifiers: createNotifiers(() => undefined),
      newSecrets: openSecrets(secrets),
      policy: { read: async () => ({ policy }) },
      publicUrl: () => null,
      now: Date.now,
    });
    const deliveries = await deliver({ notification: page, to });
    expect(deliveries).toMatchObject([
      {
        how: 'slack, the address in secret chat-hook',
        delivered: false,
        again: null,
        summary: expect.stringMatching(/^404/),
      },
    ]);
    expect(JSON.stringify(deliveries)).not.toContain('very-secret');
  } finally {
    await receiver.close();
    await rm(secrets, { recursive: true, force: true });
  }
});

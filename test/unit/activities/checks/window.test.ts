import { expect, it } from 'vitest';
import { windowClosed, windowNow } from '../../../../src/activities/checks/window.ts';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { type Freeze, freezeState } from '../../../../src/domain/policy/freezes-by-people.ts';
import type { ActionInput } from '../../../../src/domain/ports/effects.ts';
import { freezeOf } from '../../store/rows.ts';

const office = { rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH', start: '09:00', end: '16:00' };
const windows = {
  timeZone: 'Europe/Berlin',
  allow: [office],
  freezes: [],
  runwayMs: 1_800_000,
  runwayFrom: 'policy',
} as const;
const target = { service: 'shop', environment: 'production' };

function given(at: string, freezes: () => Promise<readonly Freeze[]> = async () => []) {
  const asked: unknown[] = [];
  const store = {
    freezesOf(...what: unknown[]) {
      asked.push(what);
      return freezes();
    },
  };
  const deps = { store, now: () => Date.parse(at) } as unknown as ActivityDeps;
  const runIdentity = { target: 'shop/production' };
  const asking = { runIdentity, windows } as unknown as ActionInput;
  const patience = { forMs: 0, signal: new AbortController().signal };
  return { deps, asked, closed: () => windowClosed(deps, asking, patience) };
}

const held = freezeOf('f1', { kind: 'everything' }, { reason: 'an incident' });

it('is evaluated by the freezes of this target, the rules of the plan and the clock', async () => {
  const { deps, asked } = given('2026-11-23T14:45:00.000Z');
  expect(await windowNow(deps, { ...target, windows })).toMatchObject({
    open: false,
    fault: 'no-runway',
    // Records show it, and so by whose clocks the window was open.
    required: expect.stringContaining(`Europe/Berlin (time zone data ${process.versions['tz']}), 30 min left`),
  });
  expect(asked).toEqual([['shop', 'production', '2026-11-23T14:45:00.000Z']]);
  expect(
    await windowNow(given('2026-11-23T09:30:00.000Z', async () => [held]).deps, { ...target, windows: null }),
  ).toMatchObject({
    open: false,
    fault: 'frozen',
    required: 'no freeze',
  });
});

it('is closed by a freeze from the moment that it is made, by whatever clock evaluates it', async () => {
  for (const at of ['2026-11-23T08:59:57.000Z', '2026-11-23T08:00:00.000Z'])
    expect(await windowNow(given(at, async () => [held]).deps, { ...target, windows: null })).toMatchObject({
      open: false,
      fault: 'frozen',
      why: expect.stringContaining('frozen by key:carol 2026-11-23T09:00:00.000Z until it is lifted'),
    });
  expect(freezeState(held, Date.parse('2026-11-23T08:59:57.000Z'))).toBe('active');
  // One that was announced begins by the clock.
  const announced = { ...held, createdAt: '2026-11-23T08:00:00.000Z' };
  expect(
    await windowNow(given('2026-11-23T08:59:57.000Z', async () => [announced]).deps, { ...target, windows: null }),
  ).toMatchObject({ open: true });
});

it('needs no runway once a deployment has begun', async () => {
  expect(await given('2026-11-23T14:45:00.000Z').closed()).toBeNull();
  expect(await given('2026-11-23T15:00:00.000Z').closed()).toBe('outside every window (Europe/Berlin)');
  expect(await given('2026-11-23T10:00:00.000Z', async () => [held]).closed()).toContain('an incident');
});

it('counts as closed where it cannot be evaluated, and stops nothing', async () => {
  const silent = () => Promise.reject(new GantryError('store-unavailable', 'The store does not answer.'));
  expect(await given('2026-11-23T10:00:00.000Z', silent).closed()).toBe(
    'nobody could tell: The store does not answer.',
  );
});

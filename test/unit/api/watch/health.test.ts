import { expect, it } from 'vitest';
import { createHealthViews } from '../../../../src/api/watch/health.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { Gateway } from '../../../../src/temporal/gateway.ts';

const at = '2026-11-23T10:00:00.000Z';
const heard = { heartbeat: { at, checks: {} }, worker: 'host/1' };

/** Views of monitors that count how often Temporal is asked for each deployment. */
function views(answer: Gateway['heard'] = async () => heard) {
  const asked: string[] = [];
  let now = 0;
  const view = createHealthViews(
    {
      heard: (id) => {
        asked.push(id);
        return answer(id);
      },
    },
    () => now,
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { view, asked, pass };
}

it('asks Temporal once a second for each deployment, however many want to know', async () => {
  const { view, asked, pass } = views();
  const all = await Promise.all(Array.from({ length: 500 }, () => view('shop.production.7')));
  expect(all[499]).toEqual({ state: 'watching', at, worker: 'host/1', checks: [] });
  await view('shop.production.8');
  pass(999);
  await view('shop.production.7');
  expect(asked).toEqual(['shop.production.7', 'shop.production.8']);
  pass(1);
  await view('shop.production.7');
  expect(asked).toHaveLength(3);
});

it.each([
  ['there is no monitor', null],
  ['what the monitor says cannot be read', { heartbeat: { checks: 'many' }, worker: null }],
])('tells that nothing is known where %s', async (_, found) => {
  const { view } = views(async () => found);
  expect(await view('shop.production.7')).toEqual({ state: 'none', at: null, worker: null, checks: [] });
});

it('does not answer for Temporal, and asks it again', async () => {
  let isSilent = true;
  const { view, pass } = views(async () => {
    if (isSilent) throw new GantryError('engine-unavailable', 'no answer');
    return heard;
  });
  await expect(view('shop.production.7')).rejects.toThrow('no answer');
  isSilent = false;
  pass(1_000);
  expect(await view('shop.production.7')).toMatchObject({ state: 'watching' });
});

it('does not remember every deployment for ever', async () => {
  const { view, asked } = views();
  for (let n = 0; n <= 1_000; n += 1) await view(`shop.production.${n}`);
  await view('shop.production.0');
  expect(asked.at(-1)).toBe('shop.production.0');
  await view('shop.production.1000');
  expect(asked.at(-1)).toBe('shop.production.0');
});

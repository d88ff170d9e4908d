import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { liveThrough } from '../faults/outage-life.ts';
import { type Outages, type Side, withOutages } from '../faults/outages.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
let outages: Outages;
beforeAll(async () => {
  rig = await startRig({
    signingKeys: 'own',
    workerStore(real) {
      outages = withOutages(real);
      return outages.store;
    },
  });
});
afterAll(() => rig.close());

/** What every action asks the store, whatever was asked a moment before, and what is written for good. */
const named = [
  ...['freezesOf', 'plan', 'raiseFence', 'appendJournal'].map((question) => `act ${question}`),
  'evaluateGates appendJournal',
  'saveTarget saveTarget',
  'publish saveRecord',
];
const sides: readonly Side[] = ['before', 'after'];

// The long form, for outages of any length: `npm run outages`.
it('a deployment ends as it would have, though the store goes away for a moment before or after each of its questions', async () => {
  const kinds = sides.flatMap((side) => [false, true].map((breaks) => ({ side, breaks })));
  const lives = await Promise.all(
    kinds.map(async ({ side, breaks }) => {
      const service = `${side}-${breaks ? 'broken' : 'good'}`;
      const plan = { side, ms: 250, hangs: false };
      const life = await liveThrough(rig, outages, { service, world: await rig.world(service), breaks, plan });
      return { service, ...life };
    }),
  );
  expect(lives.map(({ service, outcome, violations }) => [service, outcome, violations])).toEqual([
    ['before-good', 'succeeded', []],
    ['before-broken', 'rolled-back', []],
    ['after-good', 'succeeded', []],
    ['after-broken', 'rolled-back', []],
  ]);
  for (const { met } of lives) expect(named.filter((point) => !met.has(point))).toEqual([]);
  const causes = lives.flatMap(({ journal }) => entriesOf(journal, 'rollback-started')).map(({ cause }) => cause);
  const ofItsOwn = expect.objectContaining({ kind: 'step-failed', step: 'switch' });
  expect(causes).toEqual([ofItsOwn, ofItsOwn]);
}, 180_000);

import { expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/base/errors.ts';
import type { StoreSchema } from '../../../src/domain/base/store-schema.ts';
import { createUpkeep } from '../../../src/main/upkeep.ts';

function listener() {
  const told: string[] = [];
  return { told, log: (line: string) => void told.push(line) };
}
const checkSchema = async (): Promise<StoreSchema> => ({ newest: '0012-b', isNewer: false });

it('logs what it has removed, and nothing where it was nothing or another process’s turn', async () => {
  const { told, log } = listener();
  const none = { sessions: 0, claims: 0, plans: 0, outputs: 0, alerts: 0 };
  const answers = [null, none, { ...none, sessions: 3, plans: 1 }];
  const sweep = async () => answers.shift() ?? null;
  const round = createUpkeep({ store: { checkSchema, sweep }, sweeps: true, removeLeftFolders: async () => 0, log });
  for (let each = 0; each < 4; each += 1) await round();

  expect(told).toEqual(['Removed from the store, past their time: 3 sessions, 1 plans.']);
});

it('sweeps though the temporary folder cannot be read', async () => {
  const { told, log } = listener();
  let swept = 0;
  const sweep = async () => {
    swept += 1;
    return null;
  };
  const removeLeftFolders = () => Promise.reject(new Error('EACCES'));
  const round = createUpkeep({ store: { checkSchema, sweep }, sweeps: true, removeLeftFolders, log });
  for (let each = 0; each < 2; each += 1) await round();

  expect({ swept, told }).toEqual({ swept: 2, told: ['Error: EACCES'] });
});

it('logs once that the store has left this build behind, and again when that comes back', async () => {
  const { told, log } = listener();
  let refusal: GantryError | null = null;
  const asked = async () => {
    if (refusal) throw refusal;
    return checkSchema();
  };
  const round = createUpkeep({
    store: { checkSchema: asked, sweep: async () => null },
    sweeps: false,
    removeLeftFolders: async () => 0,
    log,
  });
  const tooNew = new GantryError('schema-too-new', 'The store has 9001-contracts.');

  for (const each of [null, tooNew, tooNew, null, tooNew]) {
    refusal = each;
    await round();
  }

  expect(told).toEqual(Array(2).fill('schema-too-new: The store has 9001-contracts.'));
});

it.each([
  ['an API', { sweeps: true, removeLeftFolders: null }, ['store']],
  ['a worker', { sweeps: false }, ['folders']],
] as const)('%s sees to what is its own', async (_what, how, expected) => {
  const seenTo: string[] = [];
  const done = (what: string) => async () => void seenTo.push(what);
  const sweep = () => done('store')().then(() => null);
  const round = createUpkeep({
    store: { checkSchema, sweep },
    log: () => undefined,
    removeLeftFolders: done('folders'),
    ...how,
  });
  await round();
  expect(seenTo).toEqual(expected);
});

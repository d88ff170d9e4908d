import { expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/errors.ts';
import type { StoreSchema } from '../../../src/domain/store-schema.ts';
import { createUpkeep } from '../../../src/main/upkeep.ts';

it('says once that the store has left this build behind, and again when that comes back', async () => {
  const told: string[] = [];
  let refusal: GantryError | null = null;
  const checkSchema = async (): Promise<StoreSchema> => {
    if (refusal) throw refusal;
    return { newest: '0012-b', isNewer: false };
  };
  const upkeep = createUpkeep({ store: { checkSchema }, log: (line) => told.push(line) });
  const tooNew = new GantryError('schema-too-new', 'The store has 9001-contracts.');

  for (const each of [null, tooNew, tooNew, null, tooNew]) {
    refusal = each;
    await upkeep.round();
  }

  expect(told).toEqual(Array(2).fill('schema-too-new: The store has 9001-contracts.'));
});

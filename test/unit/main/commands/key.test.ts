import { Command } from 'commander';
import { beforeEach, expect, it } from 'vitest';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { add } from '../../../../src/main/commands/key.ts';
import { planningInput } from '../../domain/planning-input.ts';
import { useStore } from '../../store/engines.ts';
import { deploymentRow } from '../../store/rows.ts';

const given = useStore('PGlite');
let keys = 0;
let old: string;
let newest: string;
beforeEach(async () => {
  [old, newest] = [newKey(), newKey()];
  for (const id of [old, newest]) await given.store.trustKey(id, id.repeat(4));
});

function newKey(): string {
  keys += 1;
  return keys.toString(16).padStart(16, '0');
}

/** What `gantry key …` says to people. */
async function key(...words: string[]): Promise<readonly string[]> {
  const said: string[] = [];
  const program = new Command().exitOverride();
  add(program.command('key'), { say: (line) => said.push(line) }, (work) => work(given.store));
  await program.parseAsync(['key', ...words], { from: 'user' });
  return said;
}

const trusted = async () => (await key('list')).map((line) => line.slice(0, 16));

/** Deployments of one service that have not ended, sealed with a key. */
async function open(service: string, sealedWith: string, numbers: readonly number[]) {
  const { plan, planDigest } = freezePlan(planningInput());
  for (const number of numbers) {
    const own = `${planDigest}-${service}`;
    await given.store.savePlan(own, plan, { planDigest: own, key: sealedWith, plan: '00', parts: {} });
    const row = deploymentRow(number, { service, planDigest: own });
    await given.store.appendJournal({ deployment: row.id, entries: [], row });
  }
}

it('a key that nothing bears any more is retired', async () => {
  expect(await key('retire', old)).toEqual([`Retired ${old}.`]);
  expect(await trusted()).not.toContain(old);
  await expect(key('retire', old)).rejects.toMatchObject({ code: 'not-found' });
});

it('a key whose seals are needed for a way back is kept, and the refusal names the deployments', async () => {
  await open('shop', old, [3]);
  await expect(key('retire', old)).rejects.toMatchObject({
    code: 'key-in-use',
    message: `${old} is still needed: 1 deployment (shop.production.3) bears its seals, or may, and its way back is refused then. Say --force to retire it all the same.`,
  });
  await open('shop', old, [1, 2, 4, 5, 6, 7]);
  await expect(key('retire', old)).rejects.toThrow(
    `7 deployments (shop.production.1, shop.production.2, shop.production.3, shop.production.4, shop.production.5 and 2 more) bear its seals, or may, and their`,
  );
  expect(await trusted()).toContain(old);

  expect(await key('retire', old, '--force')).toEqual([
    expect.stringMatching(
      new RegExp(`^Retired ${old}, although 7 deployments .* and their way back is refused then\\.$`),
    ),
  ]);
  expect(await trusted()).not.toContain(old);
});

it('the newest key is kept, since the API seals with it', async () => {
  await expect(key('retire', newest)).rejects.toMatchObject({
    code: 'key-in-use',
    message: expect.stringContaining('the API seals with it, as the newest one'),
  });
  expect(await trusted()).toContain(newest);
  expect(await key('retire', newest, '--force')).toEqual([
    expect.stringContaining(`Retired ${newest}, although the API`),
  ]);
  expect(await trusted()).not.toContain(newest);
});

it.each([[], ['--attestation']])('a key is made in no folder that is not there: %j', async (...more: string[]) => {
  await expect(key('create', '--data', '/nowhere/keys', ...more)).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringMatching(
      /-key cannot be written: make the folder \/nowhere\/keys first, for its owner alone\.$/,
    ),
  });
  await expect(key('rotate', '--data', '/nowhere/keys')).rejects.toMatchObject({ code: 'invalid-config' });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keyIdOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys, rotateMessageKey } from '../../../../src/main/keys/message-key.ts';
import { registerKeys } from '../../../../src/main/keys/register-keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-register-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Registers the keys of the folder where these were retired; answers what is signed with, and what was said. */
async function register(...retired: string[]) {
  const registered: string[] = [];
  const said: string[] = [];
  const store = { trustKey: async (id: string) => registered.push(id) > 0 && !retired.includes(id) };
  const keys = await registerKeys(store, await ensureMessageKeys(folder), (line) => said.push(line));
  return { keys, registered, said };
}

it('the newest key is registered last, so that the store knows it as the newest', async () => {
  const first = keyIdOf((await ensureMessageKeys(folder)).publicKeys[0] ?? '');
  const second = await rotateMessageKey(folder);
  const { keys, registered, said } = await register();
  expect(registered).toEqual([first, second]);
  expect(keys.publicKeys.map(keyIdOf)).toEqual([second, first]);
  expect(keys.vouch('x').map(({ key }) => key)).toEqual([second, first]);
  expect(said).toEqual([]);
});

it('an older key that was retired signs nothing, which is logged', async () => {
  const first = keyIdOf((await ensureMessageKeys(folder)).publicKeys[0] ?? '');
  const second = await rotateMessageKey(folder);
  const { keys, said } = await register(first);
  expect(keys.publicKeys.map(keyIdOf)).toEqual([second]);
  expect(keys.vouch('x').map(({ key }) => key)).toEqual([second]);
  expect(keys.seal('x').key).toBe(second);
  expect(said).toEqual([
    expect.stringContaining(`The key ${first}, number 2 in ${join(folder, 'message-key')}, was retired`),
  ]);
});

it('an API whose newest key was retired does not start, and the error names the remedy', async () => {
  await ensureMessageKeys(folder);
  const newest = await rotateMessageKey(folder);
  const refusal = register(newest);
  await expect(refusal).rejects.toMatchObject({ code: 'invalid-config' });
  await expect(refusal).rejects.toThrow(`The key ${newest}, the first in ${join(folder, 'message-key')}, was retired`);
  await expect(refusal).rejects.toThrow(`gantry key rotate --data ${folder}`);
});

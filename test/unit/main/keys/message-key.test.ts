import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { maxSignatures } from '../../../../src/domain/trust/seal.ts';
import { rotateMessageKey } from '../../../../src/main/keys/message-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('a rotation drops no key: a full file is refused and stays as it is', async () => {
  for (let i = 0; i < maxSignatures; i += 1) await rotateMessageKey(folder);
  const full = await readFile(join(folder, 'message-key'), 'utf8');
  expect(full.trim().split('\n')).toHaveLength(maxSignatures);
  await expect(rotateMessageKey(folder)).rejects.toMatchObject({
    code: 'key-in-use',
    message: expect.stringContaining('retire one and take its line out'),
  });
  expect(await readFile(join(folder, 'message-key'), 'utf8')).toBe(full);
});

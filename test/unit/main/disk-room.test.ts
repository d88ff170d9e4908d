import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { policySchema } from '../../../src/domain/policy/policy.ts';
import { createDiskWatch, roomIn } from '../../../src/main/disk-room.ts';
import { policyDocument } from '../domain/planning-input.ts';

const mebi = 1024 * 1024;

it('a disk with less than 64 MiB is full, and the folder is named; one that cannot be asked is not', async () => {
  const free = new Map([
    ['/roomy', 64 * mebi],
    ['/full', 3.5 * mebi],
  ]);
  const freeIn = async (folder: string) => free.get(folder) ?? Promise.reject(new Error('ENOENT'));
  expect(await roomIn(['/roomy', '/gone'], freeIn)()).toBeNull();
  expect(await roomIn([], freeIn)()).toBeNull();
  expect(await roomIn(['/roomy', '/full'], freeIn)()).toMatch(/^The disk of \/full is full: 3 MiB are left/);
  // The real one, of a machine that runs tests.
  expect(await roomIn([tmpdir(), '/nowhere/at/all'])()).toBeNull();
});

it('a full disk is paged once, whether or not the store can keep an alert', async () => {
  const pages: string[] = [];
  let detail: string | null = null;
  const watch = createDiskWatch({
    room: async () => detail,
    store: { addAlert: () => Promise.reject(new Error('full')) },
    policy: { read: async () => ({ policy: policySchema.parse(policyDocument()), digest: '', fault: null }) },
    notify: async ({ notification }: { readonly notification: object }) => {
      pages.push(JSON.stringify(notification));
      return [{ delivered: true }];
    },
  } as never);
  await watch();
  expect(pages).toEqual([]);
  detail = 'The disk of /data is full.';
  await watch();
  await watch();
  expect(pages).toEqual([expect.stringContaining('disk-full')]);
});

import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createFileHelper } from '../../../src/activities/records/files.ts';
import { askHelper } from '../../../src/adapters/process/helper.ts';
import { watchOver } from '../../../src/adapters/process/warden.ts';

// What Node does not tell anybody ends the process: a test then fails by an error that nobody has caught.

const { execPath } = process;
afterEach(() => {
  process.execPath = execPath;
});
const noNode = () => {
  process.execPath = join(tmpdir(), 'gantry-no-such-node');
};
const ask = (more: object = {}) =>
  askHelper({
    name: 'git-helper.ts',
    beside: new URL('../../../src/adapters/git/write-repository.ts', import.meta.url).href,
    job: {},
    cwd: tmpdir(),
    env: {},
    signal: new AbortController().signal,
    limitMs: 10_000,
    ...more,
  });
const look = { kind: 'look', folder: tmpdir(), names: [], owner: [] } as const;

it('a helper that cannot be started is an answer, and the process goes on', async () => {
  expect(await ask({ cwd: join(tmpdir(), 'gantry-no-such-folder') })).toMatchObject({ kind: 'failed' });
  // Thrown at once, as ENOMEM is.
  expect(await ask({ env: { BAD: 'a\0b' } })).toMatchObject({ kind: 'failed' });
  noNode();
  expect(await ask()).toMatchObject({ kind: 'failed', why: expect.stringContaining('ENOENT') });
});

it('an answer arrives even if the helper has ended before anything listens for it', async () => {
  const file = join(tmpdir(), 'gantry-no-such-file');
  const asked = Array.from({ length: 4 }, () =>
    ask({
      name: 'file-helper.mjs',
      beside: new URL('../../../src/adapters/configuration/read-file.ts', import.meta.url).href,
      job: { file, closed: [], maxBytes: 10 },
    }),
  );
  // Nothing is heard meanwhile, as on a machine that is busy with other things.
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  for (const end of await Promise.all(asked)) expect(end).toEqual({ kind: 'answered', answer: { why: 'ENOENT' } });
});

it('the process that writes records may not start, or break between two orders', async () => {
  noNode();
  await expect(createFileHelper().run(look)).rejects.toMatchObject({ code: 'internal' });
  process.execPath = execPath;
  const thrown = createFileHelper(() => {
    throw new Error('spawn ENOMEM');
  });
  await expect(thrown.run(look)).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('ENOMEM'),
  });
  const started: ReturnType<typeof fork>[] = [];
  const helper = createFileHelper(() => {
    const child = fork('-e', [], { execPath: '/bin/cat', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    started.push(child);
    return child;
  }, 100);
  await expect(helper.run(look)).rejects.toMatchObject({ code: 'internal' });
  expect(() => started[0]?.emit('error', new Error('kill EPERM'))).not.toThrow();
});

it('a warden that cannot be started stops nothing', () => {
  process.execPath = 'thrown\0at once';
  const letGo = watchOver(2 ** 22 + 1);
  expect(letGo).not.toThrow();
});

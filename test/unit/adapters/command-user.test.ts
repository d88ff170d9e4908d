import {
  chmod,
  chown,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile as readFileAs } from '../../../src/adapters/configuration/read-file.ts';
import { createAdapters, isolationOf, openSecrets, removeLeftFolders } from '../../../src/adapters/index.ts';
import { findCommandUser } from '../../../src/adapters/process/command-user.ts';
import type { AdapterContext } from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';
import { eventually } from '../../support/eventually.ts';
import { isAlive } from '../../support/processes.ts';

// Only root can start a process as somebody else. Whoever else runs this suite sees what a worker without those rights does.
const isRoot = process.getuid?.() === 0;
/** Nobody's, on any machine. */
const stranger = { name: '61234:61234', uid: 61_234, gid: 61_234, home: '/' };

let folder: string;
let files: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-user-'));
  await chmod(folder, 0o755);
  // As they lie where a worker and gantry dev keep them.
  await mkdir(join(folder, 'secrets'), { mode: 0o700 });
  files = ['secrets/message-key', 'secrets/tokens.json', 'store-address'].map((name) => join(folder, name));
  for (const file of files) await writeFile(file, 'a-secret-of-the-worker', { mode: 0o600 });
  await mkdir(join(folder, 'procedures'), { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a script of Node's as the stranger; answers what it printed as JSON. */
async function run(
  text: string,
  context: Partial<AdapterContext> = {},
  env?: Record<string, string>,
  args: readonly string[] = [],
) {
  const user = isRoot ? stranger : null;
  const adapter = createAdapters({ path: process.env['PATH'] ?? '', user }).actions.get('command');
  const spec = { command: [process.execPath, '-e', text, ...args], ...(env ? { env } : {}) };
  const outcome = await adapter?.run(adapter.schema.parse(spec), contextFor(context));
  return { outcome, said: outcome?.kind === 'completed' ? (JSON.parse(outcome.output?.text ?? '') as unknown) : null };
}
const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
const readsEach = `const fs = require('fs');
  console.log(JSON.stringify(process.argv.slice(1).map((file) => {
    try { fs.readFileSync(file); return 'read'; } catch ({ code }) { return code; }
  })))`;

describe('a command of a worker that is root', () => {
  it('reads nothing of what is the worker’s, and has none of its groups', async () => {
    const { outcome, said } = await run(readsEach, {}, undefined, [`/proc/${process.pid}/environ`, ...files]);
    expect(said).toEqual(Array(4).fill(isRoot ? 'EACCES' : 'read'));
    expect(outcome?.observed).toMatchObject({ ranAs: isRoot ? stranger.name : null });
  });

  it('has none of the worker’s groups', async () => {
    const before = process.getgroups?.() ?? [];
    if (isRoot) process.setgroups?.([0, 4]);
    try {
      const { said } = await run(
        `const [, uid, groups] = /^Uid:\\s*(\\d+)[^]*^Groups:(.*)$/m.exec(require('fs').readFileSync('/proc/self/status', 'utf8'));
         console.log(JSON.stringify({ uid: Number(uid), gid: process.getgid(), groups: groups.split(/\\s+/).filter(Boolean).map(Number) }))`,
      );
      expect(said).toEqual(
        isRoot
          ? { uid: stranger.uid, gid: stranger.gid, groups: [] }
          : { uid: process.getuid?.(), gid: process.getgid?.(), groups: before },
      );
    } finally {
      if (isRoot) process.setgroups?.(before);
    }
  });

  it.runIf(process.platform === 'linux')('reports what it left behind, which is ended', async () => {
    const { outcome, said } = await run(
      "console.log(require('child_process').spawn('sleep', ['600'], { stdio: 'ignore' }).pid); process.exit(0)",
    );
    expect(outcome?.summary).toBe('exit 0; 1 process left behind was ended: sleep 600');
    expect(isAlive(said as number)).toBe(false);
  });

  it('has a folder of its own, which is gone afterwards with all that it left there', async () => {
    const { said } = await run(
      `const fs = require('fs'); fs.mkdirSync('a/b', { recursive: true }); fs.writeFileSync('a/b/c', '');
       fs.symlinkSync(process.argv[1], 'a/link');
       console.log(JSON.stringify([process.cwd(), process.env.HOME, fs.statSync('.').uid]))`,
      {},
      undefined,
      [folder],
    );
    const [where, home, owner] = said as [string, string, number];
    expect({ home, owner }).toEqual(
      isRoot ? { home: '/', owner: stranger.uid } : { home: homedir(), owner: process.getuid?.() },
    );
    await expect(stat(where)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(folder)).toContain('secrets');
  });

  it('gets a secret as a file that only it can read, and that is gone afterwards', async () => {
    const secrets = openSecrets(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets/deploy-key'), 'first\nsecond line\n', { mode: 0o600 });
    const { said } = await run(
      `const fs = require('fs'); const [file] = process.argv.slice(1);
       console.log(JSON.stringify([file, process.env.ALSO, fs.readFileSync(file, 'utf8').length, fs.statSync(file).mode & 0o777]))`,
      { secrets: secrets() },
      { ALSO: '${secret-file:deploy-key}' },
      ['${secret-file:deploy-key}'],
    );
    const [file, also, length, mode] = said as [string, string, number, number];
    expect({ also, length, mode }).toEqual({ also: file, length: 18, mode: isRoot ? 0o400 : 0o600 });
    expect(await isThere(file)).toBe(!isRoot);
    expect(await readFile(join(folder, 'secrets/deploy-key'), 'utf8')).toBe('first\nsecond line\n');
  });

  it('is ended with all its processes when it is cancelled', async () => {
    const file = join(folder, 'procedures', 'pids');
    await writeFile(file, '');
    await chmod(file, 0o666);
    const cancel = new AbortController();
    const running = run(
      `const { pid } = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
       require('fs').writeFileSync(process.argv[1], JSON.stringify([process.pid, pid])); setInterval(() => {}, 1000)`,
      { signal: cancel.signal },
      undefined,
      [file],
    );
    const pids = JSON.parse(await eventually(() => readFile(file, 'utf8'), Boolean)) as number[];
    cancel.abort();
    expect((await running).outcome).toMatchObject({ kind: 'unknown', summary: 'cancelled' });
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('leaves nothing behind when its worker was killed, and what is removed for it is removed with its own rights', async () => {
    const where = await mkdtemp(join(tmpdir(), 'gantry-left-'));
    await chmod(where, 0o711);
    const left = join(where, 'gantry-step-killed');
    const own = join(left, 'in-command');
    const kept = join(folder, 'kept');
    await mkdir(own, { recursive: true });
    await writeFile(join(left, 'lock'), '');
    await writeFile(join(own, 'file'), '');
    await writeFile(kept, '');
    // What only root may remove: with root's rights it would go, as whatever a link in its place leads to would.
    await mkdir(join(own, 'of-root'), { mode: 0o700 });
    await writeFile(join(own, 'of-root/file'), '');
    await symlink(kept, join(own, 'link'));
    if (isRoot) await chown(own, stranger.uid, stranger.gid);
    const anHourAgo = new Date(Date.now() - 3_600_000);
    const remove = async () => {
      await lutimes(left, anHourAgo, anHourAgo);
      return removeLeftFolders(where);
    };
    try {
      const [first, thereThen] = [await remove(), await isThere(join(own, 'of-root/file'))];
      await rm(join(own, 'of-root'), { recursive: true, force: true });
      const second = isRoot ? await remove() : 1 - first;
      expect({ first, thereThen, second }).toEqual(
        isRoot ? { first: 0, thereThen: true, second: 1 } : { first: 1, thereThen: false, second: 0 },
      );
      expect([await isThere(left), await isThere(kept)]).toEqual([false, true]);
    } finally {
      await rm(where, { recursive: true, force: true });
    }
  });

  it('is no way to a file of the worker’s by a configuration either', async () => {
    const [, , file = ''] = files;
    const job = { file, closed: [], maxBytes: 1_024 };
    const read = await readFileAs(job, new AbortController().signal, 10_000, isRoot ? stranger : null);
    expect(read).toEqual(isRoot ? { why: 'EACCES' } : Buffer.from('a-secret-of-the-worker'));
  });
});

describe('whom commands run as', () => {
  const parts = () => ({
    commandUser: stranger.name,
    secret: [join(folder, 'secrets'), files[2] ?? '', null],
    trusted: [join(folder, 'policy.yaml'), null],
    procedures: join(folder, 'procedures'),
  });

  const asWorker = 'Commands run as the worker itself';

  it('is the worker where no user is named', async () => {
    const { user, isIsolated, detail } = await isolationOf({ ...parts(), commandUser: null });
    expect({ user, isIsolated }).toEqual({ user: null, isIsolated: false });
    expect(detail).toContain(`${asWorker} (GANTRY_COMMAND_USER names nobody else)`);
  });

  it('is a user of their own whom the system lets reach nothing; a worker that is not root reports that it cannot do that', async () => {
    /** What is found while a file or folder has another mode. */
    const found = async (path: string, mode: number) => {
      const file = join(folder, path);
      const before = (await stat(file)).mode & 0o777;
      await chmod(file, mode);
      const { isIsolated, detail } = await isolationOf(parts());
      await chmod(file, before);
      return `${isIsolated ? '' : 'not apart: '}${detail.replaceAll(`${folder}/`, '')}`;
    };
    const seen = [await found('procedures', 0o755), await found('store-address', 0o644)];
    // The folder lets nobody list it, but whoever knows a name gets in.
    await chmod(files[0] ?? '', 0o644);
    seen.push(await found('secrets', 0o711));
    await chmod(files[0] ?? '', 0o600);
    seen.push(await found('', 0o777), await found('procedures', 0o700));
    const broken = 'not apart: Commands run as 61234:61234, who is not kept apart from the worker: 61234:61234';
    expect(seen).toEqual(
      isRoot
        ? [
            'Commands run as 61234:61234.',
            `${broken} can read store-address.`,
            `${broken} can read secrets/message-key.`,
            `${broken} can write to ${folder}.`,
            `${broken} cannot read procedures.`,
          ]
        : Array(5).fill(
            `not apart: ${asWorker} (it is not root, so it cannot run them as 61234:61234): they can read whatever it can.`,
          ),
    );
  });

  it.each([
    ['nobody-of-this-name', 'there is no such user'],
    ['root', 'neither root nor of its group'],
    ['0:61234', 'neither root nor of its group'],
    ['61234:0', 'neither root nor of its group'],
  ])('is never %s', async (name, why) => {
    await expect(findCommandUser(name)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(why) as string,
    });
  });

  it('is found by name, with their home', async () => {
    const file = join(folder, 'passwd');
    await writeFile(file, 'root:x:0:0::/root:/bin/sh\ncommands:x:990:991::/home/commands:/bin/false\n');
    expect(await findCommandUser('commands', file)).toEqual({
      name: 'commands',
      uid: 990,
      gid: 991,
      home: '/home/commands',
    });
    expect(await findCommandUser('990:5', file)).toMatchObject({ uid: 990, gid: 5, home: '/home/commands' });
  });
});

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type templates } from '../../src/cli/init/layout.ts';
import { writeFiles } from '../../src/cli/init/write.ts';
import { editScript } from '../support/edit-script.ts';
import { startSshd } from '../support/sshd.ts';

const run = promisify(execFile);
let folder: string;
let scripts: string;
const open: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-templates-'));
  scripts = join(folder, 'deploy/procedures/hello');
  await mkdir(join(folder, 'home'));
});
afterEach(async () => {
  for (const end of open.splice(0)) end();
  await rm(folder, { recursive: true, force: true });
});

const write = (template: keyof typeof templates) =>
  writeFiles(folder, {
    service: 'hello',
    environment: 'production',
    template,
    ci: 'none',
    url: 'http://127.0.0.1:8090/',
    requester: 'alice',
    approver: 'bob',
  });

/** A command of a step: its exit code, and what it printed. */
async function call(command: string, ...words: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const { PATH = '' } = process.env;
  const env = { PATH: `${join(folder, 'bin')}:${PATH}`, SSH_KEY: join(folder, 'user') };
  return run(`./${command}`, words, { cwd: scripts, env }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  );
}

async function release(name: string) {
  await writeFile(join(folder, 'release'), name);
  const file = join(folder, `${name}.tar.gz`);
  await run('tar', ['-czf', file, '-C', folder, 'release']);
  const hash = createHash('sha256').update(await readFile(file));
  return [name, `file:${file}`, `sha256:${hash.digest('hex')}`] as const;
}

describe('two slots', () => {
  beforeEach(async () => {
    await write('blue-green');
    await editScript(
      join(scripts, 'slotctl'),
      `home=${join(folder, 'home')}
unpack() { tar -xzf "$1" -C "$2"; }
start_slot() { echo "start $1" >>"$home/done"; }
stop_slot() { echo "stop $1" >>"$home/done"; }
running_folder() { readlink "$home/$1"; }
send_traffic_to() { echo "traffic to $1" >>"$home/done"; [ "$1" != 13 ]; }`,
    );
  });
  const done = async () => (await readFile(join(folder, 'home/done'), 'utf8')).trimEnd().split('\n');

  it('take turns: the idle one is started, gets the traffic, and gives it back', async () => {
    const [first, second] = [await release('1.0.0'), await release('1.1.0')];
    expect(await call('slotctl', 'start', 'blue', ...first)).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'switch', 'blue', '8081')).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'runs', 'green', second[0], second[2])).toMatchObject({ code: 3 });
    expect(await call('slotctl', 'start', 'green', ...second)).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'runs', 'green', second[0], second[2])).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'serves', 'green')).toEqual({ code: 3, output: 'the traffic goes to slot blue\n' });
    expect(await call('slotctl', 'switch', 'green', '8082')).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'serves', 'green')).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'switch', 'blue', '8081')).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'stop', 'green')).toMatchObject({ code: 0 });
    expect(await call('slotctl', 'runs', 'blue', first[0], first[2])).toMatchObject({ code: 0 });
    expect(await done()).toEqual([
      'start blue',
      'traffic to 8081',
      'start green',
      'traffic to 8082',
      'traffic to 8081',
      'stop green',
    ]);
  });

  it('are left alone while they have the traffic, and a switch that was cut off is neither done nor not done', async () => {
    const first = await release('1.0.0');
    await call('slotctl', 'start', 'blue', ...first);
    await call('slotctl', 'switch', 'blue', '8081');
    expect(await call('slotctl', 'stop', 'blue')).toMatchObject({ code: 1, output: 'slot blue has the traffic\n' });
    expect(await call('slotctl', 'start', 'blue', ...first)).toMatchObject({ code: 1 });
    expect(await call('slotctl', 'switch', 'green', '13')).toMatchObject({ code: 1 });
    expect(await call('slotctl', 'serves', 'green')).toEqual({ code: 1, output: 'a switch was cut off\n' });
  });
});

describe('another host, by ssh', () => {
  it('installs a release, reads it back with its exit codes, and speaks to no other host', async () => {
    const sshd = await startSshd(folder);
    open.push(sshd.stop);
    await write('ssh-systemd');
    await editScript(join(scripts, 'sshctl'), `host=${sshd.user}@127.0.0.1\nport=${sshd.port}`);
    await editScript(
      join(scripts, 'releasectl'),
      `home=${join(folder, 'home')}
unpack() { tar -xzf "$1" -C "$2"; }
restart_service() { echo restarted; }
running_folder() { readlink "$home/current"; }`,
    );
    const first = await release('1.0.0');
    expect(await call('sshctl', 'install', ...first)).toMatchObject({ code: 255 });
    await appendFile(join(scripts, 'known_hosts'), sshd.knownHost);
    expect(await call('sshctl', 'install', ...first)).toMatchObject({ code: 0 });
    expect(await call('sshctl', 'installed', first[0], first[2])).toMatchObject({ code: 0 });
    expect(await call('sshctl', 'installed', '1.1.0', first[2])).toMatchObject({ code: 3 });
    // What stands in a uri is an argument there, too, and no command.
    await writeFile(join(folder, 'command'), `#!/bin/sh\necho >${join(folder, 'made')}\n`, { mode: 0o755 });
    const uri = `https://127.0.0.1:1/a?b=1&${join(folder, 'command')}`;
    expect((await call('sshctl', 'install', '1.1.0', uri, first[2])).code).not.toBe(0);
    expect(await readdir(folder)).not.toContain('made');
  });
});

describe('images', () => {
  const uri = 'registry.example/hello:1.1.0';
  const digest = `sha256:${'a'.repeat(64)}`;

  it('are set by their digest in a deployment of Kubernetes, and their rollout is waited for', async () => {
    await write('kubectl');
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/kubectl'), `#!/bin/sh\necho "$*" >>${join(folder, 'asked')}\necho other\n`, {
      mode: 0o755,
    });
    expect(await call('imagectl', 'deploy', uri, digest)).toMatchObject({ code: 0 });
    expect(await call('imagectl', 'deployed', `${uri}@${digest}`, digest)).toMatchObject({
      code: 3,
      output: 'deployed is other\n',
    });
    expect((await readFile(join(folder, 'asked'), 'utf8')).split('\n').slice(0, 2)).toEqual([
      `--namespace default set image deployment/hello hello=${uri}@${digest}`,
      '--namespace default rollout status deployment/hello --timeout=100s',
    ]);
  });

  it('are what docker compose runs, and is found to run', async () => {
    await write('compose');
    await editScript(join(scripts, 'imagectl'), `home=${join(folder, 'home')}\nname=hello`);
    await mkdir(join(folder, 'bin'));
    const docker = `#!/bin/sh\n[ "$1" = inspect ] && cat ${join(folder, 'runs')} || echo container\n`;
    await writeFile(join(folder, 'bin/docker'), docker, { mode: 0o755 });
    expect(await call('imagectl', 'deployed', uri, digest)).toMatchObject({ code: 3 });
    await writeFile(join(folder, 'runs'), 'true other\n');
    expect(await call('imagectl', 'deploy', uri, digest)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'home/release.env'), 'utf8')).toBe(`IMAGE=${uri}@${digest}\n`);
    expect(await call('imagectl', 'deployed', uri, digest)).toMatchObject({ code: 1 });
    await writeFile(join(folder, 'runs'), `true ${uri}@${digest}\n`);
    expect(await call('imagectl', 'deployed', uri, digest)).toMatchObject({ code: 0 });
  });
});

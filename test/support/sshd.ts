import { execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { hostPackages } from './debian-packages.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);

export interface Sshd {
  /** As whom one logs in. */
  readonly user: string;
  readonly port: number;
  /** The file of the one private key that it lets in. */
  readonly keyFile: string;
  /** Its line of known_hosts. */
  readonly knownHost: string;
  readonly stop: () => void;
}

/** A real sshd on loopback, with keys of its own in a folder; what is run there looks for programs in `path`. */
export async function startSshd(folder: string, path = process.env['PATH'] ?? ''): Promise<Sshd> {
  const installed = join(await hostPackages(), 'usr');
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const inFolder = (name: string) => join(folder, name);
  await Promise.all(
    ['host', 'user'].map((name) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', inFolder(name)])),
  );
  const settings = `Port ${port}
ListenAddress 127.0.0.1
HostKey ${inFolder('host')}
AuthorizedKeysFile ${inFolder('user.pub')}
SetEnv PATH=${path}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
`;
  await writeFile(inFolder('sshd_config'), settings);
  const passwd = inFolder('passwd');
  await writeFile(passwd, `${await readFile('/etc/passwd', 'utf8')}sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`);
  const sshd = ['exec', join(installed, 'sbin/sshd'), '-D', '-e', '-f', inFolder('sshd_config')].join(' ');
  // What root's sshd wants of the machine, a user and a folder, it alone is shown.
  const shown = `set -e; mount -t tmpfs none /run; mkdir /run/sshd; mount --bind ${passwd} /etc/passwd; ${sshd}`;
  const [program = '', ...words] =
    userInfo().uid === 0 ? ['unshare', '--mount', 'sh', '-c', shown] : ['sh', '-c', sshd];
  const libraries = ['x86_64', 'aarch64'].map((of) => join(installed, `lib/${of}-linux-gnu`)).join(':');
  const child = spawn(program, words, { env: { ...process.env, LD_LIBRARY_PATH: libraries } });
  let said = '';
  child.stderr.on('data', (data) => {
    said += String(data);
  });
  await eventually(
    () => Promise.resolve(said),
    (text) => text.includes('Server listening'),
  );
  const [kind, key] = (await readFile(inFolder('host.pub'), 'utf8')).split(' ');
  return {
    user: userInfo().username,
    port,
    keyFile: inFolder('user'),
    knownHost: `[127.0.0.1]:${port} ${kind} ${key}\n`,
    stop: () => void child.kill('SIGTERM'),
  };
}

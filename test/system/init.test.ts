import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { editScript } from '../support/edit-script.ts';
import { eventually } from '../support/eventually.ts';
import { evidenceFor } from '../support/evidence.ts';
import { startGantry } from '../support/processes.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { startOnTerminal } from '../support/terminal.ts';

const run = promisify(execFile);
const server = `
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const release = readFileSync('release', 'utf8');
createServer((_, answer) => answer.writeHead(release.includes('bad') ? 500 : 200, { 'x-release': release }).end(release))
  .listen(process.env.PORT, '127.0.0.1', () => writeFileSync(process.env.PID, String(process.pid)));
`;

let folder: string;
let home: string;
let url: string;
let rig: Rig;
let service: { readonly stop: () => void };
const open: (() => unknown)[] = [];
const gantry = (...words: string[]) => startGantry(words, {}, folder);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-init-'));
  home = join(folder, 'home');
  await mkdir(home);
  const [port = 0] = await freePorts('127.0.0.1', 1);
  url = `http://127.0.0.1:${port}/`;
  const written = gantry('init', 'shop', '--template', 'command', '--url', url, '--yes');
  await written.printed('gantry approve shop/production');
  await editScript(
    join(folder, 'deploy/procedures/shop/releasectl'),
    `home=${home}
unpack() { tar -xzf "$1" -C "$2"; }
restart_service() { [ ! -e "$home/pid" ] || kill "$(cat "$home/pid")"; }
running_folder() { readlink "/proc/$(cat "$home/pid")/cwd"; }`,
  );
  const policy: unknown = parse(await readFile(join(folder, 'deploy/policy.yaml'), 'utf8'));
  rig = await startRig({ policy, signingKeys: 'own' });
  await cp(join(folder, 'deploy/procedures'), rig.procedures, { recursive: true });
  service = keepRunning(port);
});
afterAll(async () => {
  for (const end of open) end();
  service.stop();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

/** What looks after services on a real host: it starts again what has ended, from the folder that `current` leads to. */
function keepRunning(port: number): { readonly stop: () => void } {
  let child: ChildProcess | null = null;
  let isWanted = true;
  const env = { PORT: String(port), PID: join(home, 'pid') };
  const start = () => {
    if (!isWanted) return;
    child = spawn(process.execPath, ['server.mjs'], { cwd: join(home, 'current'), env, stdio: 'ignore' });
    // Before the first release there is no folder.
    child.once('error', () => setTimeout(start, 50));
    child.once('exit', () => setTimeout(start, 50));
  };
  start();
  return {
    stop() {
      isWanted = false;
      child?.kill('SIGKILL');
    },
  };
}

/** A release as its build leaves it. */
async function build(release: string) {
  const from = join(folder, 'build', release);
  await mkdir(from, { recursive: true });
  await writeFile(join(from, 'server.mjs'), server);
  await writeFile(join(from, 'release'), release);
  const file = join(folder, `shop-${release}.tar.gz`);
  await run('tar', ['-czf', file, '-C', from, '.']);
  const digest = `sha256:${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`;
  return { release, artifact: { uri: `file:${file}`, digest } };
}

const post = async (who: string, path: string, body: unknown, key: string) => {
  const answer = await rig.call<{ id: string }>(who, 'POST', path, body, { 'idempotency-key': key });
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};

async function deploy(of: Awaited<ReturnType<typeof build>>) {
  await post('key:ci-shop', '/v1/evidence', evidenceFor(of.artifact.digest), `evidence-${of.release}`);
  const change = {
    summary: of.release,
    reason: 'a test',
    type: 'normal',
    onBehalfOf: 'key:alice',
    authors: ['key:alice'],
  };
  const body = {
    ...of,
    service: 'shop',
    environment: 'production',
    procedure: 'shop',
    parameters: { hold: '2s', monitoring: '10s' },
    change,
  };
  const { id } = await post('key:ci-shop', '/v1/deployments', body, of.release);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return { id, status: await rig.ended(id) };
}

const served = () =>
  fetch(url).then(
    (answer) => answer.text(),
    () => 'nothing',
  );
const releasectl = (...words: string[]) => run('./releasectl', words, { cwd: join(rig.procedures, 'shop') });

describe('a service that gantry init has written the files of', () => {
  it('goes from one release to the next, and back from one that is bad', async () => {
    const [first, second, bad] = [await build('1.0.0'), await build('1.1.0'), await build('1.2.0-bad')];
    // The first one by hand, by the same script, as it would be on a host where the service runs already.
    await releasectl('install', first.release, first.artifact.uri, first.artifact.digest);
    await eventually(served, (answer) => answer === '1.0.0');
    await post('key:bob', '/v1/targets/shop/production/adopt', { ...first, reason: 'it runs already' }, 'adopt');

    const good = await deploy(second);
    expect(good.status.outcome).toBe('succeeded');
    expect(await served()).toBe('1.1.0');

    const back = await deploy(bad);
    expect(back.status.outcome).toBe('rolled-back');
    expect(await served()).toBe('1.1.0');
    expect(entriesOf(await rig.journal(back.id), 'rollback-started')).toHaveLength(1);
    const notRequired = /Not required by policy .*/.exec(await rig.record(good.id))?.[0];
    for (const left of ['a rehearsal of the rollback', 'a deployment window', 'a signature on evidence'])
      expect(notRequired).toContain(left);
  });

  it('is not given what is not the artifact that was approved', async () => {
    const other = await build('1.3.0');
    const digest = `sha256:${'0'.repeat(64)}`;
    await expect(releasectl('install', other.release, other.artifact.uri, digest)).rejects.toMatchObject({
      code: 1,
      stderr: `${other.artifact.uri} is ${other.artifact.digest}, not ${digest}\n`,
    });
    await expect(releasectl('installed', other.release, digest)).rejects.toMatchObject({ code: 3 });
    await expect(releasectl('install', other.release, 'ftp://shop/1.3.0', digest)).rejects.toMatchObject({ code: 1 });
    expect(await served()).toBe('1.1.0');
  });
});

describe('gantry init on the command line', () => {
  it('asks on a terminal what is absent, and prints commands that work', async () => {
    const into = join(folder, 'asked');
    await mkdir(into);
    const asked = startOnTerminal(['init', 'shop', '--ci', 'none', '--url', url], {}, into);
    open.push(asked.kill);
    const shows = (text: RegExp) =>
      eventually(
        () => Promise.resolve(asked.shown().join('\n')),
        (shown) => text.test(shown),
      );
    await shows(/Which environment is deployed to\?/);
    asked.type('staging\r');
    await shows(/How does it come to a new release\?/);
    asked.type('\u001b[B\r');
    await shows(/Who requests changes\?/);
    asked.type('\r');
    await shows(/Who approves them\?/);
    asked.type('alice\r');
    await shows(/nobody approves what they requested/);
    asked.type('\u0015carol\r');
    expect(await asked.ended).toBe(0);
    const lines = asked.shown().map((line) => line.trim());
    expect(lines).toContain('gantry login carol --dev --as key:carol');
    const offline = lines.filter((line) => /^gantry (policy|procedure) check /.test(line));
    expect(offline).toHaveLength(2);
    for (const line of offline) {
      const checked = startGantry(line.split(' ').slice(1), {}, into);
      expect(await checked.ended).toMatchObject({ code: 0 });
      expect(checked.output()).toContain(line.includes('procedure') ? 'No fault (staging)' : 'service-owner: carol');
    }
    expect(await readFile(join(into, 'gantry.yaml'), 'utf8')).toContain('environment: "staging"');
  });

  it('writes nothing where it is interrupted, where nobody can be asked, and where a file is there', async () => {
    const into = join(folder, 'interrupted');
    await mkdir(into);
    const asked = startOnTerminal(['init'], {}, into);
    open.push(asked.kill);
    await eventually(
      () => Promise.resolve(asked.shown().join('\n')),
      (shown) => shown.includes('What is the service called?'),
    );
    asked.type('\u0003');
    expect(await asked.ended).toBe(130);
    const piped = startGantry(['init', 'shop'], {}, into);
    expect(await piped.ended).toMatchObject({ code: 2 });
    expect(piped.output()).toContain('give --environment, --template, --url, --requester, --approver, --ci, or --yes');
    await expect(readFile(join(into, 'gantry.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
    const again = gantry('init', 'shop', '--yes');
    expect(await again.ended).toMatchObject({ code: 2 });
    expect(again.output()).toContain('Nothing was written: gantry.yaml, ');
  });
});

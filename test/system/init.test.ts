import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { templates } from '../../src/cli/init/layout.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { eventually } from '../support/eventually.ts';
import { evidenceFor } from '../support/evidence.ts';
import { startNginx } from '../support/nginx.ts';
import { startGantry } from '../support/processes.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { installSystemctl, type Systemctl } from '../support/systemctl.ts';
import { startOnTerminal } from '../support/terminal.ts';

const run = promisify(execFile);
/** It is good at first, as releases are that fail under load. */
const server = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const release = readFileSync('release', 'utf8');
let asked = 0;
createServer((_, answer) => {
  const isBad = release.includes('bad') && ++asked > 2;
  answer.writeHead(isBad ? 500 : 200, { 'x-release': release }).end(release);
}).listen(process.env.PORT, '127.0.0.1');
`;

/** A service and the template of its files; what a user fills in of these is in `fillIn`. */
interface Service {
  readonly name: string;
  readonly template: keyof typeof templates;
  readonly port: number;
  readonly url: string;
  /** Where `gantry init` was run, and the folder of the procedure there. */
  readonly folder: string;
  readonly procedure: string;
  /** Where its releases are. */
  readonly home: string;
}

let folder: string;
let bin: string;
let systemctl: Systemctl;
let sshd: Sshd;
let rig: Rig;
let services: Readonly<Record<'shop' | 'web' | 'remote', Service>>;
let slots: Readonly<Record<'blue' | 'green', number>>;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-init-'));
  bin = join(folder, 'bin');
  await mkdir(bin);
  systemctl = await installSystemctl(bin);
  open.push(systemctl.stop);
  const [shop = 0, web = 0, remote = 0, blue = 0, green = 0] = await freePorts('127.0.0.1', 5);
  slots = { blue, green };
  [services, sshd] = await Promise.all([
    Promise.all([
      writtenFor('shop', 'command', shop),
      writtenFor('web', 'blue-green', web),
      writtenFor('remote', 'ssh-systemd', remote),
    ]).then(([first, second, third]) => ({ shop: first, web: second, remote: third })),
    startSshd(folder, path()),
  ]);
  open.push(sshd.stop);
  const all = Object.values(services);
  await Promise.all(all.map(fillIn));
  const secrets = join(folder, 'secrets');
  await mkdir(secrets);
  await cp(sshd.keyFile, join(secrets, 'ssh-key'));
  const policies = await Promise.all(
    all.map(async ({ folder: of }) => parse(await readFile(join(of, 'deploy/policy.yaml'), 'utf8')) as { robots: [] }),
  );
  // They differ in the pipeline alone.
  const policy = { ...policies[0], robots: policies.flatMap(({ robots }) => robots) };
  rig = await startRig({ policy, signingKeys: 'own', secrets, path: path() });
  for (const { folder: of } of all) await cp(join(of, 'deploy/procedures'), rig.procedures, { recursive: true });
});
afterAll(async () => {
  for (const end of open) await end();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

/** Where commands are looked for, here and on the other host. */
const path = () => `${bin}:${process.env['PATH'] ?? ''}`;

async function writtenFor(name: string, template: Service['template'], port: number): Promise<Service> {
  const into = join(folder, name);
  await mkdir(into);
  const url = `http://127.0.0.1:${port}/`;
  const written = startGantry(['init', name, '--template', template, '--url', url, '--yes'], {}, into);
  await written.printed(`gantry approve ${name}/production`);
  const home = join(folder, 'srv', name);
  await mkdir(home, { recursive: true });
  return { name, template, port, url, folder: into, procedure: join(into, 'deploy/procedures', name), home };
}

/** What users have to fill in, and no more; and what they have running already. */
async function fillIn({ name, template, port, procedure, home }: Service): Promise<void> {
  const edit = async (file: string, changes: Readonly<Record<string, string>>) => {
    let text = await readFile(join(procedure, file), 'utf8');
    for (const [from, to] of Object.entries(changes)) {
      expect(text).toContain(from);
      text = text.replaceAll(from, to);
    }
    await writeFile(join(procedure, file), text);
  };
  if (template === 'blue-green') {
    await edit('procedure.yaml', { 8081: String(slots.blue), 8082: String(slots.green) });
    await edit('slotctl', { [`/srv/${name}`]: home });
    for (const [slot, slotPort] of Object.entries(slots))
      await systemctl.addUnit(`${name}@${slot}`, { folder: join(home, slot), port: slotPort });
    const include = join(home, 'upstream.conf');
    await writeFile(include, `server 127.0.0.1:${slots.blue};\n`);
    open.push((await startNginx(join(folder, 'nginx'), bin, { port, name, include })).stop);
    return;
  }
  await edit('releasectl', { [`/srv/${name}`]: home });
  await systemctl.addUnit(name, { folder: join(home, 'current'), port });
  if (template === 'ssh-systemd') {
    await edit('sshctl', { [`deploy@${name}.example`]: `${sshd.user}@127.0.0.1`, 'port=22': `port=${sshd.port}` });
    await appendFile(join(procedure, 'known_hosts'), sshd.knownHost);
  }
}

/** A release as its build leaves it. */
async function build({ name }: Service, release: string) {
  const from = join(folder, 'build', name, release);
  await mkdir(from, { recursive: true });
  await writeFile(join(from, 'server.mjs'), server);
  await writeFile(join(from, 'release'), release);
  const file = join(folder, `${name}-${release}.tar.gz`);
  await run('tar', ['-czf', file, '-C', from, '.']);
  const digest = `sha256:${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`;
  return { release, artifact: { uri: `file:${file}`, digest } };
}
type Build = Awaited<ReturnType<typeof build>>;

/** A command of the procedure, typed by hand as on a host where the service runs already. */
const byHand = ({ name }: Service, command: string, ...words: string[]) =>
  run(`./${command}`, words, { cwd: join(rig.procedures, name), env: { PATH: path(), SSH_KEY: sshd.keyFile } });
const argumentsOf = ({ release, artifact }: Build) => [release, artifact.uri, artifact.digest];

const post = async (who: string, to: string, body: unknown, key: string) => {
  const answer = await rig.call<{ id: string }>(who, 'POST', to, body, { 'idempotency-key': key });
  if (answer.status >= 300) throw new Error(`${to}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const served = ({ url }: Service) =>
  fetch(url).then(
    (answer) => answer.text(),
    () => 'nothing',
  );

/** Tells Gantry what serves, once it does. */
async function adopt(service: Service, { release, artifact }: Build, slot?: string) {
  await eventually(
    () => served(service),
    (answer) => answer === release,
  );
  const body = { release, artifact, reason: 'it runs already', ...(slot === undefined ? {} : { slot }) };
  await post('key:bob', `/v1/targets/${service.name}/production/adopt`, body, `adopt-${service.name}`);
}

async function deploy({ name }: Service, of: Build) {
  const pipeline = await createToken(rig.store, `key:ci-${name}`);
  const key = `${name}-${of.release}`;
  await post(pipeline, '/v1/evidence', evidenceFor(of.artifact.digest), `evidence-${key}`);
  const change = {
    summary: of.release,
    reason: 'a test',
    type: 'normal',
    onBehalfOf: 'key:alice',
    authors: ['key:alice'],
  };
  const body = {
    ...of,
    service: name,
    environment: 'production',
    procedure: name,
    parameters: { hold: '2s', monitoring: '10s' },
    change,
  };
  const { id } = await post(pipeline, '/v1/deployments', body, key);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return { id, status: await rig.ended(id) };
}

/** One release that is good and one that is bad; answers the ids of both deployments. */
async function deployBoth(service: Service) {
  const good = await deploy(service, await build(service, '1.1.0'));
  expect(good.status.outcome).toBe('succeeded');
  expect(await served(service)).toBe('1.1.0');
  const back = await deploy(service, await build(service, '1.2.0-bad'));
  expect(back.status.outcome).toBe('rolled-back');
  expect(await served(service)).toBe('1.1.0');
  expect(entriesOf(await rig.journal(back.id), 'rollback-started')).toHaveLength(1);
  return { good: good.id, back: back.id };
}

// Six deployments beside each other, each with seconds in which it is watched.
describe.concurrent('a service that gantry init has written the files of', { timeout: 120_000 }, () => {
  it('goes from one release to the next, and back from one that is bad', async () => {
    const { shop } = services;
    const first = await build(shop, '1.0.0');
    await byHand(shop, 'releasectl', 'install', ...argumentsOf(first));
    await adopt(shop, first);
    const { good } = await deployBoth(shop);
    const notRequired = /Not required by policy .*/.exec(await rig.record(good))?.[0];
    for (const left of ['a rehearsal of the rollback', 'a deployment window', 'a signature on evidence'])
      expect(notRequired).toContain(left);
  });

  it('goes from slot to slot behind nginx without a request that fails, and back', async () => {
    const { web } = services;
    const first = await build(web, '1.0.0');
    await byHand(web, 'slotctl', 'start', 'blue', ...argumentsOf(first));
    await byHand(web, 'slotctl', 'switch', 'blue', String(slots.blue));
    await adopt(web, first, 'blue');
    const { good, back } = await deployBoth(web);
    // Nobody has noticed it.
    expect(/measured: .* probes .*/.exec(await rig.record(good))?.[0]).toContain('; 0 failed');
    const undone = entriesOf(await rig.journal(back), 'compensation-completed').map(({ step }) => step);
    expect(undone).toEqual(['switch', 'start']);
    await expect(fetch(`http://127.0.0.1:${slots.blue}/`)).rejects.toThrow('fetch failed');
    const target = await rig.call('key:alice', 'GET', '/v1/targets/web/production');
    expect(target.body).toMatchObject({ slot: 'green', live: { release: '1.1.0' }, lock: null });
  });

  it('goes from release to release on another host, and back, by ssh alone', async () => {
    const { remote } = services;
    const first = await build(remote, '1.0.0');
    await byHand(remote, 'sshctl', 'install', ...argumentsOf(first));
    await adopt(remote, first);
    const { back } = await deployBoth(remote);
    const undone = entriesOf(await rig.journal(back), 'compensation-completed').map(({ step }) => step);
    expect(undone).toEqual(['install']);
  });
});

describe('the artifact of a release', () => {
  it('is not installed where it is not the one that was approved', async () => {
    const { shop } = services;
    const other = await build(shop, '1.3.0');
    const releasectl = (...words: string[]) => byHand(shop, 'releasectl', ...words);
    const digest = `sha256:${'0'.repeat(64)}`;
    await expect(releasectl('install', other.release, other.artifact.uri, digest)).rejects.toMatchObject({
      code: 1,
      stderr: `${other.artifact.uri} is ${other.artifact.digest}, not ${digest}\n`,
    });
    await expect(releasectl('installed', other.release, digest)).rejects.toMatchObject({ code: 3 });
    await expect(releasectl('install', other.release, 'ftp://shop/1.3.0', digest)).rejects.toMatchObject({ code: 1 });
    expect(await served(shop)).toBe('1.1.0');
  });
});

describe('gantry init on the command line', () => {
  it('asks on a terminal what is absent, and prints commands that work', async () => {
    const into = join(folder, 'asked');
    await mkdir(into);
    const asked = startOnTerminal(['init', 'shop', '--ci', 'none', '--url', services.shop.url], {}, into);
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
    const left = startOnTerminal(['init'], {}, into);
    open.push(left.kill);
    await eventually(
      () => Promise.resolve(left.shown().join('\n')),
      (shown) => shown.includes('What is the service called?'),
    );
    left.type('\u0004');
    expect(await left.ended).toBe(2);
    expect(left.shown().join('')).toContain('error[malformed]: The input has ended before everything was answered');
    const piped = startGantry(['init', 'shop'], {}, into);
    expect(await piped.ended).toMatchObject({ code: 2 });
    expect(piped.output()).toContain('give --environment, --template, --url, --requester, --approver, --ci, or --yes');
    await expect(readFile(join(into, 'gantry.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
    const again = startGantry(['init', 'shop', '--yes'], {}, services.shop.folder);
    expect(await again.ended).toMatchObject({ code: 2 });
    expect(again.output()).toContain('Nothing was written: gantry.yaml, ');
  });
});

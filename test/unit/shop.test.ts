import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { measuredBy } from '../../examples/shop/demo/metrics.ts';
import { createAdapters } from '../../src/adapters/index.ts';
import { stages } from '../../src/domain/base/stages.ts';
import type { Artifact } from '../../src/domain/base/text-schemas.ts';
import { evaluateStages } from '../../src/domain/evidence/evaluate-stages.ts';
import { statementSchema } from '../../src/domain/evidence/statement.ts';
import { sortSubmission } from '../../src/domain/evidence/submission.ts';
import { evidenceSubmissionSchema } from '../../src/domain/evidence/submission-schema.ts';
import { procedureSchema } from '../../src/domain/planning/procedure.ts';
import { policySchema } from '../../src/domain/policy/policy.ts';
import { publicKeyOf } from '../../src/domain/trust/public-key.ts';
import { signingKey } from '../support/signing.ts';

const run = promisify(execFile);
const shop = new URL('../../examples/shop/', import.meta.url).pathname;
const procedureFolder = join(shop, 'procedures/shop-blue-green');

interface Host {
  readonly process: ChildProcess;
  readonly front: string;
  readonly port: number;
  readonly state: string;
}

const hosts: Host[] = [];

afterEach(async () => {
  for (const { process, state } of hosts.splice(0)) {
    if (process.exitCode === null && process.signalCode === null) {
      process.kill('SIGTERM');
      await once(process, 'exit');
    }
    await rm(state, { recursive: true, force: true });
  }
});

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The first of three free ports in a row, below the range that the kernel gives out itself. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = 20_000 + 3 * Math.floor(Math.random() * 4_000);
    if ((await isFree(port)) && (await isFree(port + 1)) && (await isFree(port + 2))) return port;
  }
}

async function startHost(
  options: { initial?: string; env?: Record<string, string>; on?: { state: string } } = {},
): Promise<Host> {
  const port = await freePorts();
  const state = options.on?.state ?? (await mkdtemp(join(tmpdir(), 'shop-')));
  const initial = options.initial === undefined ? [] : ['--initial', options.initial];
  const child = spawn(process.execPath, [join(shop, 'host.mjs'), '--port', `${port}`, '--state', state, ...initial], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...options.env },
  });
  const host = { process: child, front: `http://127.0.0.1:${port}`, port, state };
  hosts.push(host);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the host ended before it listened')));
  ended.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), ended]);
  return host;
}

const artifactOf = async (release: string): Promise<Artifact> =>
  JSON.parse((await run(process.execPath, [join(shop, 'artifact.mjs'), release])).stdout) as Artifact;

const put = (url: string, body: unknown) => fetch(url, { method: 'PUT', body: JSON.stringify(body) });
const remove = (url: string) => fetch(url, { method: 'DELETE' });
const json = async (url: string): Promise<unknown> => (await fetch(url)).json();
const startIn = async ({ front }: Host, slot: string, release: string) =>
  put(`${front}/slots/${slot}`, await artifactOf(release));
const routeTo = ({ front }: Host, slot: string) => put(`${front}/route`, { slot });
const shopctl = ({ front }: Host, ...argv: string[]) =>
  run(join(procedureFolder, 'shopctl'), argv, { env: { PATH: process.env['PATH'], SHOP_URL: front } });

/** Statuses of so many visits to a page, one after the other. */
async function statuses(url: string, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i += 1) found.push((await fetch(url)).status);
  return found;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Process ids of the host's slots, as the kernel knows them. */
async function childrenOf({ process: { pid } }: Host): Promise<readonly number[]> {
  const found = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return found.split(' ').filter(Boolean).map(Number);
}

describe('the host of the shop', () => {
  it('loses none of 200 requests a second while traffic moves and the old slot is replaced', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const agent = new Agent({ keepAlive: true });
    const visit = (i: number) =>
      new Promise<string>((resolve) => {
        const isOrder = i % 4 === 0;
        const request = send(`${host.front}${isOrder ? '/checkout' : '/'}`, {
          agent,
          method: isOrder ? 'POST' : 'GET',
          headers: isOrder ? { 'content-type': 'application/json' } : {},
        });
        request.on('response', (answer) => {
          answer.resume();
          answer.once('close', () => resolve(`${answer.statusCode} ${answer.complete ? 'whole' : 'cut'}`));
        });
        request.on('error', ({ message }) => resolve(message));
        request.end(isOrder ? JSON.stringify({ item: 'pen', quantity: 1 }) : undefined);
      });
    const visits: Promise<string>[] = [];
    const over = new AbortController();
    const traffic = (async () => {
      const begin = Date.now();
      while (!over.signal.aborted) {
        while (visits.length < (Date.now() - begin) / 5) visits.push(visit(visits.length));
        await sleep(1);
      }
    })();

    const releases = new Set<string | null>();
    for (let n = 1; n <= 6; n += 1) {
      const [idle, old] = n % 2 === 1 ? ['green', 'blue'] : ['blue', 'green'];
      expect((await startIn(host, idle, `1.0.${n}`)).status).toBe(201);
      expect((await routeTo(host, idle)).status).toBe(204);
      expect((await remove(`${host.front}/slots/${old}`)).status).toBe(204);
      releases.add((await fetch(host.front)).headers.get('x-release'));
    }
    over.abort();
    await traffic;
    const answers = await Promise.all(visits);
    agent.destroy();

    expect([...releases]).toEqual(['1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5', '1.0.6']);
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter((answer) => !/^20[01] whole$/.test(answer))).toEqual([]);
  });

  it('lets a request that is under way finish on the slot it went to', async () => {
    const host = await startHost({ initial: '1.0.0' });
    await startIn(host, 'green', '1.1.0');
    const order = send(`${host.front}/checkout`, { method: 'POST' });
    order.write('{"item":"book",');
    // Only once the slot has it is it under way: the connection is open and the first bytes are through.
    await once(order, 'socket').then(([socket]) => (socket.connecting ? once(socket, 'connect') : undefined));
    await fetch(`${host.front}/health`);

    await routeTo(host, 'green');
    const stopped = remove(`${host.front}/slots/blue`);
    expect((await fetch(host.front)).headers.get('x-release')).toBe('1.1.0');
    order.end('"quantity":1}');
    const [answer] = (await once(order, 'response')) as [IncomingMessage];

    expect(answer.statusCode).toBe(201);
    expect(answer.headers['x-release']).toBe('1.0.0');
    expect(JSON.parse(await text(answer))).toMatchObject({ release: '1.0.0', totalCents: 1290 });
    expect((await stopped).status).toBe(204);
  });

  it('starts the same artifact once, and no other one over it', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const artifact = await artifactOf('1.1.0');
    const both = await Promise.all([startIn(host, 'green', '1.1.0'), startIn(host, 'green', '1.1.0')]);
    expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 201]);
    expect((await startIn(host, 'green', '1.1.0')).status).toBe(200);
    expect((await startIn(host, 'green', '1.2.0')).status).toBe(409);
    expect(await json(`${host.front}/slots`)).toMatchObject({
      blue: { name: 'blue', port: host.port + 1, running: true, release: '1.0.0' },
      green: { name: 'green', port: host.port + 2, running: true, release: '1.1.0', digest: artifact.digest },
    });
    expect(await childrenOf(host)).toHaveLength(2);
  });

  it('starts nothing under a digest that is not that of the artifact', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const { uri } = await artifactOf('1.1.0');
    const { digest } = await artifactOf('1.2.0');
    expect((await put(`${host.front}/slots/green`, { uri, digest })).status).toBe(422);
    expect((await put(`${host.front}/slots/green`, { uri: '../etc', digest })).status).toBe(422);
    expect(await json(`${host.front}/slots/green`)).toMatchObject({ running: false });
  });

  it('refuses to stop the slot that serves, and to serve from a slot that does not run', async () => {
    const host = await startHost({ initial: '1.0.0' });
    expect((await remove(`${host.front}/slots/blue`)).status).toBe(409);
    expect((await routeTo(host, 'green')).status).toBe(409);
    expect((await remove(`${host.front}/slots/green`)).status).toBe(204);
    expect(await json(`${host.front}/route`)).toEqual({ slot: 'blue' });
    expect((await fetch(host.front)).status).toBe(200);
  });

  it('does not start a crashed slot again', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const [pid] = await childrenOf(host);
    process.kill(pid as number, 'SIGKILL');
    await until(async () => (await childrenOf(host)).length === 0);
    expect((await fetch(host.front)).status).toBe(502);
    expect(await json(`${host.front}/slots/blue`)).toMatchObject({ running: false, release: null });
    expect(await json(`${host.front}/route`)).toEqual({ slot: 'blue' });
  });

  it('leaves no process behind on SIGTERM and goes on where it was when it is started again', async () => {
    const host = await startHost({ initial: '1.0.0' });
    await startIn(host, 'green', '1.1.0');
    await routeTo(host, 'green');
    const pids = await childrenOf(host);
    host.process.kill('SIGTERM');
    await once(host.process, 'exit');
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);

    const again = await startHost({ on: host, initial: '9.9.9' });
    expect(await json(`${again.front}/version`)).toMatchObject({ release: '1.1.0', slot: 'green' });
    expect(await json(`${again.front}/slots/blue`)).toMatchObject({ running: true, release: '1.0.0' });
  });

  it('leaves no process behind when it is killed', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const pids = await childrenOf(host);
    host.process.kill('SIGKILL');
    await until(async () => !pids.some(isAlive));
    expect(pids).toHaveLength(1);
  });

  it('has nothing live before the first deployment', async () => {
    const host = await startHost();
    expect(await json(`${host.front}/route`)).toEqual({ slot: null });
    expect((await fetch(host.front)).status).toBe(503);
    await startIn(host, 'blue', '1.0.0');
    await routeTo(host, 'blue');
    expect((await fetch(host.front)).status).toBe(200);
  });
});

describe('releases that are broken on purpose', () => {
  it('-no-start ends before it listens', async () => {
    const host = await startHost({ initial: '1.0.0' });
    expect((await startIn(host, 'green', '1.1.0-no-start')).status).toBe(502);
    expect(await json(`${host.front}/slots/green`)).toMatchObject({ running: false });
  });

  it('-errors looks well until traffic comes through the front door', async () => {
    const host = await startHost({ initial: '1.0.0' });
    await startIn(host, 'green', '1.1.0-errors');
    const slot = `http://127.0.0.1:${host.port + 2}`;
    expect(await statuses(`${slot}/`, 6)).toEqual([200, 200, 200, 200, 200, 200]);
    await routeTo(host, 'green');
    expect(await statuses(`${host.front}/`, 6)).toEqual([200, 200, 500, 200, 200, 500]);
    expect(await statuses(`${host.front}/health`, 3)).toEqual([200, 200, 200]);
    expect(await json(`${host.front}/version`)).toMatchObject({ release: '1.1.0-errors' });
  });

  it('-errors is told in numbers, of the release that serves alone; where nobody came there is none', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const numbers = () => json(`${host.front}/metrics.json`);
    expect(await numbers()).toMatchObject({ release: '1.0.0', requests: 0, errorPercent: null, p95Ms: null });
    await startIn(host, 'green', '1.1.0-errors');
    await statuses(`${host.front}/`, 4);
    expect(await numbers()).toMatchObject({ requests: 4, errorPercent: 0, p95Ms: expect.any(Number) as number });
    await routeTo(host, 'green');
    expect(await numbers()).toMatchObject({ release: '1.1.0-errors', errorPercent: null });
    await statuses(`${host.front}/`, 6);
    expect(await numbers()).toMatchObject({ requests: 6, errorPercent: 100 / 3 });
    const counters = await (await fetch(`${host.front}/metrics`)).text();
    expect(counters).toContain('shop_requests_total{release="1.0.0",outcome="failed"} 0\n');
    expect(counters).toContain('shop_requests_total{release="1.1.0-errors",outcome="failed"} 2\n');
    expect(counters).toContain('shop_requests_total{release="1.1.0-errors",outcome="good"} 4\n');
  });

  it('-fails-later is good for a while, then fails for good', async () => {
    const host = await startHost({ initial: '1.0.0-fails-later', env: { SHOP_FAILS_AFTER_MS: '1500' } });
    expect((await fetch(host.front)).status).toBe(200);
    await until(async () => (await fetch(host.front)).status === 500);
    expect(await statuses(`${host.front}/health`, 2)).toEqual([500, 500]);
  });

  it('-wrong-version and -wrong-digest name what they are not', async () => {
    const host = await startHost();
    const { digest } = await artifactOf('1.1.0-wrong-version');
    await startIn(host, 'blue', '1.1.0-wrong-version');
    await startIn(host, 'green', '1.1.0-wrong-digest');
    expect(await json(`http://127.0.0.1:${host.port + 1}/version`)).toEqual({ release: '0.0.0', digest, slot: 'blue' });
    const found = await json(`http://127.0.0.1:${host.port + 2}/version`);
    expect(found).toMatchObject({ release: '1.1.0-wrong-digest', slot: 'green' });
    expect(found).not.toMatchObject({ digest: (await artifactOf('1.1.0-wrong-digest')).digest });
  });
});

describe('what belongs to the shop', () => {
  it('shopctl replaces what the idle slot holds, warms it up, tries the checkout and stops it', async () => {
    const host = await startHost({ initial: '1.0.0' });
    await startIn(host, 'green', '0.9.0');
    const { uri, digest } = await artifactOf('1.1.0');
    await shopctl(host, 'start', 'green', uri, digest);
    await shopctl(host, 'start', 'green', uri, digest);
    expect(await json(`${host.front}/slots/green`)).toMatchObject({ running: true, release: '1.1.0', digest });
    await shopctl(host, 'warm-up', `http://127.0.0.1:${host.port + 2}`);
    await shopctl(host, 'try-checkout');
    await shopctl(host, 'stop', 'green');
    expect(await json(`${host.front}/slots/green`)).toMatchObject({ running: false });
  });

  it('shopctl fails where the host refuses', async () => {
    const host = await startHost({ initial: '1.0.0' });
    const { uri, digest } = await artifactOf('1.1.0');
    await expect(shopctl(host, 'start', 'blue', uri, digest)).rejects.toMatchObject({ code: 1 });
    await expect(shopctl(host, 'stop', 'blue')).rejects.toMatchObject({ code: 1 });
    await expect(shopctl(host, 'start', 'blue')).rejects.toMatchObject({ code: 2 });
    expect(await json(`${host.front}/version`)).toMatchObject({ release: '1.0.0' });
  });

  it('the procedure and the policy are what Gantry reads', async () => {
    const read = async (path: string) => parse(await readFile(path, 'utf8'), { version: '1.2' }) as unknown;
    const procedure = procedureSchema.parse(await read(join(procedureFolder, 'procedure.yaml')));
    expect(procedure.steps.map(({ id }) => id)).toEqual(['start-idle', 'warm-up', 'switch', 'watch']);
    const policy = policySchema.parse(await read(join(shop, 'policy.yaml')));
    expect(policy.environments['production']?.approvals.rules.map(({ role }) => role)).toEqual([
      'service-owner',
      'change-manager',
    ]);
  });

  it("the demo's copy of the procedure asks a Prometheus, where there is one, in place of the shop's own word", async () => {
    const text = await readFile(join(procedureFolder, 'procedure.yaml'), 'utf8');
    const asked = measuredBy(text, 'http://127.0.0.1:9090');
    const { validation } = procedureSchema.parse(parse(asked, { version: '1.2' }));
    const performance = validation.performance as readonly Record<string, unknown>[];
    expect(performance).toHaveLength(1);
    const [{ id, within, interval, ...spec } = {}] = performance;
    expect([id, within, interval]).toEqual(['error-ratio', '20s', '500ms']);
    expect(createAdapters().checks.get('prometheus')?.schema.safeParse(spec).error).toBeUndefined();
    expect(procedureSchema.parse(parse(text, { version: '1.2' })).validation).toEqual({
      ...validation,
      performance: [expect.objectContaining({ id: 'requests' })],
    });
  });

  it('artifacts have the same digest each time, and another one for each release', async () => {
    const [one, again, other] = await Promise.all(['1.4.2', '1.4.2', '1.4.3'].map(artifactOf));
    expect(one).toEqual(again);
    expect(one?.digest).not.toBe(other?.digest);
  });

  it('evidence is accepted, and evaluated as it was asked to be', async () => {
    const { digest } = await artifactOf('1.4.2');
    const verdicts = async (...argv: string[]) => {
      const { stdout } = await run(process.execPath, [join(shop, 'evidence.mjs'), digest, ...argv]);
      const { evidence } = evidenceSubmissionSchema.parse(JSON.parse(stdout));
      const rows = evidence
        .map(({ statement }) => statementSchema.parse(statement))
        .map(({ subject, predicate }) => ({
          ...predicate,
          digest: '',
          artifactDigest: `sha256:${subject[0]?.digest.sha256}`,
          url: null,
          submittedBy: 'key:ci-shop',
          submittedAt: predicate.finishedOn,
        }));
      return evaluateStages(rows, digest, Date.now(), 7 * 86_400_000).map(({ fault }) => fault);
    };
    expect(await verdicts()).toEqual([null, null, null, null, null]);
    expect(await verdicts('--fail', 'system')).toEqual([null, null, 'failed', null, null]);
    expect(await verdicts('--age', '8d')).toEqual(Array(5).fill('too-old'));
  });

  it('evidence is signed with the key that it is given', async () => {
    const { digest } = await artifactOf('1.4.2');
    const { pem, privatePem } = signingKey();
    const folder = await mkdtemp(join(tmpdir(), 'gantry-shop-'));
    try {
      await writeFile(join(folder, 'ci.key'), privatePem);
      const argv = [join(shop, 'evidence.mjs'), digest, '--key', join(folder, 'ci.key')];
      const { stdout } = await run(process.execPath, argv);
      const submission = evidenceSubmissionSchema.parse(JSON.parse(stdout));
      const key = publicKeyOf(pem);
      const signers = key ? [{ name: 'ci', stages: [...stages], ...key }] : [];
      const { taken, issues } = sortSubmission(submission, { submittedBy: 'key:ci-shop', now: Date.now(), signers });
      expect(issues).toEqual([]);
      expect(taken.map(({ row, signers: by }) => [row.stage, row.artifactDigest, by])).toEqual(
        stages.map((stage) => [stage, digest, ['ci']]),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

// npm run demo: a good release, a bad one and an abort, on a real Temporal server and under live traffic.
// npm run demo -- --stay keeps everything running afterwards, until Ctrl-C.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { Client, type Entry, type Status } from './demo/client.ts';
import { writePolicy, writeProcedures } from './demo/files.ts';
import { startPrometheus } from './demo/metrics.ts';
import { portsInARow } from './demo/ports.ts';
import { run, startUntil, stopAll } from './demo/processes.ts';
import { startReceivers } from './demo/receivers.ts';
import { type Runbook, startRunbook } from './demo/runbook.ts';
import { screen, show } from './demo/screen.ts';
import { type Losses, Traffic } from './demo/traffic.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const gantry = here('../../bin/gantry.js');
const pollMs = 100;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Stage {
  readonly traffic: Traffic;
  readonly data: string;
  /** The pipeline's private key. */
  readonly ciKey: string;
  /** Null where there is no git. */
  readonly runbook: Runbook | null;
  readonly as: (subject: string) => Client;
}

interface Artifact {
  readonly uri: string;
  readonly digest: string;
}

interface Run {
  readonly id: string;
  readonly title: string;
  readonly outcome: string;
  readonly losses: Losses;
  readonly record: string;
}

interface Endpoints {
  readonly api: string;
  readonly temporal: string;
  readonly temporalUi: string | null;
}

async function startGantry(
  data: string,
  { policy, secrets, procedures }: { readonly policy: string; readonly secrets: string; readonly procedures: string },
): Promise<Endpoints> {
  const listen = `127.0.0.1:${await portsInARow(8080, 1)}`;
  const env = { GANTRY_POLICY: policy, GANTRY_SECRETS: secrets, GANTRY_PROCEDURES: procedures };
  const hear = (line: string) => screen.step(pc.dim(line));
  await startUntil('Gantry is ready', gantry, ['dev', '--data', data, '--listen', listen], env, hear);
  return JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8')) as Endpoints;
}

/** A shop that serves 1.4.1; resolves to the address of its front door. */
async function startShop(port: number, state: string): Promise<string> {
  const args = ['--port', String(port), '--state', state, '--initial', '1.4.1'];
  await startUntil('http://', here('host.mjs'), args, { SHOP_FAILS_AFTER_MS: '6000' }, () => {});
  return `http://127.0.0.1:${port}/`;
}

const artifactOf = async (release: string) => JSON.parse(await run(here('artifact.mjs'), [release])) as Artifact;

/** Sends what five pipeline stages found, signed, and asks for the release. */
async function request({ as, ciKey }: Stage, release: string, summary: string): Promise<Status> {
  const artifact = await artifactOf(release);
  const evidence: unknown = JSON.parse(await run(here('evidence.mjs'), [artifact.digest, '--key', ciKey]));
  await as('key:ci-shop').send('POST', '/v1/evidence', evidence);
  screen.person(`CI of shop submits five signed stages for ${artifact.digest.slice(0, 19)}…`);
  const body = {
    service: 'shop',
    environment: 'production',
    release,
    artifact,
    procedure: 'shop-blue-green',
    parameters: { hold: '8s', monitoring: '8s' },
    change: { summary, reason: 'The demo', type: 'normal', risk: 'low', authors: ['github:alice'] },
  };
  const headers = { 'idempotency-key': `demo-${release}-${Date.now()}` };
  const status = await as('key:alice').send<Status>('POST', '/v1/deployments', body, headers);
  screen.person(`Alice Roe requests ${status.id}`);
  return status;
}

/** Shows the journal as it grows and lets people do what they do, until the deployment has ended. */
async function follow(stage: Stage, id: string, people: (status: Status) => Promise<void>): Promise<Status> {
  const alice = stage.as('key:alice');
  let seen = 0;
  for (;;) {
    const { items } = await alice.send<{ items: Entry[] }>('GET', `/v1/deployments/${id}/journal?after=${seen}`);
    for (const entry of items) show(entry);
    seen = items.at(-1)?.seq ?? seen;
    const status = await alice.send<Status>('GET', `/v1/deployments/${id}`);
    if (status.outcome !== null && items.some(({ type }) => type === 'record-published') && status.seq <= seen)
      return status;
    await people(status);
    await pause(pollMs);
  }
}

/** Two people approve, one through the API and one by a Temporal signal; support is ready and takes over. */
function goodPeople({ as, data }: Stage, id: string) {
  const done = new Set<string>();
  const once = async (what: string, act: () => Promise<unknown>) => {
    if (done.has(what)) return;
    done.add(what);
    await act();
  };
  return async ({ phase, workflowId, planDigest, waitingFor }: Status) => {
    const path = `/v1/deployments/${id}`;
    if (waitingFor.some(({ kind }) => kind === 'readiness'))
      await once('readiness', () => as('key:dan').send('POST', `${path}/acknowledge`, { for: 'readiness' }));
    if (phase === 'awaiting-approval') {
      await once('bob', () => as('key:bob').send('POST', `${path}/approve`, { planDigest }));
      await once('carol', async () => {
        // The API vouches for Carol; she sends what it signed by her own way.
        const approval = await as('key:carol').send('POST', `${path}/approve?send=false`, { planDigest });
        const input = JSON.stringify(approval);
        const signal = ['signal', '--workflow-id', workflowId, '--name', 'approve', '--input', input];
        await run(gantry, ['temporal', '--data', data, 'workflow', ...signal]);
      });
    }
    if (phase === 'monitoring' || phase === 'handing-over')
      await once('handoff', () => as('key:dan').send('POST', `${path}/acknowledge`, { for: 'handoff' }));
  };
}

function pathOf(published: Entry | undefined): string {
  const path = published?.['path'];
  return typeof path === 'string' ? path : 'none';
}

interface Scene {
  readonly title: string;
  readonly release: string;
  readonly summary: string;
  /** The release that serves when it is over. */
  readonly serves: string;
}

async function play(
  stage: Stage,
  { title, release, summary, serves }: Scene,
  more: (status: Status) => Promise<void> = async () => {},
): Promise<Run> {
  screen.title(title);
  const since = Date.now();
  const { id } = await request(stage, release, summary);
  const people = goodPeople(stage, id);
  const status = await follow(stage, id, async (now) => {
    await people(now);
    await more(now);
  });
  const { items } = await stage
    .as('key:alice')
    .send<{ items: Entry[] }>('GET', `/v1/deployments/${id}/journal?after=0&limit=500`);
  const published = items.findLast(({ type, state }) => type === 'record-published' && state === 'final');
  await showRunbook(stage, serves);
  const losses = await stage.traffic.losses(since, release);
  return { id, title, outcome: status.outcome ?? 'none', losses, record: pathOf(published) };
}

/** What an operator would read now. */
async function showRunbook({ runbook }: Stage, serves: string): Promise<void> {
  if (runbook === null) return;
  screen.step(`the runbook in git, ${runbook.path}, says:`);
  for (const { name, value } of await runbook.telling(serves)) screen.plain(`             ${name.padEnd(13)} ${value}`);
}

function sum({ title, outcome, losses, record }: Run): void {
  const row = (name: string, value: string) => screen.plain(`    ${name.padEnd(37)}${value}`);
  const duration = losses.ownWrong > 0 ? ` within ${(losses.ownWrongMs / 1000).toFixed(1)} s` : '';
  screen.plain(`  ${pc.bold(title)}`);
  row('outcome', outcome);
  row('requests of users', String(losses.sent));
  row('wrong answers of the release itself', `${losses.ownWrong}${duration}`);
  row('lost to anything else', losses.lost === 0 ? pc.green('0') : pc.red(String(losses.lost)));
  row('record', record);
}

async function demo(folder: string): Promise<Endpoints> {
  screen.title('Starting a shop, its users, and Gantry');
  const port = await portsInARow(4000, 3);
  const front = await startShop(port, join(folder, 'shop'));
  screen.good(`the shop serves 1.4.1 on ${front}`);
  const data = join(folder, 'gantry');
  const [receivers, runbook] = await Promise.all([startReceivers(), startRunbook(folder)]);
  screen.good(
    `the shop's team hears by mail (${receivers.mail.address}), its dashboard by webhook (${receivers.webhook})`,
  );
  screen.good(
    runbook === null
      ? 'no git of 2.31 or newer is on PATH: the runbook is left out'
      : `its runbook lies in a git repository, ${runbook.url}`,
  );
  const { policy, secrets, ciKey } = await writePolicy(folder, receivers, runbook);
  const prometheus = await startPrometheus(front, join(folder, 'prometheus'));
  screen.good(
    prometheus === null
      ? `no Prometheus is on PATH: performance is what ${front}metrics.json says`
      : `Prometheus asks the shop once a second, on ${prometheus}`,
  );
  const procedures = await writeProcedures(folder, { port, prometheus, runbook });
  const endpoints = await startGantry(data, { policy, secrets, procedures });
  screen.good(`Gantry answers on ${endpoints.api}; look inside at ${endpoints.temporalUi ?? endpoints.temporal}`);
  const tokens = JSON.parse(await readFile(join(data, 'tokens.json'), 'utf8')) as Record<string, string>;
  const as = (subject: string) => new Client(endpoints.api, tokens[subject] ?? '');
  const traffic = new Traffic(front);
  traffic.start();
  const adoption = { release: '1.4.1', artifact: await artifactOf('1.4.1'), slot: 'blue', reason: 'it runs already' };
  await as('key:carol').send('POST', '/v1/targets/shop/production/adopt', adoption);
  screen.person('Carol Ito adopts the service as it runs: 1.4.1 in slot blue');

  const stage: Stage = { traffic, data, ciKey, runbook, as };
  const good = await play(stage, {
    title: '1. A good release',
    release: '1.4.2',
    summary: 'Faster checkout',
    serves: '1.4.2',
  });
  const bad = await play(stage, {
    title: '2. A bad release: it fails some time after its start',
    release: '1.4.3-fails-later',
    summary: 'A new basket',
    serves: '1.4.2',
  });
  let isAborted = false;
  const aborted = await play(
    stage,
    { title: '3. A person changes their mind', release: '1.4.4', summary: 'A new logo', serves: '1.4.2' },
    async ({ id, waitingFor }) => {
      if (isAborted || !waitingFor.some(({ kind }) => kind === 'hold')) return;
      isAborted = true;
      await as('key:erin').send('POST', `/v1/deployments/${id}/abort`, { reason: 'the wrong logo' });
    },
  );
  await traffic.stop();
  screen.title('What came of it');
  const runs = [good, bad, aborted];
  runs.forEach(sum);
  if (runbook !== null) {
    screen.plain(`  ${pc.bold('The commits in the repository of the runbook')}`);
    for (const commit of await runbook.commits(aborted.id)) screen.plain(`    ${commit}`);
  }
  const wanted = ['succeeded', 'rolled-back', 'rolled-back'];
  const isAsPromised = runs.every(({ outcome, losses }, i) => outcome === wanted[i] && losses.lost === 0);
  if (!isAsPromised) {
    screen.bad('This is not what was promised: see above.');
    process.exitCode = 1;
  }
  return endpoints;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-demo-'));
  const isStaying = process.argv.includes('--stay');
  let isOver = false;
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (!isOver) screen.step('Ending everything …');
        isOver = true;
        resolve();
      });
  });
  try {
    const interrupted = told.then(() => Promise.reject(new Error('stopped before its end')));
    const { temporalUi } = await Promise.race([demo(folder), interrupted]);
    if (temporalUi !== null)
      screen.plain(
        `\n  Temporal UI: ${temporalUi}${isStaying ? '' : ' (gone with the demo; npm run demo -- --stay keeps it)'}`,
      );
    if (isStaying) {
      screen.plain('  Everything goes on running. Ctrl-C ends it.');
      await told;
    }
  } finally {
    isOver = true;
    await stopAll();
    await rm(folder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  screen.bad(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
process.exit();

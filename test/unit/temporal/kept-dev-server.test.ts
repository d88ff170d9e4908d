import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holderOf } from '../../../src/system/folder-lock.ts';
import { connect } from '../../../src/temporal/connection.ts';
import { type KeptDevServer, keepDevServer } from '../../../src/temporal/dev-server/kept.ts';
import { isAlive } from '../../support/processes.ts';

let folder: string;
let server: KeptDevServer;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-kept-'));
  said = [];
  server = await keepDevServer({
    environment: process.env,
    dataDir: join(folder, 'temporal'),
    logFile: join(folder, 'temporal.log'),
    namespace: 'changes',
    before: null,
    say: (line) => said.push(line),
    serving: { everyMs: 100, answerMs: 1_000, badAnswers: 3 },
  });
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const serverPid = async () => (await holderOf(join(folder, 'temporal')))[0] ?? -1;

async function killServer(): Promise<void> {
  process.kill(await serverPid(), 'SIGKILL');
  await expect.poll(() => said).toEqual(['The Temporal server ended; it is started again.']);
}

/** Whether a client gets an answer at the address it had before. */
const answers = () =>
  connect({ address: server.address, namespace: 'changes' }).then(
    ({ close }) => close().then(() => true),
    () => false,
  );

it('starts a server again that was killed, at the same address', async () => {
  await killServer();

  await expect.poll(answers, { timeout: 20_000 }).toBe(true);
});

it('starts a server again that lives and answers nothing', async () => {
  const stuck = await serverPid();
  process.kill(stuck, 'SIGSTOP');

  await expect
    .poll(() => said, { timeout: 20_000 })
    .toEqual([expect.stringMatching(/serves no longer .*; it is started again/)]);
  await expect.poll(serverPid, { timeout: 20_000 }).not.toBe(stuck);
  await expect.poll(answers, { timeout: 20_000 }).toBe(true);
  expect(isAlive(stuck)).toBe(false);
}, 60_000);

it('ends a server too that is just being started again', async () => {
  await killServer();

  await server.stop();

  expect(isAlive(await serverPid())).toBe(false);
});

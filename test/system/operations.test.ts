import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { query } from '../support/postgres.ts';
import { ownBuild } from '../support/processes.ts';

const shell = promisify(execFile);

let folder: string;
let page: string;
let store: string;
let there: Installation;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-operations-'));
  page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const gantry = join(folder, 'gantry');
  await writeFile(gantry, `#!/bin/sh\nexec ${process.execPath} ${ownBuild} "$@"\n`);
  await chmod(gantry, 0o755);
  there = await startInstallation({
    isForgetful: true,
    env: async (_, parts) => {
      store = parts.store;
      return { GANTRY_DRAIN: '2s' };
    },
  });
  await there.startWorker();
}, 180_000);
afterAll(async () => {
  // No deployment was made, so there is nothing to replay.
  await there.stop();
  await rm(folder, { recursive: true });
});

/** What docs/operations.md shows to be run in a section. */
function shown(section: string): string {
  const [, text = ''] = new RegExp(`^## ${section}$.*?^\`\`\`sh$(.*?)^\`\`\`$`, 'ms').exec(page) ?? [];
  expect({ section, text }).not.toEqual({ section, text: '' });
  return text;
}

async function run(text: string, env: Readonly<Record<string, string>>): Promise<string> {
  const path = [folder, process.env['PATH']].join(delimiter);
  const { stdout } = await shell('/bin/sh', ['-euc', text], { env: { PATH: path, ...env } });
  return stdout.trim();
}

it('PgBouncer: the store is migrated through it as the page shows', async () => {
  const pooler = await startPgBouncer(store);
  try {
    const { password, pathname } = new URL(store);
    const text = shown('PostgreSQL: connections, limits, PgBouncer')
      .replaceAll('pgbouncer:6432/gantry', `${new URL(pooler.address).host}${pathname}`)
      .replaceAll('postgres:5432/gantry', `${new URL(store).host}${pathname}`);
    expect(await run(text, { PASSWORD: password })).toBe('Nothing to do.');
  } finally {
    await pooler.stop();
  }
});

it('retention: the page shows how often it is done, and when it was done last', async () => {
  const [, statement = ''] = /psql "\$GANTRY_STORE" -c "([^"]+)"/.exec(shown('What is kept, and for how long')) ?? [];
  expect(await query(store, statement)).toMatchObject([{ name: expect.any(String), begun_at: expect.any(Date) }]);
});

it('policies: API and workers each say in the store which one they work with', async () => {
  const said = await eventually(
    () => query(store, 'select kind, policy_digest from processes order by kind'),
    (rows) => rows.length === 2,
  );
  expect(said.map(({ kind }) => kind)).toEqual(['api', 'worker']);
  expect(said[0]?.['policy_digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(said[1]?.['policy_digest']).toBe(said[0]?.['policy_digest']);
});

it('shutdown behind a load balancer: an API that is told to end says so to whoever asks as the page shows', async () => {
  const api = there.api();
  const text = shown('Behind a load balancer');
  expect(await run(text, { PID: String(api.pid), GANTRY_API: there.url })).toBe('503');
  expect(await api.ended).toMatchObject({ code: 0 });
});

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openStore } from '../../../src/store/index.ts';
import { own } from '../../../src/system/own-files.ts';
import { goodJournal } from '../../support/journal.ts';
import { rules, testPolicy } from '../../support/policy.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { ownBuild } from '../../support/processes.ts';
import { type ShopApi, startShopApi } from '../../support/shop-api.ts';
import { startOnTerminal, type TerminalProcess } from '../../support/terminal.ts';

// Verbs of whoever runs Gantry, as processes of their own: on a narrow terminal, and in a pipe where no other suite has them there.

/** A deployment of the past, as lists have it. */
const ended = {
  id: 'shop.production.6',
  workflowId: 'deployment/shop/production/6',
  number: 6,
  service: 'shop',
  environment: 'production',
  release: '1.4.1',
  artifactDigest: `sha256:${'ab'.repeat(32)}`,
  planDigest: `sha256:${'cd'.repeat(32)}`,
  requester: 'key:alice',
  requestedAt: '2026-11-30T12:00:00.000Z',
  phase: 'handing-over',
  outcome: 'succeeded',
  endedAt: '2026-11-30T13:00:00.000Z',
  lastSeq: 1,
};

let api: ShopApi;
let postgres: PostgresServer;
let store: string;
let folder: string;
const terminals: TerminalProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-server-verbs-'));
  api = await startShopApi();
  const { journal } = goodJournal();
  const json = (body: unknown) => (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  api.instead(/^GET \/v1\/deployments\/.*\/journal/, json({ items: journal, next: journal.length }));
  api.instead(/^GET \/v1\/deployments\?/, json({ items: [ended], next: null }));
  const strict = { ...rules.approvals, rules: [{ role: 'service-owner', minimum: 2 }] };
  const later = { ...testPolicy, environments: { production: { ...rules, approvals: strict } } };
  const files = {
    'policy.yaml': stringify(testPolicy, { aliasDuplicateObjects: false }),
    'later.yaml': stringify(later, { aliasDuplicateObjects: false }),
    token: `gtk_${'0'.repeat(16)}_${'a'.repeat(43)}`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await mkdir(join(folder, 'broken'));
  await writeFile(join(folder, 'broken/procedure.yaml'), 'gantry: 1\nname: x\n');
  await cp(own('examples/shop/procedures'), folder, { recursive: true });
  postgres = await startPostgres();
  store = await postgres.newDatabase();
  const opened = await openStore(store);
  await opened.migrate();
  await opened.close();
});
afterAll(async () => {
  for (const one of terminals) one.kill();
  api.close();
  await postgres.remove();
  await rm(folder, { recursive: true, force: true });
});

const variables = () => ({ GANTRY_STORE: store, GANTRY_POLICY: join(folder, 'policy.yaml') });

/** What stands on a terminal of 40 columns, as the lines that were written, and how it ended. */
async function onTerminal(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const started = startOnTerminal(words, { ...variables(), ...more }, folder, 40);
  terminals.push(started);
  const code = await started.ended;
  // A terminal wraps what is longer; nothing is cut off.
  const rows = started.shown();
  expect(rows.every((row) => row.length <= 40)).toBe(true);
  const written = started.written();
  const lines = stripVTControlCharacters(written).split('\r\n').slice(0, -1);
  expect(rows.join('')).toBe(lines.map((line) => line.trimEnd()).join(''));
  return { code, lines, written };
}

function inPipe(...words: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', ...variables() };
  return new Promise<{ code: unknown; output: string; talk: string }>((resolve) => {
    execFile(process.execPath, [ownBuild, ...words], { cwd: folder, env }, (error, output, talk) =>
      resolve({ code: error?.code ?? 0, output, talk }),
    );
  });
}

describe.concurrent('on a narrow terminal, or in a pipe', () => {
  it('token create prints a key alone, list what is known of it, and revoke how many it has ended', async () => {
    const created = await onTerminal(['token', 'create', 'key:bob', '--scope', 'read', '--expires', '30d']);
    expect(created).toMatchObject({ code: 0, lines: [expect.stringMatching(/^gtk_[0-9a-f]{16}_\S{43}$/)] });
    const id = created.lines[0]?.slice(4, 20) ?? '';
    const listed = await onTerminal(['token', 'list', 'key:bob']);
    expect(listed).toMatchObject({
      code: 0,
      lines: [expect.stringMatching(new RegExp(`^${id}  key:bob  key  read  since \\S+Z  expires \\S+Z$`))],
    });
    expect(await onTerminal(['token', 'revoke', id])).toMatchObject({ code: 0, lines: [`Revoked 1 of ${id}.`] });
  });

  it('key create says which key there is, whether it was made or not', async () => {
    const created = await onTerminal(['key', 'create', '--data', '.']);
    expect(created).toMatchObject({ code: 0, lines: [expect.stringMatching(/^The API signs with [0-9a-f]{16}\.$/)] });
    const again = await inPipe('key', 'create', '--data', '.');
    expect(again).toEqual({ code: 0, output: `${created.lines[0]}\n`, talk: '' });
  });

  it('policy test says what would have been refused and why, in colours where there are any', async () => {
    const words = ['policy', 'test', 'later.yaml', '--api', api.url, '--token-file', 'token'];
    const [coloured, plain, piped] = await Promise.all([
      onTerminal(words),
      onTerminal(words, { NO_COLOR: '1' }),
      inPipe(...words),
    ]);
    expect(coloured).toMatchObject({
      code: 0,
      lines: [
        expect.stringMatching(/^policy sha256:[0-9a-f]{64}$/),
        '1 of 1 deployments would have been refused.',
        '',
        `shop.production.6  1.4.1  requested ${ended.requestedAt}  succeeded`,
        expect.stringMatching(/^ {2}\/environments\/\S+\/rules\/0 {2}1 more service-owner would have had to approve/),
      ],
    });
    expect(coloured.written).toContain('\u001b[1mshop.production.6');
    expect(plain).toMatchObject({ code: 0, lines: coloured.lines });
    expect(plain.written).not.toContain('\u001b');
    expect(piped).toEqual({ code: 0, output: `${coloured.lines.join('\n')}\n`, talk: '' });
  });

  it('procedure check shows the steps, or each fault where the file has it', async () => {
    const good = await onTerminal(['procedure', 'check', 'shop-blue-green', '--policy', 'policy.yaml']);
    expect(good.code).toBe(0);
    expect(good.lines[0]).toMatch(/^shop-blue-green: Start the idle slot/);
    expect(good.lines).toContain('   hold   10 s');
    expect(good.lines.at(-1)).toMatch(/^No fault \(production\); at most .* from request to end\.$/);
    const broken = await inPipe('procedure', 'check', 'broken');
    expect(broken).toMatchObject({ code: 1, talk: '' });
    expect(broken.output).toMatch(
      /^broken\/procedure\.yaml:2 \/name: unknown key "name"\n {2}2 \| name: x\n {4}\| \^\n/m,
    );
    expect(broken.output).toMatch(/^\d+ faults\.\n$/m);
  });
});

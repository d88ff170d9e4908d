import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderError } from '../../../../src/cli/render/error.ts';
import { registerLogin } from '../../../../src/cli/verbs/login.ts';
import { freePorts } from '../../../../src/temporal/dev-server/free-ports.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-login-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What somebody reads of a `gantry login` that fails. */
async function failureOf(...words: readonly string[]): Promise<readonly string[]> {
  const paint = pc.createColors(false);
  const command = new Command();
  registerLogin(command, {
    terminal: { say: () => undefined, paint },
    tell: () => undefined,
    environment: { GANTRY_CONFIG: join(folder, 'config.json') },
    confirm: null,
    input: process.stdin,
    screen: null,
  });
  const error: unknown = await command.parseAsync(words, { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return renderError(error, paint, true);
}

/** The folder of a gantry dev that is told to be at this port. */
async function devAt(port: number): Promise<string> {
  const files = {
    'endpoints.json': { api: `http://127.0.0.1:${port}` },
    'tokens.json': { 'key:bob': `gtk_${'b'.repeat(8)}_${'b'.repeat(43)}` },
  };
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(value));
  return folder;
}

it('without a word of where the API is it names each way to say that, that of a gantry dev too', async () => {
  expect(await failureOf()).toEqual([
    'error[malformed]: Say where the API is: --api or GANTRY_API, or --dev for the gantry dev of this folder.',
  ]);
});

it('where no gantry dev listens any more it asks whether one runs, and says how to follow one that has moved', async () => {
  const [port = 0] = await freePorts('127.0.0.1', 1);
  expect(await failureOf('bob', '--dev', await devAt(port), '--as', 'key:bob')).toEqual([
    `error[not-ready]: Nothing answers at http://127.0.0.1:${port} (ECONNREFUSED).`,
    '  → is gantry dev running? Where it listens elsewhere by now, renew the login: gantry login NAME --dev --as SUBJECT',
  ]);
});

it('where something listens and breaks off, it is worth a repeat', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const said = await failureOf('bob', '--dev', await devAt(port), '--as', 'key:bob');
    expect(said.at(-1)).toBe('  → repeat it: the same request may succeed later');
  } finally {
    server.close();
  }
});

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/errors.ts';
import { cliVersion, findTemporalCli } from '../../../src/temporal/find-cli.ts';

const speaks = 'echo "temporal version 9.9.9"';
let root: string;
let cacheDir: string;
const servers: Server[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-find-cli-'));
  cacheDir = join(root, 'cache');
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  await rm(root, { recursive: true, force: true });
});

it('takes the first temporal program on PATH that runs', async () => {
  const broken = await program('broken/temporal', 'exit 3');
  const first = await program('first/temporal', speaks);
  const second = await program('second/temporal', speaks);

  expect(await find(broken, first, second)).toBe(first);
});

it('passes over relative entries, folders and files that may not be run', async () => {
  const stranger = await program('stranger/temporal', speaks);
  await mkdir(join(root, 'folder', 'temporal'), { recursive: true });
  const plain = await program('plain/temporal', speaks, 0o644);
  const good = await program('good/temporal', speaks);
  const path = [
    relative(process.cwd(), dirname(stranger)),
    '',
    '.',
    join(root, 'folder'),
    dirname(plain),
    dirname(good),
  ];

  expect(await findTemporalCli({ env: env(path.join(delimiter)), cacheDir, downloadFrom: null })).toBe(good);
});

it('takes a program that PATH reaches through a link', async () => {
  const real = await program('real/temporal-9', speaks);
  await mkdir(join(root, 'links'));
  await symlink(real, join(root, 'links', 'temporal'));

  expect(await find(join(root, 'links', 'temporal'))).toBe(join(root, 'links', 'temporal'));
});

it('does not take another program of that name', async () => {
  const clock = await program('clock/temporal', 'echo "Temporal Clock 1.0"');
  const cached = await program(cachedPath(), speaks);

  expect(await find(clock)).toBe(cached);
});

it('does not wait for a program that says nothing, nor for what that program started', async () => {
  const silent = await program('silent/temporal', 'sleep 60');
  const cached = await program(cachedPath(), speaks);

  expect(await find(silent)).toBe(cached);
}, 20_000);

it('prefers PATH to the cache and the cache to a download', async () => {
  const mirror = await serve((_request, response) => response.writeHead(500).end());
  const cached = await program(cachedPath(), speaks);
  const onPath = await program('good/temporal', speaks);

  expect(await findTemporalCli({ env: env(dirname(onPath)), cacheDir, downloadFrom: mirror.url })).toBe(onPath);
  expect(await findTemporalCli({ env: env(''), cacheDir, downloadFrom: mirror.url })).toBe(cached);
  expect(mirror.requests).toEqual([]);
});

it('keeps its cache where the environment says', async () => {
  const inXdg = await program(join('xdg', 'gantry', `temporal-${cliVersion}`, 'temporal'), speaks);
  const inHome = await program(join('home', '.cache', 'gantry', `temporal-${cliVersion}`, 'temporal'), speaks);
  const home = join(root, 'home');

  const xdg = { PATH: '', HOME: home, XDG_CACHE_HOME: join(root, 'xdg') };
  expect(await findTemporalCli({ env: xdg, downloadFrom: null })).toBe(inXdg);
  expect(await findTemporalCli({ env: { ...xdg, XDG_CACHE_HOME: 'relative' }, downloadFrom: null })).toBe(inHome);
});

it('downloads the archive, takes only the program out of it and keeps it', async () => {
  const archive = await archiveOf(speaks);
  const mirror = await serve((_request, response) => response.end(archive));

  const found = await findTemporalCli({ env: env(await toolsPath()), cacheDir, downloadFrom: mirror.url });

  expect(found).toBe(join(root, cachedPath()));
  expect(mirror.requests).toEqual([
    expect.stringMatching(`^/${cliVersion}\\?platform=(linux|darwin)&arch=(amd64|arm64)$`),
  ]);
  expect(await readdir(dirname(found))).toEqual(expect.arrayContaining(['temporal']));
  expect(await leftOvers()).toEqual([]);
});

it('does not keep a download that does not run', async () => {
  const archive = await archiveOf('exit 1');
  const mirror = await serve((_request, response) => response.end(archive));

  const error = await refusal({ env: env(await toolsPath()), cacheDir, downloadFrom: mirror.url });

  expect(error.message).toContain('a download: the program ended with exit code 1');
  expect(await leftOvers()).toEqual([]);
});

it('builds with Go when there is nothing else, standing in an empty folder, without other work settings', async () => {
  const mirror = await serve((_request, response) => response.writeHead(404).end());
  await fakeGo();
  const lines: string[] = [];

  const found = await findTemporalCli({
    env: { ...env(await toolsPath()), GOFLAGS: '-mod=mod', GOOS: 'plan9' },
    cacheDir,
    downloadFrom: mirror.url,
    progress: (line) => lines.push(line),
  });

  expect(found).toBe(join(root, cachedPath()));
  const told = await readFile(join(root, 'go.log'), 'utf8');
  expect(told.trim()).toBe(`install -v github.com/temporalio/cli/cmd/temporal@${cliVersion} flags= system= files=`);
  expect(lines).toEqual([
    expect.stringContaining('Downloading'),
    expect.stringContaining('Building the Temporal CLI with Go'),
  ]);
  expect(await leftOvers()).toEqual([]);
});

it('tells how far a build is', async () => {
  await fakeGo('sleep 4');
  const lines: string[] = [];

  await findTemporalCli({ env: env(await toolsPath()), cacheDir, downloadFrom: null, progress: (l) => lines.push(l) });

  expect(lines.at(-1)).toMatch(/^Building the Temporal CLI: compiling, 1 packages \(3 s\)$/);
}, 20_000);

it('builds once when two ask at the same time, and tells the one that waits', async () => {
  await fakeGo('sleep 1');
  const lines: string[] = [];
  const options = { env: env(await toolsPath()), cacheDir, downloadFrom: null, progress: (l: string) => lines.push(l) };

  const found = await Promise.all([findTemporalCli(options), findTemporalCli(options), findTemporalCli(options)]);

  expect(new Set(found)).toEqual(new Set([join(root, cachedPath())]));
  expect((await readFile(join(root, 'go.log'), 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(lines).toContain('Waiting for another process, which gets the Temporal CLI (0 s)');
}, 20_000);

it('replaces a cached program that does not run', async () => {
  const cached = await program(cachedPath(), 'exit 1');
  await fakeGo();

  expect(await findTemporalCli({ env: env(await toolsPath()), cacheDir, downloadFrom: null })).toBe(cached);
  expect(await readFile(cached, 'utf8')).toContain(speaks);
});

it('names everything that was tried and what a person can do', async () => {
  const mirror = await serve((_request, response) => response.writeHead(503).end());
  const broken = await program('broken/temporal', 'exit 3');
  await fakeGo('echo "go: no network" >&2; exit 1');
  const path = [dirname(broken), await toolsPath()].join(delimiter);

  const error = await refusal({ env: env(path), cacheDir, downloadFrom: mirror.url });

  expect(error.code).toBe('temporal-not-found');
  expect(error.message).toContain(`a temporal program on PATH: ${broken} ended with exit code 3`);
  expect(error.message).toContain(`the cached program: ${join(root, cachedPath())} is not there`);
  expect(error.message).toMatch(/a download: http:\S+: answered 503/);
  expect(error.message).toContain('go install: go: no network');
  expect(error.message).toContain('set TEMPORAL_ADDRESS');
  expect(error.message).toContain('install the Temporal CLI');
  expect(error.message).toContain('install Go');
});

it('says so when there is no Go and when the cache cannot be written', async () => {
  const withoutGo = await refusal({ env: env(''), cacheDir, downloadFrom: null });
  expect(withoutGo.message).toContain('a download: downloads are switched off');
  expect(withoutGo.message).toContain('go install: there is no go program on PATH');

  await writeFile(join(root, 'file'), '');
  const withoutCache = await refusal({ env: env(''), cacheDir: join(root, 'file'), downloadFrom: null });
  expect(withoutCache.message).toMatch(/the cache folder \S+: ENOTDIR/);
});

function env(path: string): Record<string, string> {
  return { PATH: path, HOME: root };
}

function find(...programs: readonly string[]): Promise<string> {
  const path = programs.map((file) => dirname(file)).join(delimiter);
  return findTemporalCli({ env: env(`${path}${delimiter}/usr/bin${delimiter}/bin`), cacheDir, downloadFrom: null });
}

async function refusal(options: Parameters<typeof findTemporalCli>[0]): Promise<GantryError> {
  const error: unknown = await findTemporalCli(options).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GantryError)) throw new Error('it was not refused');
  return error;
}

function cachedPath(): string {
  return join('cache', `temporal-${cliVersion}`, 'temporal');
}

async function leftOvers(): Promise<readonly string[]> {
  const names = await readdir(dirname(join(root, cachedPath())));
  return names.filter((name) => name !== 'temporal' && name !== 'lock');
}

async function program(path: string, body: string, mode = 0o755): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, mode);
  return file;
}

/** PATH with the few tools that scripts and unpacking need, and with a `go` when `fakeGo` made one. */
async function toolsPath(): Promise<string> {
  const tools = join(root, 'tools');
  await mkdir(tools, { recursive: true });
  for (const name of ['tar', 'gzip', 'sleep', 'cat', 'chmod', 'ls']) {
    const { stdout } = await promisify(execFile)('which', [name]);
    await symlink(stdout.trim(), join(tools, name)).catch(() => undefined);
  }
  return tools;
}

/** A `go` that says what it was asked, does `then`, and writes a program into GOBIN. */
async function fakeGo(then = ':'): Promise<void> {
  await program(
    'tools/go',
    `echo "$* flags=$GOFLAGS system=$GOOS files=$(ls -A)" >> ${root}/go.log
echo "go: downloading github.com/some/module v1.0.0" >&2
echo "github.com/some/module" >&2
${then}
printf '#!/bin/sh\\n${speaks}\\n' > "$GOBIN/temporal"
chmod 755 "$GOBIN/temporal"`,
  );
}

async function archiveOf(body: string): Promise<Buffer> {
  await program('archive/temporal', body);
  await writeFile(join(root, 'archive', 'LICENSE'), 'free');
  await promisify(execFile)('tar', [
    '-czf',
    join(root, 'a.tar.gz'),
    '-C',
    join(root, 'archive'),
    'LICENSE',
    'temporal',
  ]);
  return readFile(join(root, 'a.tar.gz'));
}

async function serve(answer: RequestListener): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

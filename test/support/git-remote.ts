import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A bare repository on this disk, whose history a test reads and writes as somebody else would. */
export interface GitRemote {
  readonly folder: string;
  readonly url: string;
  git(...args: readonly string[]): Promise<string>;
  /** A file of the branch as it is now. */
  file(path: string): Promise<string>;
  /** Messages of the branch, the newest first. */
  messages(): Promise<readonly string[]>;
  /** Somebody else pushes these files; a link is written as `-> target`. */
  change(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  /** A hook of the remote, as a script. */
  hook(name: string, script: string): Promise<void>;
  remove(): Promise<void>;
}

/** With one commit on `main` of these files. */
export async function startGitRemote(files: Readonly<Record<string, string>>): Promise<GitRemote> {
  const root = await mkdtemp(join(tmpdir(), 'gantry-remote-'));
  const folder = join(root, 'remote.git');
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Somebody',
    GIT_AUTHOR_EMAIL: 'somebody@shop.example',
    GIT_COMMITTER_NAME: 'Somebody',
    GIT_COMMITTER_EMAIL: 'somebody@shop.example',
  };
  const git = async (...args: readonly string[]) => (await run('git', args, { cwd: folder, env })).stdout;
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder], { env });
  let changes = 0;
  const remote: GitRemote = {
    folder,
    url: pathToFileURL(folder).href,
    git,
    file: (path) => git('show', `main:${path}`),
    messages: async () => (await git('log', '--format=%B%x00', 'main')).split('\0').map((one) => one.trim()),
    async change(given) {
      changes += 1;
      const index = { ...env, GIT_INDEX_FILE: join(root, `index-${changes}`) };
      const own = async (...args: readonly string[]) =>
        (await run('git', args, { cwd: folder, env: index })).stdout.trim();
      const parent = await git('rev-parse', '--verify', '--quiet', 'main').then(
        (said) => said.trim(),
        () => null,
      );
      if (parent !== null) await own('read-tree', parent);
      for (const [path, text] of Object.entries(given)) {
        const link = typeof text === 'string' ? /^-> (.*)$/s.exec(text)?.[1] : undefined;
        const source = join(root, 'source');
        await writeFile(source, link ?? text);
        const object = await own('hash-object', '-w', '--no-filters', source);
        await own(
          'update-index',
          '--add',
          '--cacheinfo',
          `${link === undefined ? '100644' : '120000'},${object},${path}`,
        );
      }
      const tree = await own('write-tree');
      const commit = await own(
        'commit-tree',
        tree,
        ...(parent === null ? [] : ['-p', parent]),
        '-m',
        `Change ${changes}`,
      );
      await own('update-ref', 'refs/heads/main', commit);
    },
    async hook(name, script) {
      const file = join(folder, 'hooks', name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  await remote.change(files);
  return remote;
}

/** A repository behind git's own HTTP server program, for one user. */
export interface GitHttpServer {
  readonly url: string;
  /** Every `Authorization` that came. */
  readonly authorizations: readonly (string | undefined)[];
  /** From now on answers nothing at all. */
  hang(): void;
  close(): Promise<void>;
}

export async function serveGit(
  remote: GitRemote,
  user: { readonly username: string; readonly password: string },
): Promise<GitHttpServer> {
  const authorizations: (string | undefined)[] = [];
  const wanted = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  await remote.git('config', 'http.receivepack', 'true');
  let isHanging = false;
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    authorizations.push(authorization);
    if (isHanging) return;
    if (authorization === wanted) return answerByCgi(remote, request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/remote.git`,
    authorizations,
    hang: () => void (isHanging = true),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerByCgi(remote: GitRemote, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const cgi = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: dirname(remote.folder),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'gantry',
    },
  });
  request.pipe(cgi.stdin);
  const chunks: Buffer[] = [];
  cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  cgi.on('close', () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf('\r\n\r\n');
    const headers = whole
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/: ?/, 2));
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    const told = headers.filter(([name]) => name !== 'Status').map(([name = '', value = '']) => [name, value] as const);
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(told)).end(whole.subarray(end + 4));
  });
}

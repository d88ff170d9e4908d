import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import { parse } from 'yaml';
import { gitHubRelease, gitLabRelease, type ReleaseRun } from './ci-runs.ts';
import { type KeyServer, startKeyServer } from './key-server.ts';

export type Variables = Readonly<Record<string, string>>;

/** What a CI signs of its runs, and how their jobs come by it. */
export interface CiIdentity {
  readonly issuer: string;
  /** What a job of this run is given, as the pipeline file of the repository asks for it; `project`: variables of the project. */
  variables(repository: string, run: ReleaseRun, project: Variables): Promise<Variables>;
  /** The tokens that were signed, and secrets by which they were asked for. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

/** GitHub Actions: a job with `id-token: write` asks for its tokens, each for an audience. */
export async function startGitHubIdentity(): Promise<CiIdentity> {
  const keys = await startKeyServer();
  const secrets: string[] = [];
  const sign = signInto(secrets, keys);
  const runs = new Map<string, ReleaseRun>();
  const server = createServer((request, response) => {
    const run = runs.get(request.headers.authorization ?? '');
    const audience = new URL(request.url ?? '', keys.issuer).searchParams.get('audience');
    if (!run || audience === null) return void response.writeHead(401).end('{}');
    void sign({ ...gitHubRelease(run), aud: audience }).then((value) => response.end(JSON.stringify({ value })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`;
  return {
    issuer: keys.issuer,
    secrets,
    async variables(repository, run) {
      const file = await read<GitHubFile>(join(repository, '.github/workflows/release.yml'));
      if (file.permissions?.['id-token'] !== 'write') return {};
      const secret = randomUUID();
      secrets.push(secret);
      runs.set(`Bearer ${secret}`, run);
      return { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret };
    },
    async close() {
      server.closeAllConnections();
      await Promise.all([keys.close(), new Promise((resolve) => server.close(resolve))]);
    },
  };
}

/** GitLab CI: a job has a token for each of its `id_tokens`. */
export async function startGitLabIdentity(): Promise<CiIdentity> {
  const keys = await startKeyServer();
  const secrets: string[] = [];
  const sign = signInto(secrets, keys);
  return {
    issuer: keys.issuer,
    secrets,
    async variables(repository, run, project) {
      const { release } = await read<GitLabFile>(join(repository, '.gitlab-ci.yml'));
      const filled = (text: string) => text.replaceAll(/\$(\w+)/g, (_, name: string) => project[name] ?? '');
      const tokens = Object.entries(release.id_tokens ?? {}).map(
        async ([name, { aud }]) => [name, await sign({ ...gitLabRelease(run), aud: filled(aud) })] as const,
      );
      return Object.fromEntries(await Promise.all(tokens));
    },
    close: () => keys.close(),
  };
}

interface GitHubFile {
  readonly permissions?: Variables;
}
interface GitLabFile {
  readonly release: { readonly id_tokens?: Readonly<Record<string, { readonly aud: string }>> };
}

const read = async <T>(file: string) => parse(await readFile(file, 'utf8')) as T;

const signInto = (secrets: string[], keys: KeyServer) => async (claims: JWTPayload) => {
  const token = await keys.sign(claims, { typ: 'JWT' });
  secrets.push(token);
  return token;
};

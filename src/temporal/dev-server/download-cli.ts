import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Environment } from './executables.ts';

const temporalsSite = 'https://temporal.download/cli/archive';

/** On a closed network no server answers: that must show soon, for there is another way to get the program. */
const connectMs = 5_000;

/** Nothing limits the whole: on a slow line it takes minutes. */
const silenceMs = 30_000;
const reportEveryMs = 3_000;

export interface ObtainOptions {
  /** An empty folder to work in. */
  readonly into: string;
  readonly version: string;
  readonly env: Environment;
  readonly progress: (line: string) => void;
}

/**
 * Downloads the CLI's archive and unpacks the one program in it; resolves to its path. The transport is what vouches
 * for it: a download that begins with https is refused when it is sent on to anything else. It may take any time, but for
 * half a minute without a byte.
 */
export async function downloadCli(options: ObtainOptions, from: string | null = temporalsSite): Promise<string> {
  if (from === null) throw new Error('downloads are switched off');
  const url = archiveUrl(from, options.version);
  options.progress(`Downloading the Temporal CLI from ${url.host}`);
  const dispatcher = new EnvHttpProxyAgent({
    ...proxies(options.env),
    connect: { timeout: connectMs },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  });
  try {
    const response = await fetch(url, { dispatcher });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    if (url.protocol === 'https:' && !response.url.startsWith('https:')) throw new Error('it leads away from https');
    if (response.body === null) throw new Error('answered with nothing');
    await unpack(Readable.fromWeb(response.body), options);
    return join(options.into, 'temporal');
  } catch (error) {
    throw new Error(`${url.href}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
}

function archiveUrl(from: string, version: string): URL {
  const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
  const architecture = architectures[process.arch];
  if (architecture === undefined || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(`there is no archive for ${process.platform} on ${process.arch}`);
  }
  const url = new URL(`${from}/${version}`);
  url.searchParams.set('platform', process.platform);
  url.searchParams.set('arch', architecture);
  return url;
}

async function unpack(archive: Readable, { into, env, progress }: ObtainOptions): Promise<void> {
  // Only the member called `temporal` is written, whatever else the archive holds.
  const tar = execa('tar', ['-xzf', '-', '-C', into, 'temporal'], { env: { ...env }, extendEnv: false });
  await Promise.all([pipeline(archive, meter(progress), tar.stdin), tar]);
}

function meter(progress: (line: string) => void): Transform {
  const start = Date.now();
  let last = start;
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (Date.now() - last >= reportEveryMs) {
        last = Date.now();
        progress(`Downloading the Temporal CLI: ${Math.round(bytes / 1e6)} MB (${Math.round((last - start) / 1e3)} s)`);
      }
      done(null, chunk);
    },
  });
}

/** Empty strings rather than nothing: an absent one is looked up in the environment of this process instead. */
function proxies(env: Environment): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const setting = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? '';
  return { httpProxy: setting('HTTP_PROXY'), httpsProxy: setting('HTTPS_PROXY'), noProxy: setting('NO_PROXY') };
}

/** What fetch throws says only "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

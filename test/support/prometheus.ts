import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { executablesOnPath } from '../../src/temporal/dev-server/executables.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { debianPackages } from './debian-packages.ts';
import { leash } from './postgres.ts';

/** A real Prometheus on loopback, in a folder of its own. */
export interface Prometheus {
  readonly url: string;
  /** What a query comes to by now: the value of its first series, or null. */
  ask(query: string): Promise<number | null>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts one that asks each of these services for its `/metrics` once a second, by job. */
export async function startPrometheus(services: Readonly<Record<string, string>>): Promise<Prometheus> {
  const program = await findPrometheus();
  const folder = await mkdtemp(join(tmpdir(), 'gantry-prometheus-'));
  const settings = join(folder, 'prometheus.yml');
  const scrape_configs = Object.entries(services).map(([job_name, url]) => ({
    job_name,
    static_configs: [{ targets: [new URL(url).host] }],
  }));
  // JSON is YAML, too.
  await writeFile(
    settings,
    JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs }),
  );
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const [port = 0] = await freePorts('127.0.0.1', 1);
    const options = [
      `--config.file=${settings}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ];
    const child = spawn('/bin/sh', ['-c', leash, 'sh', program, ...options], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    const url = `http://127.0.0.1:${port}`;
    const stop = async () => {
      const ended = isRunning() ? once(child, 'exit') : null;
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    };
    while (isRunning()) {
      if (await isReady(url)) return { url, stop, ask: (query) => ask(url, query) };
      await delay(50);
    }
    // A free port may be lost to somebody else before it has it.
  }
  await rm(folder, { recursive: true, force: true });
  throw new Error('Prometheus does not start');
}

const isReady = (url: string) =>
  fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

async function ask(url: string, query: string): Promise<number | null> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await answer.json()) as { data: { result: readonly { value: readonly [number, string] }[] } };
  const [first] = data.result;
  return first ? Number(first.value[1]) : null;
}

/** The one of this machine, or else Debian's package. */
async function findPrometheus(): Promise<string> {
  const [onPath] = await executablesOnPath('prometheus', process.env);
  if (onPath !== undefined) return onPath;
  const unpacked = await debianPackages('prometheus', ['prometheus']).catch((cause: unknown) => {
    throw new Error(
      "These tests need Prometheus: it is neither on PATH nor to be had from Debian's packages. Install it (apt-get install prometheus), or put it on PATH.",
      { cause },
    );
  });
  return join(unpacked, 'usr', 'bin', 'prometheus');
}

import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { portsInARow } from './ports.ts';
import { startProgram } from './processes.ts';

async function onPath(name: string): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)) {
    const file = join(folder, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return null;
}

/** A Prometheus of this machine that asks the shop once a second; resolves to its address, or null where there is none. */
export async function startPrometheus(shop: string, folder: string): Promise<string | null> {
  const program = await onPath('prometheus');
  if (program === null) return null;
  const listen = `127.0.0.1:${await portsInARow(9090, 1)}`;
  const settings = join(folder, 'prometheus.json');
  await mkdir(folder, { recursive: true });
  const scrape_configs = [{ job_name: 'shop', static_configs: [{ targets: [new URL(shop).host] }] }];
  // JSON is YAML, too.
  await writeFile(
    settings,
    JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs }),
  );
  startProgram(program, [
    `--config.file=${settings}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${listen}`,
    '--log.level=error',
  ]);
  return `http://${listen}`;
}

const ratio = (part: string) => `sum(rate(shop_requests_total{release="\${release}"${part}}[4s]))`;

/** A procedure of the shop whose group `performance` asks a Prometheus in place of the shop's own word. */
export function measuredBy(procedure: string, prometheus: string): string {
  const check = {
    id: 'error-ratio',
    prometheus,
    query: `${ratio(',outcome="failed"')} / ${ratio('')}`,
    samplesOf: 'shop_requests_total{release="${release}"}',
    range: '3s',
    step: '1s',
    max: 0.02,
    maxAge: '5s',
    within: '20s',
    interval: '500ms',
  };
  return procedure.replace(
    /performance:\n[^]*?(?=\n {2}integrations:)/,
    () => `performance: ${JSON.stringify([check])}`,
  );
}

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../src/temporal/dev-server/free-ports.ts';
import { type ApiClient, createApiClient } from '../test/support/api-client.ts';
import { startGantry } from '../test/support/processes.ts';
import { measuredPolicy } from './installation.ts';

/** `gantry dev`: API, worker and store in one process. */
export interface MeasuredDev extends ApiClient {
  readonly tokens: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export async function startDev(): Promise<MeasuredDev> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-dev-'));
  const data = join(folder, 'state');
  const policy = join(folder, 'policy.yaml');
  await writeFile(policy, stringify(measuredPolicy, { aliasDuplicateObjects: false }));
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const env = { GANTRY_POLICY: policy, GANTRY_LISTEN: `127.0.0.1:${port}` };
  const dev = startGantry(['dev', '--data', data], env, folder);
  await dev.printed('Gantry is ready');
  const read = async <T>(file: string) => JSON.parse(await readFile(join(data, file), 'utf8')) as T;
  const tokens = new Map(Object.entries(await read<Record<string, string>>('tokens.json')));
  const api = createApiClient((await read<{ api: string }>('endpoints.json')).api, tokens);
  return {
    ...api,
    tokens,
    async stop() {
      await dev.kill('SIGTERM');
      await api.closeWorlds();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

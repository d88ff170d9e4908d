import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { keyIdOf } from '../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { registerKeys } from '../../src/main/keys/register-keys.ts';
import { openStore } from '../../src/store/index.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { testPolicy } from '../support/policy.ts';
import { startGantry } from '../support/processes.ts';
import { copyMigratedStore } from '../support/store-template.ts';

let folder: string;
let data: string;
let env: Record<string, string>;
let id: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-retired-'));
  data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  const policy = join(folder, 'policy.yaml');
  await writeFile(policy, stringify(testPolicy, { aliasDuplicateObjects: false }));
  // Nothing answers at Temporal's address: what is to be seen comes before.
  const [port, temporalPort] = await freePorts('127.0.0.1', 2);
  env = {
    GANTRY_POLICY: policy,
    GANTRY_PROCEDURES: fileURLToPath(new URL('../../examples/shop/procedures', import.meta.url)),
    GANTRY_STORE: `pglite:${join(data, 'store')}`,
    GANTRY_SECRETS: data,
    GANTRY_LISTEN: `127.0.0.1:${port}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
  };
  await copyMigratedStore(join(data, 'store'));
  const store = await openStore(env['GANTRY_STORE'] ?? '');
  const { publicKeys } = await registerKeys(store, await ensureMessageKeys(data), () => undefined);
  await store.close();
  id = keyIdOf(publicKeys[0] ?? '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function gantry(...args: string[]) {
  const one = startGantry(args, env);
  const { code } = await one.ended;
  return { code, said: one.output() };
}

it('a key that is still needed is not retired', async () => {
  const { code, said } = await gantry('key', 'retire', id);
  expect(code).toBe(1);
  expect(said).toContain(`error[key-in-use]: ${id} is still needed`);
});

it('neither gantry api nor gantry dev starts on a newest key that was retired', async () => {
  const store = await openStore(env['GANTRY_STORE'] ?? '');
  await store.retireKey(id);
  await store.close();
  for (const verb of [['api'], ['dev', '--data', data]]) {
    const { code, said } = await gantry(...verb);
    expect(code).toBe(1);
    expect(said).toContain(
      `error[invalid-config]: The key ${id}, the first in ${join(data, 'message-key')}, was retired`,
    );
  }
});

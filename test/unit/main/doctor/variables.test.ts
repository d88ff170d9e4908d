import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readConfig } from '../../../../src/config/config.ts';
import { exposureFindings } from '../../../../src/main/doctor/exposure.ts';
import type { Finding } from '../../../../src/main/doctor/finding.ts';
import { policyFindings } from '../../../../src/main/doctor/policy.ts';
import { procedureFindings } from '../../../../src/main/doctor/procedures.ts';
import { secretFindings } from '../../../../src/main/doctor/secrets.ts';
import { storeFindings } from '../../../../src/main/doctor/store.ts';
import { rules, testPolicy } from '../../../support/policy.ts';

// What variables and files make wrong: found by its name, and gone once its advice is followed.

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-doctor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Variables = Readonly<Record<string, string>>;
const withoutOk = (found: readonly Finding[]) => found.filter(({ state }) => state !== 'ok');

describe('what others could read', () => {
  const exposed = (variables: Variables) => withoutOk(exposureFindings(readConfig(variables)));

  it('is what goes to a Temporal elsewhere in the clear, until it is spoken to by TLS', () => {
    const there = { TEMPORAL_ADDRESS: 'temporal.example:7233' };
    expect(exposed(there)).toEqual([
      {
        check: 'exposure',
        state: 'warning',
        found: 'Temporal at temporal.example:7233 is spoken to in the clear.',
        advice: expect.stringMatching(/^set TEMPORAL_TLS=true, /) as unknown,
      },
    ]);
    expect(exposed({ ...there, TEMPORAL_TLS: 'true' })).toEqual([]);
    expect(exposed({ TEMPORAL_ADDRESS: '[::1]:7233' })).toEqual([]);
  });

  it('is a secret in a variable, until it lies in a file', async () => {
    const address = 'postgres://gantry:secret@db.example/gantry';
    expect(exposed({ GANTRY_STORE: address })).toMatchObject([
      {
        state: 'warning',
        found: expect.stringMatching(/^GANTRY_STORE holds a secret/) as unknown,
        advice: 'write it into a file, and name that in GANTRY_STORE_FILE',
      },
    ]);
    await writeFile(at('store'), address, { mode: 0o600 });
    expect(exposed({ GANTRY_STORE_FILE: at('store') })).toEqual([]);
  });

  it('is nothing of an embedded store, whose newest entries a power cut may cost', () => {
    expect(exposed({ GANTRY_STORE: `pglite:${folder}` })).toMatchObject([
      { state: 'warning', advice: expect.stringContaining('GANTRY_STORE to a PostgreSQL') as unknown },
    ]);
  });

  it('is a folder of secrets that is not there, until it is made, and a file that all may read', async () => {
    const secrets = async () => withoutOk(await secretFindings(readConfig({ GANTRY_SECRETS: at('secrets') })));
    expect(await secrets()).toMatchObject([
      { state: 'warning', found: `The folder of secrets ${at('secrets')} cannot be read.` },
    ]);
    await mkdir(at('secrets'));
    expect(await secrets()).toEqual([]);
    await writeFile(at('secrets/hook'), 'x');
    await chmod(at('secrets/hook'), 0o644);
    expect(await secrets()).toMatchObject([{ state: 'fault', advice: `chmod 600 ${at('secrets/hook')}` }]);
  });
});

describe('what is not named', () => {
  it.each([
    ['policy', 'GANTRY_POLICY', async () => (await policyFindings(readConfig({}))).findings],
    ['procedures', 'GANTRY_PROCEDURES', () => procedureFindings(readConfig({}), null, 0)],
    ['store', 'GANTRY_STORE', async () => (await storeFindings(readConfig({}))).findings],
  ] as const)('is a fault of %s, which says that %s is to be set', async (check, variable, findings) => {
    expect(withoutOk(await findings())).toMatchObject([
      { check, state: 'fault', found: `${variable} is not set.`, advice: expect.stringContaining(variable) as unknown },
    ]);
  });
});

it('a folder of procedures that is not there, or is empty, is a fault until one lies there', async () => {
  const procedures = async () =>
    withoutOk(await procedureFindings(readConfig({ GANTRY_PROCEDURES: at('procedures') }), null, 0));
  expect(await procedures()).toMatchObject([{ state: 'fault', advice: 'mend GANTRY_PROCEDURES, or make the folder' }]);
  await mkdir(at('procedures'));
  expect(await procedures()).toMatchObject([
    {
      state: 'fault',
      found: `${at('procedures')} holds no procedure.`,
      advice: 'put a folder with a procedure.yaml there',
    },
  ]);
});

it('a policy that believes messages without a proof is told, until it refuses them', async () => {
  const found = async (unsigned: string) => {
    const environments = { production: { ...rules, messages: { unsigned } } };
    await writeFile(at('policy.yaml'), stringify({ ...testPolicy, environments }, { aliasDuplicateObjects: false }));
    return withoutOk((await policyFindings(readConfig({ GANTRY_POLICY: at('policy.yaml') }))).findings);
  };
  expect(await found('accept')).toMatchObject([
    {
      state: 'warning',
      found: expect.stringMatching(/^In production messages count that nobody vouched for/) as unknown,
      advice: expect.stringContaining('messages: { unsigned: refuse } for production') as unknown,
    },
  ]);
  expect(await found('refuse')).toEqual([]);
});

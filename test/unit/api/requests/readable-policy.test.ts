import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { freeze } from '../../../../src/api/requests/freeze.ts';
import { openPolicy } from '../../../../src/files/policy.ts';
import { planningInput, policyDocument } from '../../domain/planning-input.ts';

const written = stringify(policyDocument(), { aliasDuplicateObjects: false });
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-policy-'));
  file = join(folder, 'policy.yaml');
  await writeFile(file, written);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An API that has begun with a sound policy. */
async function started() {
  const input = planningInput();
  const deps: unknown = {
    store: { evidenceOf: async () => input.evidence, target: async () => null },
    policy: await openPolicy(file),
    gateway: { hasTarget: async () => false },
    procedures: {
      find: async () => ({ document: input.procedure, digest: input.procedureDigest, files: input.files }),
    },
    catalog: input.catalog,
    signingKeys: null,
    now: () => input.now,
  };
  return () =>
    freeze(deps as ApiDeps, input.request, input.requester).then(
      () => 'planned',
      ({ code, message }: { readonly code: string; readonly message: string }) => `${code} ${message}`,
    );
}

it.each([
  ['is missing', () => rm(file), 'cannot be read'],
  ['cannot be parsed', () => writeFile(file, 'people: ['), 'line 1'],
  ['breaks a rule', () => writeFile(file, `${written}\nteams: []\n`), '/teams'],
])('a request is refused while the policy %s, and taken again once it is mended', async (_, breaks, why) => {
  const request = await started();
  expect(await request()).toBe('planned');
  await breaks();
  const refusal = await request();
  expect(refusal).toMatch(/^invalid-policy /);
  expect(refusal).toContain(why);
  expect(refusal).not.toContain(folder);
  await writeFile(file, written);
  expect(await request()).toBe('planned');
});

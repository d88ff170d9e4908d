import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { registerPlan } from '../../src/cli/verbs/plan.ts';
import { registerPolicy } from '../../src/cli/verbs/policy.ts';
import { checkPolicy, loadPolicy } from '../../src/files/policy.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { changeOf, steps } from '../support/change.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
let tokenFile: string;
beforeAll(async () => {
  rig = await startRig();
  const token = await createToken(rig.store, 'key:alice');
  tokenFile = join(rig.folder, 'token');
  await writeFile(tokenFile, `${token}\n`);
});
afterAll(() => rig.close());

/** What a command says to people. */
async function gantry(...words: string[]): Promise<readonly string[]> {
  const said: string[] = [];
  const terminal = { say: (line: string) => said.push(line), paint: pc.createColors(false) };
  const program = new Command().exitOverride();
  registerPlan(program.command('plan'), { terminal, environment: {} });
  registerPolicy(program.command('policy'), {
    terminal,
    environment: {},
    load: loadPolicy,
    check: checkPolicy,
    withStored: (work) => work({ ...rig.store, plan: ({ planDigest }) => rig.store.plan(planDigest) }),
    now: Date.now,
  });
  await program.parseAsync(words, { from: 'user' });
  return said;
}

it('a change is previewed, carried out, previewed again, and evaluated by a policy that came later', async () => {
  const world = await rig.world('shop');
  const request = join(rig.folder, 'request.json');
  const plan = ['plan', request, '--api', rig.url, '--token-file', tokenFile];
  await writeFile(request, JSON.stringify(changeOf(world)));
  expect((await gantry(...plan)).at(-1)).toMatch(/^Blocked: stage-integration, .*stage-production\.$/);
  expect(process.exitCode).toBe(3);
  process.exitCode = undefined;

  expect((await rig.deploy(world)).status.outcome).toBe('succeeded');
  await rig.submitEvidence('1.4.3');
  const next = { release: '1.4.3', steps: [steps.startByHttp(world), steps.switch(world), steps.gate()] };
  await writeFile(request, JSON.stringify(changeOf(world, next)));
  const said = await gantry(...plan);
  expect(process.exitCode).toBeUndefined();
  expect(said).toContainEqual(expect.stringMatching(/^ +could give it: Bob May, Olga Own \(service-owner\)$/));
  expect(said).toContain('  /release: 1.4.2 → 1.4.3');
  expect(said).toContainEqual(expect.stringMatching(/^ {2}\/steps\/go: absent → .*id: go; title: Owner says go/));
  expect(said.at(-1)).toBe('Nothing is blocked.');

  const later = join(rig.folder, 'later.yaml');
  const approvals = { ...rules.approvals, rules: [{ role: 'service-owner', minimum: 2 }] };
  const environments = { production: { ...rules, approvals, procedures: { inline: false } } };
  await writeFile(later, stringify({ ...testPolicy, environments }, { aliasDuplicateObjects: false }));
  const expected = [
    expect.stringMatching(/^policy sha256:/),
    '1 of 1 deployments would have been refused.',
    '',
    expect.stringMatching(/^shop\.production\.1 {2}1\.4\.2 {2}requested .*Z {2}succeeded$/),
    '  /environments/production/procedures/inline  its procedure was sent as a document',
    expect.stringMatching(/rules\/0 {2}1 more service-owner would have had to approve; Bob May \(\w+, \w+\) as /),
  ];
  const test = ['policy', 'test', later, '--environment', 'production', '--since', '1d'];
  expect(await gantry(...test, '--api', rig.url, '--token-file', tokenFile)).toEqual(expected);
  expect(await gantry(...test)).toEqual(expected);
});

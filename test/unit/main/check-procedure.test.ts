import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createColors } from 'picocolors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { renderCheck } from '../../../src/cli/procedure.ts';
import { checkProcedure, type ProcedureCheck } from '../../../src/main/check-procedure.ts';
import { rules, testPolicy } from '../../support/policy.ts';

const shop = fileURLToPath(new URL('../../../examples/shop/procedures/shop-blue-green', import.meta.url));
let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-check-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The shop's procedure with its text changed, in a folder of its own. */
async function changed(change: (text: string) => string = (text) => text): Promise<string> {
  count += 1;
  const folder = join(root, String(count), 'shop-blue-green');
  await cp(shop, folder, { recursive: true });
  const file = join(folder, 'procedure.yaml');
  await writeFile(file, change(await readFile(file, 'utf8')));
  return folder;
}

const check = (folder: string, more: Partial<ProcedureCheck> = {}) =>
  checkProcedure({ folder, policy: null, environment: null, service: null, path: '/usr/bin:/bin', now: 0, ...more });

/** Line, step and words of each fault; and that the line is the one that holds what is wrong. */
async function faultsOf(folder: string, more: Partial<ProcedureCheck> = {}) {
  const { file, faults } = await check(folder, more);
  const lines = (await readFile(file, 'utf8')).split('\n');
  return faults.map(({ line, step, detail, environments }) => ({
    text: line === null ? null : lines[line - 1]?.trim(),
    step,
    detail,
    environments,
  }));
}

/** The same with an environment more, whose three ports begin at this one. */
const withEnvironment = (text: string, name: string, port: number) => {
  const slots = { blue: { url: `http://127.0.0.1:${port + 1}` }, green: { url: `http://127.0.0.1:${port + 2}` } };
  const own = JSON.stringify({ values: { front: `http://127.0.0.1:${port}` }, slots });
  return text.replace('environments:\n', () => `environments:\n  ${name}: ${own}\n`);
};

describe('a procedure that is checked', () => {
  it('is planned without a service, and shown step by step', async () => {
    const found = await check(await changed());
    expect(found).toMatchObject({ faults: [], notes: [], plans: [{ environment: 'production' }] });
    const shown = renderCheck(found, createColors(false));
    expect(shown).toContain('3. switch: Move traffic to the new release');
    expect(shown).toContain('   undo   PUT http://127.0.0.1:4000/route slot=${slot.live.name}');
    // What is measured beside the steps, and held to what.
    expect(shown).toContain(
      'health       front-door: http://127.0.0.1:4000/ → status 2xx, at 20/s; ≤ 3 of the last 20 samples failed',
    );
    expect(shown.map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['smoke', 'performance', 'integrations', 'features', 'rollback', 'monitoring']),
    );
    expect(shown.at(-1)).toMatch(/^No fault \(production\); at most /);
  });

  it('is told every fault at once, by line and step: references, adapters’ options and how long it waits', async () => {
    const folder = await changed((text) =>
      text
        .replace('./shopctl, stop, "${slot.idle.name}"', './shopctl, stop, "${slot.idel.name}"')
        .replace('url: "http://127.0.0.1:4001"', 'url: "ftp://127.0.0.1:4001"')
        .replace('hold: "${parameters.hold}"', 'hold: "${parameters.hodl}"'),
    );
    const found = await faultsOf(folder);
    expect(found.length).toBeGreaterThan(2);
    expect(found).toContainEqual({
      text: expect.stringContaining('slot.idel.name'),
      step: 'start-idle',
      detail: expect.stringContaining('${slot.idel.name} refers to nothing: there are release'),
      environments: [],
    });
    expect(found).toContainEqual({
      text: expect.stringContaining('hodl'),
      step: 'watch',
      detail: expect.stringContaining('refers to nothing'),
      environments: [],
    });
    // The address of a slot is wrong wherever it is asked.
    expect(found.filter(({ text }) => text?.includes('${slot.idle.url}')).length).toBeGreaterThan(0);
    // What comes of a reference that means nothing is not told twice.
    expect(found.filter(({ text }) => text?.includes('hodl'))).toHaveLength(1);
  });

  it.each([
    ['is no YAML', (text: string) => text.replace('health:', 'health: ['), /./],
    ['has a key twice', (text: string) => `${text}\ngantry: 1\n`, /the key "gantry" stands twice/],
    ['has an unknown key', (text: string) => text.replace(/^rollback:$/m, 'rolback:'), /unknown key "rolback"/],
  ])('that %s is told the line', async (_what, change, words) => {
    const found = (await faultsOf(await changed(change))).find(({ detail }) => words.test(detail));
    expect(found?.text).toBeTruthy();
  });

  it('that lacks something is told what, where it would stand', async () => {
    const found = await faultsOf(await changed((text) => text.replace(/^monitoring:[\s\S]*/m, '')));
    expect(found).toContainEqual({
      text: 'gantry: 1',
      step: null,
      detail: 'is missing: write an object',
      environments: [],
    });
  });

  it('with a gate for several people is none that nobody could pass, while no policy says who there is', async () => {
    const gate = '  - { id: go, title: Two say go, gate: { role: service-owner, minimum: 2, within: 1h } }\nhealth:';
    expect(await faultsOf(await changed((text) => text.replace(/^health:/m, gate)))).toEqual([]);
  });

  it('whose program has no run bit is told so where the program stands', async () => {
    const folder = await changed();
    await chmod(join(folder, 'shopctl'), 0o644);
    const found = await faultsOf(folder);
    expect(found.length).toBeGreaterThan(0);
    for (const { text, detail } of found) {
      expect(text).toMatch(/shopctl/);
      expect(detail).toBe('./shopctl may not be run by anybody: chmod +x shopctl');
    }
  });

  it('is told what this machine or a request lacks, which is no fault', async () => {
    const folder = await changed((text) =>
      text
        .replace('[./shopctl, warm-up,', '[warm-up-slots,')
        .replace(', default: 3s', '')
        .replace(/default: \d+m?s, /, ''),
    );
    const { faults, notes } = await check(folder);
    expect(faults).toEqual([]);
    expect(notes).toContain('warm-up-slots is no program of this machine: each worker needs it');
    expect(notes.filter((note) => /^parameter \w+ has no default/.test(note))).not.toEqual([]);
  });

  it('is held to every environment of a policy, and told in which one it breaks a rule', async () => {
    const file = join(root, 'policy.yaml');
    const strict = { ...rules, monitoring: { minimum: '2h' } };
    const environments = { ...testPolicy.environments, strict };
    await writeFile(file, stringify({ ...testPolicy, environments }, { aliasDuplicateObjects: false }));
    const folder = await changed((text) => withEnvironment(text, 'strict', 5000));
    const found = await faultsOf(folder, { policy: file });
    // Of the policy's environments, those that the procedure names.
    expect(found).toEqual([
      {
        text: expect.stringMatching(/period/),
        step: null,
        detail: expect.stringMatching(/2 h/),
        environments: ['strict'],
      },
    ]);
    expect((await faultsOf(folder, { policy: file, environment: 'production' })).map(({ detail }) => detail)).toEqual(
      [],
    );
  });

  it('is planned for each environment that it names, and told where they are not apart', async () => {
    const { plans } = await check(await changed((text) => withEnvironment(text, 'staging', 5000)));
    expect(plans.map(({ environment, plan: { env } }) => [environment, env])).toEqual([
      ['staging', { front: 'http://127.0.0.1:5000' }],
      ['production', { front: 'http://127.0.0.1:4000' }],
    ]);
    const shared = await changed((text) =>
      withEnvironment(text, 'staging', 5000).replace('${env.front}/route', 'http://localhost:4000/route'),
    );
    expect(await faultsOf(shared)).toEqual([
      {
        text: expect.stringContaining('http://localhost:4000/route'),
        step: 'switch',
        detail: expect.stringContaining('in staging, too, it goes to localhost:4000, which is production’s own'),
        environments: [],
      },
    ]);
  });
});

import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createColors } from 'picocolors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { renderCheck } from '../../../src/cli/verbs/procedure.ts';
import { checkProcedure, type ProcedureCheck } from '../../../src/files/check-procedure.ts';
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

  it('gets every fault at once, by line and step: references, adapters’ options and how long it waits', async () => {
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

  it('gets the faults of its schema, references, adapters, folder and rules in one answer', async () => {
    const folder = await changed((text) =>
      text
        .replace('procedure: shop-blue-green', 'procedure: shop')
        .replace('files: [shopctl]', 'files: [shopctl, lost]')
        .replace(/^( {4}title: Warm the idle slot up)$/m, '')
        .replace('./shopctl, stop, "${slot.idle.name}"', './shopctl, stop, "${slot.idel.name}"')
        .replace('hold: "${parameters.hold}"', 'hold: 30')
        .replace('[./shopctl, try-checkout]', '[shopctl, try-checkout]')
        .replace(/^( {2}performance:)[\s\S]*?(?= {2}integrations:)/m, '$1 []\n'),
    );
    const found = await faultsOf(folder);
    const said = (words: RegExp) => found.find(({ detail }) => words.test(detail));
    expect(said(/^the folder is shop-blue-green, the document says shop/)).toBeTruthy();
    expect(said(/^lost is not a file inside the folder/)?.text).toBe('files: [shopctl, lost]');
    expect(said(/^is missing: write a string/)).toMatchObject({ step: 'warm-up', text: '- id: warm-up' });
    expect(said(/slot\.idel\.name} refers to nothing/)?.step).toBe('start-idle');
    expect(said(/^write a duration with its unit, such as 30s/)).toMatchObject({ step: 'watch', text: 'hold: 30' });
    expect(said(/^shopctl is looked for where the worker has its programs: write \.\/shopctl/)).toBeTruthy();
    expect(said(/^list at least one check/)?.text).toBe('performance: []');
    expect(found).toHaveLength(7);
  });

  it('gets no fault that only follows from another', async () => {
    // Whatever refers to a parameter would look wrong, and so would every hold.
    expect(await faultsOf(await changed((text) => text.replace(/^parameters:$/m, 'paramters:')))).toEqual([
      expect.objectContaining({ detail: 'unknown key "paramters"' }),
    ]);
    const one = await faultsOf(await changed((text) => text.replace(/^steps:[\s\S]*?(?=^health:)/m, 'steps: none\n')));
    expect(one.map(({ detail }) => detail)).toEqual(['write a list, not a string']);
  });

  it('with an id twice gets the id, where it stands again', async () => {
    const steps = await faultsOf(await changed((text) => text.replace('- id: warm-up', '- id: start-idle')));
    expect(steps).toEqual([
      expect.objectContaining({
        text: '- id: start-idle',
        detail: 'a step above has the id start-idle already: each has an id of its own',
      }),
    ]);
    const checks = await faultsOf(await changed((text) => text.replace('- id: idle-version', '- id: idle-healthy')));
    expect(checks).toEqual([
      expect.objectContaining({
        step: 'start-idle',
        detail: 'a check above has the id idle-healthy already: each has an id of its own',
      }),
    ]);
  });

  it.each([
    [
      'a key that is no JSON pointer',
      '{ /release: "${release}" }',
      '{ release: "${release}" }',
      'the key "release": write a JSON pointer such as /release',
    ],
    [
      'a number in place of its limits',
      '{ /requests: { min: 1 } }',
      '{ /requests: 1 }',
      'write limits, such as { max: 5 }; what has to be one value stands in json',
    ],
    [
      'the address of no machine',
      '"${env.front}/metrics.json"',
      '"http://0.0.0.0:4000/metrics.json"',
      '0.0.0.0 is where a service listens, and nobody to connect to: write 127.0.0.1 for this machine',
    ],
  ])('with %s is told what to write', async (_, before, after, words) => {
    const found = await faultsOf(await changed((text) => text.replaceAll(before, after)));
    expect(found.map(({ detail }) => detail)).toContain(words);
  });

  it('is found by its folder or by its document, and other files are refused', async () => {
    const folder = await changed();
    expect(await check(join(folder, 'procedure.yaml'))).toMatchObject({
      faults: [],
      file: join(folder, 'procedure.yaml'),
    });
    await expect(check(join(folder, 'shopctl'))).rejects.toMatchObject({
      code: 'unknown-procedure',
      message: expect.stringContaining('is a file: name the folder of the procedure'),
    });
  });

  it.each([
    ['nowhere', 'There is no '],
    ['.', ' has no procedure.yaml: name the folder'],
  ])('that is not there (%s) is told apart from one that cannot be read', async (where, message) => {
    const folder = await changed();
    await rm(join(folder, 'procedure.yaml'));
    const found = { code: 'unknown-procedure', message: expect.stringContaining(message) };
    await expect(check(join(folder, where))).rejects.toMatchObject(found);
  });

  it('that runs a program of its folder without `./` gets the advice to write it', async () => {
    const folder = await changed((text) => text.replaceAll('./shopctl', 'shopctl').replace('files: [shopctl]', ''));
    expect((await check(folder)).notes).toEqual([
      'shopctl is looked for where the worker has its programs; for the one in this folder write ./shopctl, and list it in files',
    ]);
  });

  it('that lacks a member gets its name, where it would stand', async () => {
    const found = await faultsOf(await changed((text) => text.replace(/^monitoring:[\s\S]*/m, '')));
    expect(found).toContainEqual({
      text: 'gantry: 1',
      step: null,
      detail: 'is missing: write an object',
      environments: [],
    });
  });

  it('with a gate for several people is not impossible, while no policy names the people', async () => {
    const gate = '  - { id: go, title: Two say go, gate: { role: service-owner, minimum: 2, within: 1h } }\nhealth:';
    expect(await faultsOf(await changed((text) => text.replace(/^health:/m, gate)))).toEqual([]);
  });

  it('whose program is not executable gets that fault where the program stands', async () => {
    const folder = await changed();
    await chmod(join(folder, 'shopctl'), 0o644);
    const found = await faultsOf(folder);
    // Once, however often it is run.
    expect(found).toEqual([
      expect.objectContaining({
        text: expect.stringMatching(/shopctl/),
        detail: expect.stringMatching(
          /^\.\/shopctl may not be run by anybody: chmod \+x shopctl \(here and \d times more\)$/,
        ),
      }),
    ]);
  });

  it('is planned with the parameters that gantry.yaml gives it, and held to its bounds by them', async () => {
    const folder = await changed();
    const withHold = (hold: string, procedure = 'shop-blue-green') =>
      check(folder, { project: { file: 'gantry.yaml', says: { procedure, parameters: { hold } } } });

    const found = await withHold('7s');
    expect(found.notes).toEqual(['parameters of gantry.yaml are taken: hold 7s']);
    expect(renderCheck(found, createColors(false))).toContain('   hold   7 s');
    expect((await withHold('90d')).faults).toMatchObject([{ pointer: '/parameters/hold' }]);
    expect((await withHold('90d', 'another')).faults).toEqual([]);
  });

  it('gets a note, not a fault, of what this machine or a request lacks', async () => {
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

  it('is checked against every environment of a policy, and gets the one in which it breaks a rule', async () => {
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

  it('is planned for each environment that it names, and gets a fault where two share an address', async () => {
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

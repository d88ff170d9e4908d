import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { evidenceOfArtifactSchema } from '../../src/contract/evidence.ts';
import { freezeViewSchema, newFreezeSchema } from '../../src/contract/freeze.ts';
import { policyInForceSchema } from '../../src/contract/policy.ts';
import { proceduresSchema, procedureViewSchema } from '../../src/contract/procedure.ts';
import { callerSchema } from '../../src/contract/service.ts';
import { anyTargetSchema, requestedSchema, targetSchema } from '../../src/contract/target.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { artifactOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { printedBy } from '../support/printed.ts';
import { startGantry } from '../support/processes.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { commandsIn } from '../support/shown-commands.ts';
import { shows, startOnTerminal, type TerminalProcess } from '../support/terminal.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
let folder: string;
const open: (() => unknown)[] = [];
const prints = printedBy(
  () => rig.url,
  (command) => command.includes(' '),
);
beforeAll(async () => {
  const emergency = {
    role: 'service-owner',
    waives: ['window'],
    review: { within: '1h', blocksNext: true },
  };
  const environments = { ...testPolicy.environments, production: { ...rules, emergency } };
  rig = await startRig({ policy: { ...testPolicy, environments }, temporalUi: 'http://127.0.0.1:8233/' });
  folder = join(rig.folder, 'nouns');
  await mkdir(folder);
});
afterAll(async () => {
  for (const end of open) end();
  await rig.close();
});

/** `who`: a subject of the policy, or a key itself. */
const as = (who: string) => ({
  GANTRY_CONFIG: join(folder, 'config.json'),
  GANTRY_API: rig.url,
  GANTRY_TOKEN: rig.tokens.get(who) ?? who,
});

/** A noun's verb in a pipe: what it printed, and its exit code. */
async function gantry(who: string, ...words: string[]) {
  const started = startGantry(words, as(who), folder);
  open.push(() => started.kill('SIGKILL').catch(() => undefined));
  const { code } = await started.ended;
  const lines = started.output().trimEnd().split('\n');
  if (code === 0 && words.includes('--json')) await prints.check(words, lines);
  return { code, output: started.output(), lines };
}

/** What `--json` prints, each line as the API's own schema has it. */
async function json<T>(schema: z.ZodType<T>, who: string, ...words: string[]): Promise<readonly T[]> {
  const { code, lines } = await gantry(who, ...words, '--json');
  expect({ code, lines }).toMatchObject({ code: 0 });
  return lines.map((line) => schema.parse(JSON.parse(line)));
}

function onTerminal(who: string, more: Readonly<Record<string, string>>, ...words: string[]): TerminalProcess {
  const started = startOnTerminal(words, { ...as(who), ...more }, folder);
  open.push(started.kill);
  return started;
}

const artifact = (release: string) => ['--digest', artifactOf(release).digest, '--uri', `shop:${release}`];

/** A deployment whose compensation fails: only `resolve` goes on. */
async function stuck(service: string): Promise<{ readonly world: World; readonly id: string }> {
  const world = await rig.world(service);
  await rig.deploy(world, { service, release: '1.4.0' });
  const undo = { http: `${world.url}/route`, method: 'PUT', body: { slot: '${slot.live.name}' }, attempts: 1 };
  const id = await rig.request(world, {
    service,
    steps: [steps.startByHttp(world), { ...steps.switch(world), undo }, steps.hold('1m')],
  });
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
  world.bend('PUT /route', (answer) => {
    answer.status = 500;
  });
  world.bend('PUT /route', 500);
  await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, { reason: 'a test' });
  expect((await rig.ended(id)).outcome).toBe('needs-intervention');
  return { world, id };
}

describe('gantry target', () => {
  it('adopts what a target serves once somebody has seen it and agreed, and shows it', async () => {
    const words = ['target', 'adopt', 'cart/production', '--reason', 'it runs', '--unknown-service', '--slot', 'blue'];
    const served = [...words, '--release', '2.0.0', ...artifact('2.0.0')];
    // In a pipe nobody can be asked.
    expect(await gantry('key:carol', ...served)).toMatchObject({ code: 2 });
    const asked = onTerminal('key:carol', {}, ...served);
    await shows(asked, /It would count as serving 2\.0\.0: shop:2\.0\.0, sha256:/);
    await shows(asked, /Adopt cart\/production as serving 2\.0\.0\? \[y\/N\]/);
    asked.type('n\r');
    expect(await asked.ended).toBe(1);
    expect(await gantry('key:carol', 'target', 'show', 'cart/production')).toMatchObject({ code: 3 });

    const [adopted] = await json(targetSchema, 'key:carol', ...served, '--yes');
    expect(adopted).toMatchObject({ live: { release: '2.0.0', artifact: artifactOf('2.0.0') }, slot: 'blue' });
    const [shown] = await json(anyTargetSchema, 'key:dan', 'target', 'show', 'cart/production');
    expect(shown).toEqual(adopted);
    expect((await gantry('key:dan', 'target', 'show', 'cart/production')).output).toMatch(
      /^cart\/production {2}2\.0\.0 \(blue\)\nserves 2\.0\.0 for .* now, adopted by Carol Ito: it runs\n/,
    );
    expect((await gantry('key:dan', 'target', 'list', '--service', 'cart')).lines).toEqual([
      'cart/production  2.0.0 (blue)',
    ]);
    const listed = await json(anyTargetSchema, 'key:dan', 'target', 'list');
    expect(listed.map(({ service }) => service)).toContain('cart');
    expect((await gantry('key:dan', 'target', 'list', '--service', 'none')).lines).toEqual([
      'There is no such target.',
    ]);
    // Only an operator may.
    expect(await gantry('key:alice', ...served, '--yes')).toMatchObject({
      code: 3,
      output: expect.stringContaining('error[forbidden]') as unknown,
    });
  });

  it('resolves the deployment that has the target: shows how it stands, and starts its repair', async () => {
    const { world, id } = await stuck('stuck');
    const held = await gantry('key:dan', 'target', 'show', 'stuck/production');
    expect(held.output).toContain(`held by ${id}  needs intervention`);
    expect(held.output).toContain('→ gantry target resolve');
    world.bend('PUT /route', null);
    const page = await readFile(new URL('../../docs/how-to/on-call.md', import.meta.url), 'utf8');
    const shown = commandsIn({ file: 'on-call.md', text: page }).find(
      (one) => one.isWhole && one.words[1] === 'resolve' && one.words[4] === 'compensate',
    );
    const words = (shown?.words ?? []).map((word) => word.replace('shop/', 'stuck/'));
    const asked = onTerminal('key:carol', {}, ...words);
    await shows(
      asked,
      /needs-intervention[\s\S]*outstanding at its end:\n {2}undo switch: PUT[\s\S]*What is outstanding of its compensations would be carried out/,
    );
    await shows(asked, new RegExp(`Compensate ${id.replaceAll('.', '\\.')}\\? \\[y/N\\]`));
    asked.type('n\r');
    expect(await asked.ended).toBe(1);
    // To accept one says what serves.
    const accept = words.with(4, 'accept');
    expect(await gantry('key:carol', ...accept, '--yes')).toMatchObject({ code: 2 });
    const [repair] = await json(requestedSchema, 'key:carol', ...words, '--yes');
    expect((await rig.ended(repair?.id ?? '')).outcome).toBe('succeeded');
    expect((await gantry('key:carol', ...words, '--yes')).code).toBe(3);

    // Whoever goes back comes to what has served, not to the release that the repair has cleared away.
    expect(await gantry('key:carol', 'rollback', 'stuck/production', '--yes')).toMatchObject({
      code: 3,
      output: expect.stringContaining('brought no release: what serves came by stuck.production.1') as unknown,
    });
    await rig.deploy(world, { service: 'stuck', release: '1.4.5' });
    expect(await gantry('key:carol', 'rollback', 'stuck/production', '--yes')).toMatchObject({
      code: 3,
      output: expect.stringMatching(
        /stuck\.production\.1 came by a procedure of its own document.*\n {2}→ say yourself what to go back to.*: gantry deploy\n$/,
      ) as unknown,
    });
  });

  it('closes the review of an emergency', async () => {
    const world = await rig.world('urgent');
    const change = { type: 'emergency', ticket: 'INC-7' };
    const { id, status } = await rig.deploy(world, { service: 'urgent', change });
    expect(status.outcome).toBe('succeeded');
    await eventually(
      () => gantry('key:dan', 'target', 'show', 'urgent/production'),
      ({ output }) => output.includes(`review of ${id} is due`),
    );
    const review = ['target', 'review', 'urgent/production', '--findings', 'it was right'];
    expect(await json(targetSchema, 'key:carol', ...review)).toHaveLength(1);
    await eventually(
      () => json(anyTargetSchema, 'key:dan', 'target', 'show', 'urgent/production'),
      ([target]) => target?.reviews.length === 0,
    );
    expect(await gantry('key:carol', ...review)).toMatchObject({
      code: 3,
      output: expect.stringContaining('No review is open on urgent/production.') as unknown,
    });
  });

  it.each([
    ['no target', ['target', 'show', 'shop']],
    ['no decision', ['target', 'resolve', 'shop/production', '--reason', 'x']],
    ['no artifact', ['target', 'adopt', 'shop/production', '--release', '1', '--reason', 'x']],
    ['no scope', ['freeze', 'add', '--reason', 'x']],
    ['two scopes', ['freeze', 'add', '--everything', '--service', 'shop', '--reason', 'x']],
    ['a time without a zone', ['freeze', 'add', '--everything', '--until', '2030-01-01T00:00', '--reason', 'x']],
    ['a page that there is not', ['open', '--page', 'moon']],
  ])('ends with 2 for %s', async (_, words) => {
    expect(await gantry('key:carol', ...words, '--yes')).toMatchObject({ code: 2 });
  });
});

describe('gantry freeze', () => {
  it('shows what a freeze would hold back, stops it, lists it and lifts it', async () => {
    await rig.world('frozen');
    const words = ['freeze', 'add', '--service', 'frozen', '--environment', 'production', '--reason', 'fair'];
    const asked = onTerminal('key:carol', {}, ...words, '--until', '2h');
    await shows(asked, /It would hold back:\n {2}frozen\/production/);
    await shows(asked, /Freeze frozen\/production until .*Z\? \[y\/N\]/);
    asked.type('n\r');
    expect(await asked.ended).toBe(1);

    const [made] = await json(newFreezeSchema, 'key:carol', ...words, '--until', '2h', '--yes');
    expect(made).toMatchObject({
      scope: { kind: 'target', service: 'frozen', environment: 'production' },
      targets: ['frozen/production'],
      state: 'active',
    });
    const hours = (Date.parse(made?.until ?? '') - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThanOrEqual(2);
    const id = made?.id ?? '';
    const [all] = await json(newFreezeSchema, 'key:carol', 'freeze', 'add', '--everything', '--reason', 'x', '--yes');
    const listed = await json(freezeViewSchema, 'key:dan', 'freeze', 'list');
    expect(listed.map((one) => one.id)).toEqual([all?.id, id]);
    expect((await gantry('key:dan', 'freeze', 'list')).output).toMatch(
      new RegExp(`^${id} {2}frozen/production {2}active {2}.* until .* {2}key:carol: fair$`, 'm'),
    );
    for (const one of [all?.id ?? '', id]) {
      const [lifted] = await json(freezeViewSchema, 'key:carol', 'freeze', 'lift', one, '--reason', 'over', '--yes');
      expect(lifted).toMatchObject({ id: one, state: 'lifted', lifted: { by: 'key:carol', reason: 'over' } });
    }
    expect((await gantry('key:dan', 'freeze', 'list')).lines).toEqual(['Nothing is frozen.']);
    expect((await gantry('key:dan', 'freeze', 'list', '--all')).output).toContain('lifted');
    expect(await gantry('key:alice', ...words, '--yes')).toMatchObject({ code: 3 });
    expect(await gantry('key:carol', 'freeze', 'lift', 'none', '--reason', 'x', '--yes')).toMatchObject({ code: 3 });
  });
});

describe('gantry evidence list', () => {
  it('shows each stage of an artifact, and what was refused', async () => {
    await rig.submitEvidence('3.1.0', { without: 'system', failed: 'learning' });
    const { digest } = artifactOf('3.1.0');
    const [known] = await json(evidenceOfArtifactSchema, 'key:dan', 'evidence', 'list', digest);
    expect(known?.evidence).toHaveLength(4);
    expect((await gantry('key:dan', 'evidence', 'list', digest)).lines).toEqual([
      expect.stringMatching(/^integration {2}PASSED {2}.*Z {2}unsigned, by key:ci-shop {2}https:/),
      expect.stringMatching(/^context {6}PASSED/),
      'system       none',
      expect.stringMatching(/^learning {5}FAILED/),
      expect.stringMatching(/^production {3}PASSED/),
    ]);
  });
});

describe('what the API goes by', () => {
  it('is shown: the policy in force in words, the procedures of the server, who asks, and the keys behind it', async () => {
    const [inForce] = await json(policyInForceSchema, 'key:dan', 'policy', 'show', 'shop/production');
    expect(inForce).toMatchObject({ fault: null, environments: Object.keys(testPolicy.environments) });
    const shown = await gantry('key:dan', 'policy', 'show', '--environment', 'strict');
    expect(shown.lines[0]).toBe(`policy ${inForce?.digest}`);
    expect(shown.output).toMatch(/^ {2}approval: 1 change-manager \(Carol Ito\)$/m);
    expect(shown.output).not.toContain('Environment production');
    expect(await gantry('key:dan', 'policy', 'show', '--environment', 'moon')).toMatchObject({ code: 3 });

    await mkdir(join(rig.procedures, 'broken'));
    await writeFile(join(rig.procedures, 'broken', 'procedure.yaml'), 'gantry: 1\nprocedure: broken\n');
    const listed = await gantry('key:dan', 'procedure', 'list', '--json');
    const { items } = proceduresSchema.parse({ items: listed.lines.map((line) => JSON.parse(line) as unknown) });
    expect(items).toMatchObject([
      { name: 'broken', procedure: null, fault: { code: 'invalid-procedure' } },
      { name: 'shop-blue-green', fault: null },
    ]);
    const [procedure] = await json(procedureViewSchema, 'key:dan', 'procedure', 'show', 'shop-blue-green');
    expect(procedure).toMatchObject({
      digest: items[1]?.procedure?.digest,
      description: items[1]?.procedure?.description,
    });
    expect(procedure?.steps.map(({ kind }) => kind)).not.toContain('unknown');
    expect(procedure?.health[0]).toMatchObject({ kind: 'availability' });
    // A client verb of a noun that the server has verbs of, too: refused is 3.
    expect(await gantry('key:dan', 'procedure', 'show', 'none')).toMatchObject({
      code: 3,
      output: expect.stringContaining('error[unknown-procedure]') as unknown,
    });

    const key = await createToken(rig.store, 'key:dan', { scopes: ['read'], expires: '90d' });
    const [caller] = await json(callerSchema, key, 'token', 'show');
    expect(caller).toMatchObject({ subject: 'key:dan', credential: { kind: 'key', scopes: ['read'] } });
    expect(Date.parse(caller?.credential.expiresAt ?? '') - Date.now()).toBeGreaterThan(89 * 86_400_000);
    const publicKey = 'ab'.repeat(32);
    await rig.store.trustKey('ed25519-1', publicKey);
    expect((await gantry('key:dan', 'key', 'show')).lines).toEqual([`ed25519-1 ${publicKey}`]);
    expect(await gantry('key:dan', 'key', 'show', '--json')).toMatchObject({ code: 0 });
  });
});

describe('gantry open', () => {
  it('prints where a deployment can be seen, and opens it in a browser on a terminal', async () => {
    const world = await rig.world('seen');
    const { id } = await rig.deploy(world, { service: 'seen' });
    const self = `${rig.url}/v1/deployments/${id}`;
    expect((await gantry('key:alice', 'open', id)).lines).toContain(`self      ${self}`);
    expect((await gantry('key:alice', 'open', id, '--page', 'record')).lines).toEqual([`record    ${self}/record`]);
    const asJson = await gantry('key:alice', 'open', '@', '--json');
    expect(JSON.parse(asJson.output)).toEqual({
      id,
      links: Object.fromEntries(
        Object.entries((await rig.status(id)).links).map(([name, link]) => [name, new URL(link, rig.url).href]),
      ),
    });
    const temporal = `http://127.0.0.1:8233/namespaces/${rig.server.namespace}/workflows/deployment%2Fseen%2Fproduction%2F1`;
    expect((await gantry('key:alice', 'open', id, '--page', 'temporal')).lines).toEqual([`temporal  ${temporal}`]);

    const browser = join(folder, 'browser');
    const opened = join(folder, 'opened');
    await writeFile(browser, `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 });
    const terminal = onTerminal('key:alice', { BROWSER: browser }, 'open', id);
    expect(await terminal.ended).toBe(0);
    await eventually(
      () => readFile(opened, 'utf8').catch(() => ''),
      (text) => text === `${temporal}\n`,
    );
    const without = onTerminal('key:alice', { BROWSER: join(folder, 'none') }, 'open', id);
    expect(await without.ended).toBe(0);
    expect(without.shown().join('\n')).toContain('No browser could be started here');
  });
});

it('prints of each noun by --json what the document of the API says', () => {
  expect(prints.unseen()).toEqual([]);
});

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { portsInARow } from '../../examples/shop/demo/ports.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { eventually } from '../support/eventually.ts';
import { type GantryProcess, startGantry } from '../support/processes.ts';
import { replayDev } from '../support/replay.ts';
import { copyMigratedStore } from '../support/store-template.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
let host: ChildProcess;
let dev: GantryProcess;
let readme: string;
let policy: string;
/** What README shows below a mark. */
const block = (mark: string, language = 'bash') =>
  new RegExp(`<!-- ${mark} -->[\\s\\S]*?\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? '';

/** A folder that looks like a fresh clone, on ports that are free here. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-readme-'));
  readme = await readFile(join(root, 'README.md'), 'utf8');
  const port = await portsInARow(20_300, 3);
  await cp(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  for (const name of ['node_modules', 'dist', 'bin', 'package.json'])
    await symlink(join(root, name), join(folder, name));
  const file = join(folder, 'examples/shop/procedures/shop-blue-green/procedure.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace(/:(400[0-2])/g, (_, known) => `:${port + Number(known) - 4000}`),
  );
  host = spawn(process.execPath, [
    join(folder, 'examples/shop/host.mjs'),
    '--port',
    String(port),
    '--state',
    join(folder, 'shop'),
    '--initial',
    '1.4.1',
  ]);
  while (
    !(await fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    ))
  );
  policy = join(folder, 'examples/shop/policy.yaml');
  const [api = 0] = await freePorts('127.0.0.1', 1);
  const env = {
    GANTRY_LISTEN: `127.0.0.1:${api}`,
    GANTRY_PROCEDURES: join(folder, 'examples/shop/procedures'),
    GANTRY_POLICY: policy,
  };
  // That it makes a store of its own show the demo and the first service.
  await mkdir(join(folder, '.gantry'), { mode: 0o700 });
  await copyMigratedStore(join(folder, '.gantry/store'));
  dev = startGantry(['dev'], env, folder);
  await dev.printed('Gantry is ready');
}, 300_000);
afterAll(async () => {
  try {
    await replayDev(join(folder, '.gantry'));
  } finally {
    await dev.kill('SIGTERM');
    host.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

/** Runs commands as README shows them, as whoever has this login; answers what they print. */
async function type(script: string, who = ''): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  // At a terminal these ask.
  const gantry =
    'gantry() { case "$1 $2" in approve*|"freeze add"|"freeze lift") set -- "$@" --yes;; esac; node bin/gantry.js "$@"; }';
  const curl = `curl --version >/dev/null 2>&1 || curl() { node ${join(root, 'test/support/curl.mjs')} "$@"; }`;
  const shell = ['-euo', 'pipefail', '-c', `${gantry}\n${curl}\n${script}`];
  const { stdout } = await promisify(execFile)('bash', shell, {
    cwd: folder,
    env: { PATH, HOME, GANTRY_CONFIG: join(folder, 'logins.json'), GANTRY_CONTEXT: who },
  });
  return stdout;
}

it('drives a deployment to its record with the very commands that README shows', async () => {
  const script = block('try');
  expect(script.split('\n').length).toBeGreaterThan(20);
  const stdout = await type(script);
  expect(stdout).toContain('# Deployment record: shop 1.4.2 to production');
  expect(stdout).toContain('**SUCCEEDED** · FINAL');
  expect(stdout).toMatch(/Carol Ito \(key:carol\) \| change-manager \| .* \| signal, verified/);
  expect(stdout).toContain(
    'All validation pipeline requirements satisfied - deployment complete with operational excellence certification',
  );
}, 180_000);

it('sends the evidence of a pipeline, signed, with the commands that README shows', async () => {
  await type(block('try once'));
  const rule = block('try once', 'yaml').trimEnd().replace(/^/gm, '    ');
  const text = await readFile(policy, 'utf8');
  await writeFile(policy, text.replace('    evidence: { maxAge: 7d }', rule));
  expect(await readFile(policy, 'utf8')).toContain('publicKey: keys/ci.pub');
  const tests = "import { it } from 'node:test';\nit('adds to the basket', () => {});\n";
  await writeFile(join(folder, 'checkout.test.mjs'), tests);
  const definitions = block('try').split('\n').slice(0, 2).join('\n');
  const stdout = await type(`${definitions}\n${block('try evidence')}`);
  expect(stdout).toMatch(/integration +PASSED .* signed, by key:ci-shop/);
}, 120_000);

/** What a how-to shows to be run as somebody, in its order. */
async function howTo(name: string): Promise<readonly ((known?: string) => Promise<string>)[]> {
  const page = await readFile(join(root, 'docs/how-to', name), 'utf8');
  const blocks = [...page.matchAll(/<!-- run as (\w+) -->\n\n```sh\n([\s\S]*?)```/g)];
  return blocks.map(
    ([, who, script = '']) =>
      (known = '') =>
        type(`${known}\n${script}`, who),
  );
}

it('freezes changes, and takes an emergency past that and to its review, as the how-tos show', async () => {
  const rule = /<!-- run policy -->\n\n```yaml\n([\s\S]*?)```/.exec(
    await readFile(join(root, 'docs/how-to/emergency.md'), 'utf8'),
  );
  const people = (await readFile(policy, 'utf8'))
    .replace('roles: [change-manager]', 'roles: [change-manager, incident-commander]')
    .replace('name: Erin Vogt, roles: [developer]', 'name: Erin Vogt, roles: [change-manager]');
  await writeFile(policy, `${people}${(rule?.[1] ?? '').replace(/^(?=.)/gm, '    ')}`);
  await writeFile(
    join(folder, 'gantry.yaml'),
    'service: shop\nenvironment: production\nprocedure: shop-blue-green\nparameters: { hold: 1s, monitoring: 2s }\n',
  );
  const known = `${block('try').split('\n').slice(0, 2).join('\n')}\ndigest=$(digest 1.4.4)`;
  await type(`gantry login erin --dev --as key:erin
${known}
for stage in integration context system learning production; do
  gantry evidence run --stage $stage --artifact "$digest" --no-reports --key ci.key --context ci-shop -- node --version
done`);
  const status = () => type('gantry status shop/production', 'alice');
  const target = () => type('gantry target show shop/production', 'erin');

  const [freeze, list, lift] = await howTo('freezes.md');
  const [id = ''] = (await freeze?.())?.split(' ') ?? [];
  expect(await list?.()).toContain(`${id}  shop/production  active`);

  const [deploy, acknowledge, approve, review] = await howTo('emergency.md');
  expect(await deploy?.(known)).toMatch(/shop\.production\.2 {2}1\.4\.4 {2}EMERGENCY/);
  await eventually(status, (text) => text.includes('waits for readiness'));
  await acknowledge?.();
  await eventually(status, (text) => text.includes('waits for approval'));
  await approve?.();
  await type('gantry watch shop/production --until monitoring', 'alice');
  await type('gantry acknowledge shop/production --for handoff', 'dan');
  expect(await type('gantry watch shop/production', 'alice')).toMatch(/succeeded$/m);
  expect(await status()).toMatch(/its review is due .*: gantry target review shop\/production/);
  await eventually(target, (text) => text.includes('review of shop.production.2 is due'));
  expect(await review?.()).toBe('Your findings close the review of shop.production.2.\n');
  await eventually(target, (text) => !text.includes('review of'));
  const record = await type('gantry record shop/production', 'alice');
  expect(record).toMatch(/EMERGENCY[^]*\*\*Waived\*\* by policy[^]*stocktaking[^]*card payments were down/);
  expect(await lift?.(`id=${id}`)).toContain('lifted');
}, 180_000);

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { mentioning } from '../support/processes.ts';
import { replayDev } from '../support/replay.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tsx = join(root, 'node_modules/.bin/tsx');
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** The demo as a new user starts it, in a folder of its own. */
async function demo(...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-try-'));
  folders.push(folder);
  const child = spawn(tsx, [join(root, 'examples/shop/demo.ts'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const printed = async (text: string) => {
    while (!output.includes(text)) {
      if (child.exitCode !== null) throw new Error(`the demo ended before it printed ${text}:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { folder, child, output: () => output, ended, printed };
}
describe('the demo', () => {
  it('shows a success, a rollback by the health monitor and an abort, loses no request, leaves three records and no process', async () => {
    const { folder, child, ended, output, printed } = await demo('--stay');
    await printed('Everything goes on running');
    const [own = ''] = (await readdir(folder)).filter((name) => name.startsWith('gantry-demo-'));
    try {
      await replayDev(join(folder, own, 'gantry'));
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended).toBe(0);
    expect(
      output()
        .match(/outcome +(\S+)/g)
        ?.map((line) => line.split(/\s+/)[1]),
    ).toEqual(['succeeded', 'rolled-back', 'rolled-back']);
    expect(output().match(/lost to anything else +0\n/g)).toHaveLength(3);
    expect(output()).toMatch(/approves as change-manager \(signal\)/);
    expect(output()).toMatch(/health check front-door: \d+ of the last \d+ failed .* by 1\.4\.3-fails-later/);
    expect(output()).toMatch(/Temporal UI: http:\/\/127\.0\.0\.1:\d+/);
    const paths = [...output().matchAll(/record +(\S+\.md)/g)].map(([, path]) => path ?? '');
    expect(paths).toHaveLength(3);
    const [good, bad, aborted] = await Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')));
    expect(good).toMatch(/\| Stage integration \|.*, signer ci \|.*\| passed \|/);
    expect(good).toMatch(/\| \*\*PASSED\*\* at .* \| key `sha256:[0-9a-f]{64}` \(ed25519\) \|/);
    expect(good).toContain('**SUCCEEDED** · FINAL');
    expect(good).toContain(
      'All validation pipeline requirements satisfied - deployment complete with operational excellence certification',
    );
    // Measured by the machine's Prometheus where there is one, else by the shop's own word.
    expect(good).toMatch(/\| performance \| (error-ratio|requests) \|.*≤ 0?\.?0?2.*\| passed \|/);
    expect(output()).toMatch(/Prometheus asks the shop once a second|no Prometheus is on PATH/);
    expect(good).toMatch(/\| `host\/slot` \| switch \| blue \| green \| green \| changed as declared \|/);
    expect(good).toMatch(/\| `slot\/limits\/bodyBytes` \|.*\| unchanged \|/);
    expect(good).toMatch(/\| `slot\/sessions\/key` \| – \|( secret `[0-9a-f]{12}` \|){3} unchanged \|/);
    expect(good).toMatch(/\| `runbooks:services\/shop\.md` release \|.*\| written \|/);
    expect(good).toMatch(/\| Shop team \| email to `shop-team@shop\.example` \|.*\d of \d delivered/);
    expect(good).toMatch(/\| Dashboard \| webhook, 127\.0\.0\.1:\d+ \|.*\d of \d delivered/);
    // Reading pages changes nothing, so there is nothing to undo, and no policy asks for it.
    expect(good?.match(/not covered.*/gi)).toEqual([
      'Not covered: undo of step warm-up (reading pages changes nothing).',
    ]);
    expect(bad).toMatch(/\| `host\/slot` \| switch \| green \|.*\| as before \|/);
    for (const [deployment, outcome] of [
      ['shop.production.1', 'succeeded'],
      ['shop.production.2', 'rolled-back'],
    ]) {
      const what = deployment?.replaceAll('.', '\\.');
      expect(output()).toMatch(new RegExp(`mail to shop-team@shop\\.example: Ended: .*\\(${what}\\)`));
      expect(output()).toMatch(
        new RegExp(`webhook deployment\\.ended of ${what}, signature verified \\(.*${outcome}\\)`),
      );
    }
    expect(output()).not.toContain('a webhook that is not taken');
    // After the success, the rollback and the abort: always what serves then.
    const told = output().match(/the runbook in git, services\/shop\.md, says:\n +Release +(\S+)\n/g);
    expect(told?.map((text) => text.trimEnd().split(/\s+/).at(-1))).toEqual(['1.4.2', '1.4.2', '1.4.2']);
    expect(output()).toMatch(/Gantry: docs: shop in production serves 1\.4\.2\n/);
    expect(bad).toContain('**ROLLED BACK** · FINAL');
    expect(bad).toMatch(/Not certified/);
    expect(aborted).toMatch(/Aborted by Erin Vogt/);
    for (const record of [bad, aborted]) expect(record).toMatch(/Now: 1\.4\.2, read back \S+ by previous, same digest/);
    expect(output()).not.toMatch(/WARN|ERROR/);
    for (const record of [good, bad, aborted])
      expect(record?.match(/^## .*$/gm)).toEqual([
        '## Deployment Certification',
        '## Deployment Execution Log',
        '## Production Validation Results',
        '## Change Management Documentation',
        '## Final Workflow Completion',
      ]);
    expect(await mentioning(folder)).toEqual([]);
  }, 180_000);

  it('ends everything when it is interrupted', async () => {
    const { folder, child, ended, printed } = await demo();
    await printed('1. A good release');
    child.kill('SIGINT');
    await ended;
    expect(await mentioning(folder)).toEqual([]);
  }, 120_000);
});

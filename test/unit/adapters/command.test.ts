import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createAdapters, openSecrets } from '../../../src/adapters/index.ts';
import type { AdapterContext } from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';
import { descendantsOf, isAlive } from '../../support/processes.ts';

const catalog = createAdapters({ path: process.env['PATH'] ?? '' });
const node = process.execPath;
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});
async function folder(): Promise<string> {
  const made = await realpath(await mkdtemp(join(tmpdir(), 'gantry-command-')));
  folders.push(made);
  return made;
}
const act = (command: readonly string[], context: Partial<AdapterContext> = {}, env?: Record<string, string>) => {
  const adapter = catalog.actions.get('command');
  return adapter?.run(adapter.schema.parse(env ? { command, env } : { command }), contextFor(context));
};
const check = (command: readonly string[], context: Partial<AdapterContext> = {}) => {
  const adapter = catalog.checks.get('command');
  return adapter?.measure(adapter.schema.parse({ command }), contextFor(context));
};
const script = (text: string, ...args: string[]) => [node, '-e', text, ...args];
async function eventually(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a command', () => {
  it.each([
    ['exit 0', 0, 'completed', 'passed'],
    ['exit 3', 3, 'failed', 'failed'],
  ])('that ends with %s is %s', async (summary, code, outcome, verdict) => {
    expect(await act(script(`process.exit(${code})`))).toMatchObject({
      kind: outcome,
      summary,
      observed: { exitCode: code },
    });
    expect(await check(script(`process.exit(${code})`))).toMatchObject({ verdict });
  });

  it('that cannot be started has done nothing as an action and is an error as a check', async () => {
    expect(await act(['./nowhere'])).toMatchObject({
      kind: 'not-started',
      summary: 'not started: there is no such program',
    });
    expect(await check(['./nowhere'])).toMatchObject({ verdict: 'error' });
    // The file is there, its run bit is not.
    const noProgram = join(await folder(), 'ctl');
    await writeFile(noProgram, '#!/bin/sh', { mode: 0o644 });
    expect(await act([noProgram])).toMatchObject({ kind: 'not-started', summary: 'not started: EACCES' });
  });

  it.each([
    ['a NUL in a secret', 'abcdefgh\0ijklmnop', '${secret:key}'],
    ['more than the system takes', 'x'.repeat(60_000), '${secret:key}${secret:key}${secret:key}'],
  ])('was never started with %s, and no word of it leaves', async (_what, value, own) => {
    const secrets = await folder();
    await writeFile(join(secrets, 'key'), value);
    const outcome = await act(script(''), { secrets: openSecrets(secrets)() }, { OWN: own });
    expect(outcome).toMatchObject({ kind: 'not-started', summary: expect.stringMatching(/^not started: [A-Z0-9_]+$/) });
    expect(JSON.stringify(outcome)).not.toMatch(/abcdefgh|ijklmnop|xxxx/);
  });

  it('gets its arguments as they are: no shell looks at them', async () => {
    const words = ['$(id)', '`id`', '; id', '|| id', '*', '"', "'", '\n', '${HOME}'];
    const outcome = await act(script('console.log(JSON.stringify(process.argv.slice(1)))', ...words));
    expect(JSON.parse(outcome?.output?.text ?? '')).toEqual(words);
  });

  it('gets what was escaped as it was meant, and secrets as paths only', async () => {
    const secrets = await folder();
    await writeFile(join(secrets, 'key'), 'very-secret-value\n');
    const print = script('console.log(process.argv[1], process.env.OWN)', '$${secret:key} ${secret-file:key}');
    const outcome = await act(print, { secrets: openSecrets(secrets)() }, { OWN: '$${HOME}' });
    expect(outcome?.output?.text).toBe(`\${secret:key} ${join(secrets, 'key')} \${HOME}\n`);
    await expect(act(script('', '${secret:key}'), { secrets: openSecrets(secrets)() })).rejects.toMatchObject({
      code: 'secret-missing',
    });
  });

  it('runs in the folder of its procedure, or in an empty one that is gone afterwards', async () => {
    const own = await folder();
    const where = script('console.log(JSON.stringify([process.cwd(), require("fs").readdirSync(".")]))');
    await writeFile(join(own, 'a-file'), '');
    expect(JSON.parse((await act(where, { folder: own }))?.output?.text ?? '')).toEqual([own, ['a-file']]);
    const [empty, files] = JSON.parse((await act(where))?.output?.text ?? '') as [string, string[]];
    expect(files).toEqual([]);
    await expect(readFile(empty)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gets in its environment what it acts for, and nothing else', async () => {
    const outcome = await act(script('console.log(JSON.stringify(process.env))'), {}, { OWN: 'x' });
    expect(JSON.parse(outcome?.output?.text ?? '')).toEqual({
      PATH: process.env['PATH'],
      HOME: expect.any(String),
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      GANTRY_DEPLOYMENT: 'shop.production.7',
      GANTRY_FENCE: '7',
      GANTRY_STEP: 'switch',
      GANTRY_STEP_KEY: 'shop.production.7/switch',
      OWN: 'x',
    });
  });

  it.each([
    ['no argument', { command: [] }],
    ['an empty program', { command: [''] }],
    ['a NUL', { command: ['a', 'b\0c'] }],
    ['101 arguments', { command: Array.from({ length: 101 }, () => 'a') }],
    ['a line for a shell', { command: 'ls -l' }],
    ['an unknown option', { command: ['ls'], shell: true }],
    ['a variable of ours', { command: ['ls'], env: { GANTRY_FENCE: '9' } }],
    ['a loader', { command: ['ls'], env: { LD_PRELOAD: 'x.so' } }],
    ['a variable with a strange name', { command: ['ls'], env: { 'A=B': 'x' } }],
    ['a variable with NUL', { command: ['ls'], env: { A: 'x\0' } }],
  ])('is refused with %s', (_what, spec) => {
    for (const kinds of [catalog.actions, catalog.checks])
      expect(kinds.get('command')?.schema.safeParse(spec).success).toBe(false);
  });
});

describe('the end of a command', () => {
  // A child in the background, deaf to SIGTERM, which tells its id.
  const family = `
    const { spawn } = require('child_process');
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); require('fs').writeFileSync(process.argv[1], String(process.pid))";
    spawn(process.execPath, ['-e', deaf, process.argv[1]], { stdio: 'ignore' });
  `;
  const pidIn = async (file: string) => Number(await readFile(file, 'utf8').catch(() => '0'));

  it('takes whatever it left in the background with it', async () => {
    const file = join(await folder(), 'pid');
    const waits = `${family} setInterval(() => { if (require('fs').existsSync(process.argv[1])) process.exit(0) }, 10)`;
    expect(await act(script(waits, file))).toMatchObject({ kind: 'completed' });
    expect(await pidIn(file)).toBeGreaterThan(0);
    expect(isAlive(await pidIn(file))).toBe(false);
  }, 20_000);

  /** Starts programs in the background (a spawn answers when they run) and ends at once. */
  const leaves = (programs: readonly (readonly string[])[], exit = 0) =>
    script(
      `for (const [program, ...args] of JSON.parse(process.argv[1]))
         require('child_process').spawn(program, args.map((arg) => arg.replace('KEY', process.env.KEY)), { stdio: 'ignore' });
       process.exit(${exit})`,
      JSON.stringify(programs),
    );

  // Only this system lists processes to everybody.
  describe.runIf(process.platform === 'linux')('reports what it left behind', () => {
    it('which is no failure', async () => {
      expect(await act(leaves([['sleep', '600']]))).toMatchObject({
        kind: 'completed',
        summary: 'exit 0; 1 process left behind was ended: sleep 600',
        observed: { exitCode: 0 },
      });
      const two = [
        ['sleep', '600'],
        ['tail', '-f', '/dev/null'],
      ];
      const seen = await check(leaves(two));
      expect(seen).toMatchObject({ verdict: 'passed' });
      expect(seen?.summary).toMatch(
        /^exit 0 in \d+ ms; 2 processes left behind were ended: sleep 600, tail -f \/dev\/null$/,
      );
      expect(await act(script(''))).toMatchObject({ summary: 'exit 0' });
    });

    it('a few of it by name, cut', async () => {
      const nine = Array.from({ length: 9 }, () => ['sleep', '600', ...Array.from({ length: 100 }, () => '1')]);
      const name = `sleep 600${' 1'.repeat(35)}…`;
      expect(await act(leaves(nine, 1))).toMatchObject({
        kind: 'failed',
        summary: `exit 1; 9 processes left behind were ended: ${Array(5).fill(name).join(', ')} and 4 more`,
      });
    });

    it('without secrets', async () => {
      const secrets = await folder();
      await writeFile(join(secrets, 'key'), 'very-secret-value\n');
      const named = leaves([['tail', '-f', '/dev/null', 'KEY', `${'x'.repeat(60)}KEY`]]);
      const outcome = await act(named, { secrets: openSecrets(secrets)() }, { KEY: '${secret:key}' });
      expect(outcome?.summary).toContain(': tail -f /dev/null [secret:key] xxxx');
      expect(outcome?.summary).not.toContain('very');
    });
  });

  it('comes with the time limit, for its children too; the outcome is unknown', async () => {
    const file = join(await folder(), 'pid');
    const outcome = await act(script(`${family} setInterval(() => {}, 1000)`, file), { timeoutMs: 1_500 });
    expect(outcome).toMatchObject({ kind: 'unknown', summary: 'timed out after 1.500 s' });
    expect(isAlive(await pidIn(file))).toBe(false);
    expect(await check(script('setInterval(() => {}, 1000)'), { timeoutMs: 200 })).toMatchObject({ verdict: 'error' });
  }, 20_000);

  it('comes with a cancellation, and resolves only when all is gone', async () => {
    const file = join(await folder(), 'pid');
    const stop = new AbortController();
    const running = act(script(`${family} setInterval(() => {}, 1000)`, file), { signal: stop.signal });
    await eventually(async () => (await pidIn(file)) > 0);
    stop.abort();
    expect(await running).toMatchObject({ kind: 'unknown', summary: 'cancelled' });
    expect(isAlive(await pidIn(file))).toBe(false);
    const late = new AbortController();
    late.abort();
    expect(await act(script('process.exit(0)'), { signal: late.signal })).toMatchObject({ kind: 'not-started' });
  }, 20_000);

  it.each([
    ['kill -9 of the worker', false],
    // Who the warden is, only this system tells.
    ...(process.platform === 'linux'
      ? [['kill -9 of the worker, even after its warden was killed', true] as const]
      : []),
  ] as const)(
    'comes with %s',
    async (_what, wardenFirst) => {
      const file = join(await folder(), 'pid');
      const worker = fileURLToPath(new URL('./command-worker.ts', import.meta.url));
      const child = spawn(
        join(fileURLToPath(new URL('../../../', import.meta.url)), 'node_modules/.bin/tsx'),
        [worker, file],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await eventually(async () => (await pidIn(file)) > 0 && said.includes('\n'));
      expect(isAlive(await pidIn(file))).toBe(true);
      const wardens = async () => {
        const below = await descendantsOf(Number(said.trim()));
        const commands = await Promise.all(
          below.map(async (pid) => ({ pid, command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
        );
        return commands.filter(({ command }) => command.includes('groups.delete')).map(({ pid }) => pid);
      };
      const lost = wardenFirst ? (await wardens())[0] : undefined;
      if (lost !== undefined) {
        process.kill(lost, 'SIGKILL');
        await eventually(async () => (await wardens()).some((other) => other !== lost));
      }
      expect(lost !== undefined).toBe(wardenFirst);
      const ended = once(child, 'exit');
      process.kill(Number(said.trim()), 'SIGKILL');
      await ended;
      await eventually(async () => !isAlive(await pidIn(file)));
      expect(isAlive(await pidIn(file))).toBe(false);
    },
    30_000,
  );
});

describe('output', () => {
  it('is kept with its first and last KiB, its size and its digest', async () => {
    const outcome = await act(script("process.stdout.write('a'.repeat(3000)); process.stderr.write('b'.repeat(3000))"));
    expect(outcome?.output).toMatchObject({
      bytes: 6000,
      truncated: false,
      head: 'a'.repeat(1024),
      tail: 'b'.repeat(1024),
    });
    expect(outcome?.output?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('may be endless: it neither fills the memory nor stalls the command', async () => {
    const endless =
      "const b = Buffer.alloc(65536, 'x'); for (let i = 0; i < 320; i++) require('fs').writeSync(1, b); console.log('the end')";
    const outcome = await act(script(endless));
    expect(outcome).toMatchObject({ kind: 'completed', output: { truncated: true, bytes: 320 * 65_536 + 8 } });
    expect(outcome?.output?.text?.length).toBe(1024 * 1024);
    expect(outcome?.output?.tail.endsWith('the end\n')).toBe(true);
  });

  it('is masked across chunks and across every cut', async () => {
    const secrets = await folder();
    await writeFile(join(secrets, 'key'), 'very-secret-value\n');
    const print = `
      const s = process.env.KEY;
      process.stdout.write('x'.repeat(1020) + s.slice(0, 5));
      setTimeout(() => { process.stdout.write(s.slice(5) + 'y'.repeat(2 * 1024 * 1024) + s + 'z'.repeat(1015)); }, 30);
    `;
    const outcome = await act(script(print), { secrets: openSecrets(secrets)() }, { KEY: '${secret:key}' });
    const { head = '', tail = '', text = '' } = outcome?.output ?? {};
    expect(head).toBe(`${'x'.repeat(1020)}[sec`);
    expect(tail.endsWith('z'.repeat(1015))).toBe(true);
    expect(text.slice(1020, 1040)).toContain('[secret:key]');
    for (const part of [head, tail, text]) expect(part).not.toMatch(/very-|secret-value|-value/);
  });

  it('hides a secret between whose halves the other stream speaks', async () => {
    const secrets = await folder();
    await writeFile(join(secrets, 'key'), 'very-secret-value\n');
    const print = `
      const { writeSync } = require('fs');
      const s = process.env.KEY;
      const steps = [() => writeSync(1, s.slice(0, 9)), () => writeSync(2, 'warning: slow'), () => writeSync(1, s.slice(9))];
      const next = () => { const step = steps.shift(); if (step) { step(); setTimeout(next, 50); } };
      next();
    `;
    const outcome = await act(script(print), { secrets: openSecrets(secrets)() }, { KEY: '${secret:key}' });
    expect(outcome?.output?.text).toBe('[secret:key]warning: slow');
  });

  it('keeps standard error, however much else was printed', async () => {
    const much = "process.stdout.write('x'.repeat(3 * 1024 * 1024)); console.error('this went wrong')";
    const { output } = (await act(script(much))) ?? {};
    expect(output?.text?.length).toBe(1024 * 1024);
    expect(output?.text).toMatch(/xthis went wrong\n$/);
    expect(output?.tail).toMatch(/xthis went wrong\n$/);
  });

  const printing = async (value: string, text: string) => {
    const secrets = await folder();
    await writeFile(join(secrets, 'key'), value);
    const print = `const s = process.env.KEY; const all = Buffer.from(${text});
      for (let i = 0; i < all.length; i += 65536) require('fs').writeSync(1, all.subarray(i, i + 65536));`;
    return act(script(print), { secrets: openSecrets(secrets)() }, { KEY: '${secret:key}' });
  };
  const longSecret = Array.from({ length: 5_000 }, (_, i) => `L${i}`).join('-');

  it.each([
    ['a short one', 'very-secret-value', 17 * 150_000, 400_000],
    ['one of many KiB', longSecret, longSecret.length * 120, 100],
  ])('shows no part of a secret that is printed again and again: %s', async (_what, value, bytes, maxLength) => {
    const { output } = (await printing(value, `s.repeat(${bytes / value.length})`)) ?? {};
    expect(output).toMatchObject({ truncated: true, bytes });
    expect(output?.text).toMatch(/^(\[secret:key\])+$/);
    expect(output?.text?.length).toBeGreaterThan(maxLength);
    expect(output?.tail).toMatch(/^[\]:a-z[]+$/);
    expect(output?.tail.replaceAll('[secret:key]', '').length).toBeLessThan('[secret:key]'.length);
  });

  it('shows its whole last KiB wherever the middle begins', async () => {
    // The end of what is kept as the beginning goes through the secret.
    const { output } = (await printing('very-secret-value', `'x'.repeat(1536 * 1024 - 5) + s`)) ?? {};
    expect(output?.tail).toBe(`${'x'.repeat(1024 - 12)}[secret:key]`);
  });

  it('is cut between characters', async () => {
    const { output } = (await printing('very-secret-value', `'€'.repeat(600 * 1024)`)) ?? {};
    expect(output?.head).toBe('€'.repeat(341));
    expect(output?.tail).toBe('€'.repeat(341));
    expect(output?.text).toBe('€'.repeat(Math.floor((1024 * 1024) / 3)));
  });
});

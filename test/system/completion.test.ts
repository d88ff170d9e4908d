import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ownBuild } from '../support/processes.ts';
import { requirePrograms } from '../support/programs.ts';

const run = promisify(execFile);
const shells = ['bash', 'zsh', 'fish'] as const;

let folder: string;
const kills: (() => void)[] = [];
beforeAll(async () => {
  await requirePrograms(shells);
  folder = await mkdtemp(join(tmpdir(), 'gantry-completion-'));
  for (const shell of shells) {
    const { stdout } = await run(process.execPath, [ownBuild, 'completion', shell]);
    await writeFile(join(folder, `gantry.${shell}`), stdout);
  }
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files', 'a-plan.json'), '{}');
}, 240_000);
afterAll(async () => {
  for (const kill of kills) kill();
  await rm(folder, { recursive: true, force: true });
});

const start = {
  bash: (file: string) => ({ args: ['--norc', '--noprofile', '-i'], says: `source ${file}; PS1='ready> '` }),
  zsh: (file: string) => ({
    args: ['-f', '-i'],
    says: `autoload -U compinit; compinit -D; source ${file}; PS1='ready> '; setopt no_beep`,
  }),
  fish: (file: string) => ({
    args: ['--no-config', '-i'],
    says: `source ${file}; function fish_prompt; echo -n 'ready> '; end; set -g fish_autosuggestion_enabled 0`,
  }),
};

/** A shell at a terminal that completes by our script: what its line becomes when somebody types this, the tab key, and more. */
async function typed(
  shell: (typeof shells)[number],
  text: string,
  then = '',
): Promise<(wanted: RegExp) => Promise<string>> {
  const screen = new xterm.Terminal({ cols: 160, rows: 50, allowProposedApi: true });
  const { args, says } = start[shell](join(folder, `gantry.${shell}`));
  const child = spawn(shell, args, {
    cols: 160,
    rows: 50,
    cwd: join(folder, 'files'),
    name: 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
  });
  kills.push(() => child.kill('SIGKILL'));
  child.onData((data) => screen.write(data));
  // Fish asks what terminal it is, and waits for the answer.
  screen.onData((data) => child.write(data));
  const shown = () =>
    Array.from({ length: 50 }, (_, i) => screen.buffer.active.getLine(i)?.translateToString(true) ?? '').join('\n');
  const shows = (wanted: RegExp) =>
    eventually(
      () => Promise.resolve(shown()),
      (all) => wanted.test(all),
    );
  child.write(`${says}\r`);
  await shows(/^ready> ?$/m);
  child.write(`${text}\t${then}`);
  return shows;
}

describe.each(shells)('gantry completion %s', (shell) => {
  it.each([
    ['a verb', 'gantry withd', /^ready> gantry withdraw\b/m],
    ['a verb of a noun', 'gantry target ado', /^ready> gantry target adopt\b/m],
    ['an option', 'gantry deploy --until monitoring --wat', /^ready> gantry deploy --until monitoring --watch\b/m],
    ['the choices of an option', 'gantry deploy --until moni', /^ready> gantry deploy --until monitoring\b/m],
    ['the choices of an argument', 'gantry completion fi', /^ready> gantry completion fish\b/m],
    ['a file where an option takes one', 'gantry deploy --plan a-pl', /^ready> gantry deploy --plan a-plan\.json\b/m],
  ])('completes %s', async (_, text, line) => {
    const shows = await typed(shell, text);
    expect(await shows(line)).toMatch(line);
  });

  it('offers nothing of another verb', async () => {
    const shows = await typed(shell, 'gantry watch --mark', 'X');
    expect(await shows(/^ready> gantry watch --mark\S*X/m)).toMatch(/^ready> gantry watch --markX *$/m);
  });
});

describe('gantry completion', () => {
  it('takes the shells that it knows', async () => {
    await expect(run(process.execPath, [ownBuild, 'completion', 'tcsh'])).rejects.toMatchObject({ code: 2 });
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start, startUntil, stopAll } from '../../examples/shop/demo/processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-demo-processes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(code: string): Promise<string> {
  const file = join(folder, 'program.mjs');
  await writeFile(file, code);
  return file;
}

it('says what a program said that ends before it is ready', async () => {
  const broken = await program('console.error("the port is taken"); process.exit(1)');

  await expect(startUntil('ready', broken, [], {}, () => {})).rejects.toThrow(
    'program.mjs ended at its start: the port is taken',
  );
});

it('keeps a Ctrl-C from what it starts, ends it once, and starts nothing afterwards', async () => {
  const heard: string[] = [];
  const polite = await program(
    'setInterval(() => {}, 1e9); process.on("SIGTERM", () => { console.log("told"); process.exit(0); }); console.log("ready")',
  );
  await startUntil('ready', polite, [], {}, () => {});
  const child = start(polite, [], {}, (line) => heard.push(line));
  await expect.poll(() => heard).toEqual(['ready']);
  // It leads a process group of its own: what the terminal sends to ours does not reach it.
  expect(process.kill(-(child.pid ?? 0), 0)).toBe(true);

  await stopAll();

  expect(child.exitCode).toBe(0);
  await expect.poll(() => heard).toEqual(['ready', 'told']);
  expect(() => start(polite, [], {}, () => {})).toThrow('everything is being ended');
});

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProcedure } from '../../../src/files/check-procedure.ts';

let page: string;
let root: string;
beforeAll(async () => {
  page = await readFile(new URL('../../../docs/writing-a-procedure.md', import.meta.url), 'utf8');
  root = await mkdtemp(join(tmpdir(), 'gantry-page-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const check = (folder: string) =>
  checkProcedure({ folder, policy: null, environment: null, service: null, path: '/usr/bin:/bin', now: 0 });

/** What the page shows below a mark, in a folder of its own. */
async function shown(change: (text: string) => string = (text) => text): Promise<string> {
  const text = /<!-- whole -->\n```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const folder = join(root, String(Math.random()), 'greeter-reload');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'procedure.yaml'), change(text));
  await writeFile(join(folder, 'greeterctl'), '#!/bin/sh\n');
  await chmod(join(folder, 'greeterctl'), 0o755);
  return folder;
}

describe('the page about writing a procedure', () => {
  it('shows one that is whole, for both of its environments', async () => {
    const { faults, plans } = await check(await shown());
    expect(faults).toEqual([]);
    expect(plans.map(({ environment }) => environment)).toEqual(['production', 'staging']);
  });

  it('has every reference that a refusal lists', async () => {
    const folder = await shown((text) => text.replace('title: Write the release file', 'title: "${nothing}"'));
    const [fault] = (await check(folder)).faults;
    const names = /there are (.*)$/.exec(fault?.detail ?? '')?.[1]?.split(', ') ?? [];
    expect(names.length).toBeGreaterThan(8);
    const known = names.map((name) => name.replace(/^(env|parameters)\..*/, '$1.<name>'));
    expect(known.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

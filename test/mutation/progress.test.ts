import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diedTwice, digestOf, openProgress } from './progress.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gantry-progress-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const died = (mutant: string) => ({ look: 0, died: mutant, isClear: true });

describe('the progress of a run', () => {
  const open = (digest: string) => openProgress(join(root, 'progress.ndjson'), digest);

  it('is found again by a run of the same', () => {
    open('a').add(died('1'));
    open('a').add(died('2'));
    expect(open('a').findings).toEqual([died('1'), died('2')]);
  });

  it('is dropped by a run of something else', () => {
    open('a').add(died('1'));
    expect(open('b').findings).toEqual([]);
    expect(open('a').findings).toEqual([]);
  });

  it('is without the line that a run was writing when it was ended', () => {
    open('a').add(died('1'));
    appendFileSync(join(root, 'progress.ndjson'), '{"look":0,"file":"test/unit/a.test.ts","seen":{"killed"');
    open('a').add(died('2'));
    expect(open('a').findings).toEqual([died('1'), died('2')]);
  });
});

describe('a mutant that a process did not outlive', () => {
  it('counts the second time: the first may have come of something else', () => {
    expect(diedTwice([died('1'), died('2'), died('1')])).toEqual([{ mutant: '1', isClear: true }]);
  });

  it('is unclear where it was gone by then', () => {
    expect(diedTwice([died('1'), { ...died('1'), isClear: false }])).toEqual([{ mutant: '1', isClear: false }]);
  });
});

describe('what a run is of', () => {
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    for (const path of ['src/rule.ts', 'test/unit/rule.test.ts', 'scripts/a.mjs', 'package-lock.json'])
      write(path, 'a');
  });

  it.each(['src/rule.ts', 'src/deep/other.ts', 'test/unit/rule.test.ts', 'package-lock.json'])(
    'changes with %s',
    async (path) => {
      const before = await digestOf(root, []);
      write(path, 'b');
      expect(await digestOf(root, [])).not.toBe(before);
    },
  );

  it('is other files where others are asked for', async () => {
    expect(await digestOf(root, ['src/rule.ts'])).not.toBe(await digestOf(root, []));
  });

  it('is the same whatever explains survivors, which is compared at the end', async () => {
    const before = await digestOf(root, []);
    write('test/mutation/survivors.json', '{"src/rule.ts":[]}');
    expect(await digestOf(root, [])).toBe(before);
  });
});

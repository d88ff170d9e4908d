import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ErrorCode } from '../../src/domain/base/error-codes.ts';
import { GantryError } from '../../src/domain/base/errors.ts';
import { toPointer } from '../../src/domain/base/refuse.ts';
import { openPolicy } from '../../src/files/policy.ts';
import { openProcedures } from '../../src/files/procedure.ts';
import { testPolicy } from '../support/policy.ts';

// The two kinds of files that Gantry decides by, as their authors may get them wrong.

const shop = new URL('../../examples/shop/procedures/shop-blue-green/procedure.yaml', import.meta.url);
let root: string;
let good: { readonly policy: string; readonly procedure: string };
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-documents-'));
  const { files: _, ...procedure } = parse(await readFile(fileURLToPath(shop), 'utf8')) as Record<string, unknown>;
  // Its commands are files of the folder, which are not the point here.
  const text = stringify({ ...procedure, procedure: 'one' }).replaceAll('./shopctl', 'shopctl');
  good = { policy: stringify(testPolicy, { aliasDuplicateObjects: false }), procedure: text };
});
afterAll(() => rm(root, { recursive: true }));

/** A new folder of procedures with one in it, whose document is `text`. */
async function folderWith(text: string | Uint8Array): Promise<string> {
  folders += 1;
  const folder = join(root, String(folders));
  await mkdir(join(folder, 'one'), { recursive: true });
  await writeFile(join(folder, 'one', 'procedure.yaml'), text);
  return folder;
}
const receiver = {
  async policy(text: string | Uint8Array) {
    folders += 1;
    const file = join(root, `${folders}.yaml`);
    await writeFile(file, text);
    await openPolicy(file);
  },
  async procedure(text: string | Uint8Array) {
    await (await openProcedures(await folderWith(text))).find('one');
  },
};
const kinds = ['policy', 'procedure'] as const;
/** A procedure is a part of a request, wherever it was read. */
const places = { policy: '', procedure: '/procedure' } as const;

interface Fault {
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  readonly message: string;
}
async function faultOf(run: () => Promise<unknown>): Promise<Fault> {
  const error: unknown = await run().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GantryError)) throw new Error(`no refusal but ${String(error)}`);
  return { code: error.code, pointer: error.pointer, message: error.message };
}

it('are read as they are', async () => {
  for (const kind of kinds)
    for (const text of [good[kind], `%YAML 1.2\n---\n${good[kind]}`])
      await expect(receiver[kind](text)).resolves.toBeUndefined();
});

describe.each(kinds)('a %s that is not plain YAML', (kind) => {
  it.each<readonly [string, string, number, string]>([
    ['an anchor', 'a: &x 1', 1, '/a'],
    ['an alias', 'a: 1\nb: *a', 2, '/b'],
    ['an alias in a list', 'a:\n  - 1\n  - *a', 3, '/a/1'],
    ['an alias for a key', 'a: 1\n*a : 2', 2, '/*a'],
    ['expansion upon expansion', 'a: &a [x]\nb: &b [*a, *a]', 1, '/a'],
    ['a known tag', 'a: 1\nb: !!str 1', 2, '/b'],
    ['an unknown tag', 'a: 1\nb: !run 1', 2, ''],
    ['a merge key', 'a:\n  <<: { b: 1 }', 2, '/a/<<'],
    ['a quoted merge key', '"<<": 1', 1, '/<<'],
    ['a key twice', 'a: 1\nb: 2\na: 3', 3, '/a'],
    ['a key twice within', 'x:\n  - y: { a: 1, a: 2 }', 2, '/x/0/y/a'],
    ['a key twice in disguise', '"\\u0061": 1\na: 2', 2, '/a'],
    ['two documents', 'a: 1\n---\nb: 2', 2, ''],
    ['two documents, one ended', 'a: 1\n...\nb: 2', 3, ''],
    ['an older YAML', '%YAML 1.1\n---\na: yes', 1, ''],
    ['a tag that is given another meaning', '%TAG !! tag:example.org,2000:\n---\na: 1', 1, ''],
    ['a tag of its own', '# x\n%TAG !e! tag:example.org,2000:\n---\na: 1', 2, ''],
    ['a directive nobody knows', '%YAML 1.2\n%RUN x\n---\na: 1', 2, ''],
    ['a number for a key', 'a: 1\n1: b', 2, '/1'],
    ['nothing for a key', 'a: 1\n: b', 2, '/null'],
    ['a list for a key', '? [a]\n: b', 1, '/["a"]'],
    ['__proto__', 'a:\n  __proto__: { b: 1 }', 2, '/a/__proto__'],
    ['__proto__ in disguise', '"\\u005f_proto__": 1', 1, '/__proto__'],
    ['a tab', 'a:\n\tb: 1', 2, ''],
    ['a bracket open', 'a: 1\nb: [1', 2, ''],
    ['a line that is none', 'a: 1\nb', 2, ''],
    ['lists in lists without end', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, 1, ''],
    ['lists that never end', '[{'.repeat(5_000), 1, ''],
    ['a line of hyphens', '- '.repeat(5_000), 1, ''],
    ['maps in maps without end', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 41, ''],
  ])('is refused: %s', async (_name, text, line, pointer) => {
    const fault = await faultOf(() => receiver[kind](text));
    expect(fault).toMatchObject({ code: 'malformed-yaml', pointer: places[kind] + pointer });
    expect(fault.message).toContain(kind);
    expect(fault.message).toContain(`, line ${line}: `);
  });

  it('is refused when there is nothing in it, or something else than text', async () => {
    for (const text of ['', '# nothing\n'])
      expect(await faultOf(() => receiver[kind](text))).toMatchObject({
        code: 'malformed-yaml',
        pointer: places[kind],
      });
    const bytes = new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]);
    expect(await faultOf(() => receiver[kind](bytes))).toMatchObject({ code: 'malformed-yaml', pointer: '' });
  });

  it('is not read when it is larger than 1 MiB', async () => {
    const large = `# ${'x'.repeat(2 * 1024 * 1024)}\n${good[kind]}`;
    expect(await faultOf(() => receiver[kind](large))).toMatchObject({ code: 'too-large', pointer: '' });
  });

  it.each([
    ['lists in lists', `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['hyphens', '- '.repeat(100_000)],
    ['lines', Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n')],
  ])('is not read where it has too many %s to be read in no time', async (_name, text) => {
    expect(await faultOf(() => receiver[kind](text))).toMatchObject({ code: 'too-large', pointer: places[kind] });
  });

  it('names every fault of a long file, in a time that grows with the file', async () => {
    const lines = Array.from({ length: 2_000 }, (_, i) => `k${i % 1_500}: 1`);
    const fault = await faultOf(() => receiver[kind](lines.join('\n')));
    expect(fault).toMatchObject({ code: 'malformed-yaml', pointer: `${places[kind]}/k0` });
    expect(fault.message).toContain(', line 1501: ');
  });
});

type Path = readonly (string | number)[];
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...pathsIn(member, here)];
  });
}
function at(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<string | number, unknown>)[key];
  return value;
}
function withMember(text: string, path: Path, value: unknown): string {
  const document: unknown = parse(text);
  (at(document, path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1) ?? ''] = value;
  return stringify(document, { aliasDuplicateObjects: false });
}

describe('a policy', () => {
  it('has no unknown member in any place', async () => {
    const document: unknown = parse(good.policy);
    const objects = [[], ...pathsIn(document)].filter((path) => {
      const value = at(document, path);
      return value !== null && typeof value === 'object' && !Array.isArray(value);
    });
    expect(objects.length).toBeGreaterThan(20);
    for (const path of objects) {
      const unknown = [...path, 'unknown'];
      const { code, pointer = '' } = await faultOf(() => receiver.policy(withMember(good.policy, unknown, 'x')));
      // Under `environments` each key is the name of one, whose rules are missing.
      expect({ code, pointer }).toEqual({ code: 'invalid-policy', pointer: toPointer(unknown) });
    }
  });

  it('has a value in every place', async () => {
    for (const path of pathsIn(parse(good.policy))) {
      const { code, pointer = '-' } = await faultOf(() => receiver.policy(withMember(good.policy, path, null)));
      expect({ path, code, isAround: `${toPointer(path)}/`.startsWith(`${pointer}/`) }).toEqual({
        path,
        code: 'invalid-policy',
        isAround: true,
      });
    }
  });

  it('is read again when it has changed; while it is invalid or missing the last valid one stays, and that is logged once', async () => {
    const file = join(root, 'live.yaml');
    await writeFile(file, good.policy);
    const logged: string[] = [];
    const policy = await openPolicy(file, (line) => logged.push(line));
    const { digest } = await policy.read();
    expect(await policy.read()).toMatchObject({ digest, fault: null });
    expect(logged).toEqual([]);

    await writeFile(file, 'people: [');
    const broken = await policy.read();
    expect(broken).toMatchObject({ digest, fault: { code: 'malformed-yaml', since: expect.any(String) } });
    expect(await policy.read()).toEqual(broken);
    expect(logged).toHaveLength(1);
    await rm(file);
    const gone = await policy.read();
    expect(gone).toMatchObject({ digest, fault: { code: 'invalid-policy', since: broken.fault?.since } });
    expect(gone.fault?.message).toBe('the policy file cannot be read (ENOENT).');
    expect(await policy.read()).toEqual(gone);
    expect(logged).toHaveLength(2);

    await writeFile(file, good.policy);
    expect(await policy.read()).toMatchObject({ digest, fault: null });
    // Gone for a moment, and back with the same bytes.
    await rm(file);
    expect(await policy.read()).toMatchObject({ digest, fault: { code: 'invalid-policy' } });
    await writeFile(file, good.policy);
    expect(await policy.read()).toMatchObject({ digest, fault: null });
    await writeFile(file, good.policy.replace('Alice Roe', 'Alice Row'));
    const changed = await policy.read();
    expect(changed.digest).not.toBe(digest);
    expect(changed.policy.people[0]?.name).toBe('Alice Row');
    expect(logged.slice(2)).toEqual([
      expect.stringContaining(`${digest} counts from now on; changed: nothing`),
      expect.stringContaining('cannot be read'),
      expect.stringContaining(`${digest} counts from now on; changed: nothing`),
      expect.stringMatching(new RegExp(`${changed.digest} counts from now on; changed: /people/[^,]+/name$`)),
    ]);
  });

  it('is a file', async () => {
    const pipe = join(root, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    for (const file of [root, join(root, 'nowhere.yaml'), pipe])
      expect(await faultOf(() => openPolicy(file))).toMatchObject({ code: 'invalid-policy' });
  });
});

describe('a procedure', () => {
  it.each<readonly [string, Path, unknown, string]>([
    ['a number without end', ['steps', 0, 'retry'], { attempts: Number.POSITIVE_INFINITY }, '/steps/0/retry/attempts'],
    ['no number', ['steps', 0, 'retry'], { attempts: Number.NaN }, '/steps/0/retry/attempts'],
    ['an unknown key', ['monitoring', 'unit'], 's', '/monitoring/unit'],
    ['another version', ['gantry'], 2, '/gantry'],
    ['the name of another folder', ['procedure'], 'two', '/procedure'],
    ['a file that is not there', ['files'], ['gone'], '/files/0'],
    ['a file outside', ['files'], ['../../x'], '/files/0'],
    ['a folder for a file', ['files'], ['inner'], '/files/0'],
    ['a link that leads out', ['files'], ['out'], '/files/0'],
  ])('with %s is refused where it stands', async (_name, path, value, pointer) => {
    const folder = await folderWith(withMember(good.procedure, path, value));
    await mkdir(join(folder, 'one', 'inner'));
    await symlink(fileURLToPath(shop), join(folder, 'one', 'out'));
    const procedures = await openProcedures(folder);
    expect(await faultOf(() => procedures.find('one'))).toMatchObject({
      code: 'invalid-procedure',
      pointer: `/procedure${pointer}`,
    });
  });

  it('with half a character is refused', async () => {
    const text = withMember(good.procedure, ['description'], 'HALF').replace('HALF', '"a\\ud800"');
    expect(await faultOf(() => receiver.procedure(text))).toMatchObject({
      code: 'invalid-procedure',
      pointer: '/procedure/description',
    });
  });

  it('is found by its name only, inside its folder', async () => {
    const folder = await folderWith(good.procedure);
    await symlink(join(await folderWith(good.procedure), 'one'), join(folder, 'elsewhere'));
    await mkdir(join(folder, 'empty'));
    await mkdir(join(folder, 'piped'));
    await promisify(execFile)('mkfifo', [join(folder, 'piped', 'procedure.yaml')]);
    const procedures = await openProcedures(folder);
    for (const name of ['..', '.', '', 'one/../one', 'ONE', '__proto__', 'empty', 'elsewhere', 'piped', 'a'.repeat(64)])
      expect({ name, ...(await faultOf(() => procedures.find(name))) }).toMatchObject({
        name,
        code: 'unknown-procedure',
      });
    expect(await faultOf(() => openProcedures(join(folder, 'nowhere')))).toMatchObject({ code: 'invalid-config' });
  });
});

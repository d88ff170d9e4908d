import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editorSchemas } from '../../../scripts/reference/files.ts';
import { type JsonSchema, mapParts } from '../../../scripts/reference/json-schema.ts';
import type { Answers } from '../../../src/cli/init/answers.ts';
import { templateNames } from '../../../src/cli/init/layout.ts';
import { writeFiles } from '../../../src/cli/init/write.ts';
import { readProject } from '../../../src/cli/request/project-file.ts';
import { checkProcedure } from '../../../src/files/check-procedure.ts';
import { checkPolicy } from '../../../src/files/policy.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
// Formats are for people: which texts are URLs each validator knows by itself.
const ajv = new Ajv2020({ strictSchema: true, validateFormats: false, allErrors: true });
const validators = Object.fromEntries(
  Object.entries(editorSchemas).map(([name, schema]) => [name, ajv.compile(schema())]),
);
/** What an editor would underline in a text. */
function underlined(name: string, text: string): readonly string[] {
  const validate = validators[name];
  if (!validate) throw new Error(`There is no schema ${name}.`);
  return validate(parse(text)) ? [] : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-editor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(template: Answers['template'] = 'command') {
  const own = await mkdtemp(join(folder, `${template}-`));
  const url = 'http://127.0.0.1:8080/';
  const people = { requester: 'alice', approver: 'bob' } as const;
  const paths = await writeFiles(own, {
    service: 'hello',
    environment: 'production',
    template,
    ci: 'none',
    url,
    ...people,
  });
  const files = {
    procedure: 'deploy/procedures/hello/procedure.yaml',
    policy: 'deploy/policy.yaml',
    gantry: 'gantry.yaml',
  };
  return { own, paths, files };
}

describe('what editors check by', () => {
  it.each(templateNames)('takes what gantry init writes for %s, and is found from there', async (template) => {
    const { own, paths, files } = await written(template);
    for (const [name, file] of Object.entries(files)) {
      const text = await readFile(join(own, file), 'utf8');
      expect([file, underlined(name, text)]).toEqual([file, []]);
      const [, address = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
      const found = join(dirname(file), address);
      expect(paths).toContain(found);
      expect(JSON.parse(await readFile(join(own, found), 'utf8'))).toMatchObject({ $id: editorSchemas[name]?.().$id });
    }
  });

  it.each([
    ['procedure', 'examples/shop/procedures/shop-blue-green/procedure.yaml'],
    ['policy', 'examples/shop/policy.yaml'],
  ])('takes the %s of the shop, and is found from there', async (name, file) => {
    const text = await readFile(join(root, file), 'utf8');
    expect(underlined(name, text)).toEqual([]);
    const [, address = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(join(dirname(file), address)).toBe(`templates/schemas/${name}.schema.json`);
  });

  it('takes the procedure that the page about writing one shows', async () => {
    const page = await readFile(join(root, 'docs/writing-a-procedure.md'), 'utf8');
    const [, text = ''] = /<!-- whole -->\n```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(text.length).toBeGreaterThan(100);
    expect(underlined('procedure', text)).toEqual([]);
  });

  it.each(Object.keys(editorSchemas))('takes each example that it gives itself: %s', (name) => {
    const schema = editorSchemas[name]?.() ?? {};
    const { reference = {} } = schema.$defs ?? {};
    // The whole was held to the standard above.
    const quick = new Ajv2020({ validateSchema: false, validateFormats: false });
    const refused: unknown[] = [];
    let seen = 0;
    const look = (part: JsonSchema): JsonSchema => {
      const { $id: _, examples = [], ...own } = part;
      const validate = examples.length > 0 && quick.compile({ ...own, $defs: { reference } });
      for (const example of examples) {
        seen += 1;
        if (validate && !validate(example)) refused.push([example, validate.errors?.[0]?.message]);
      }
      return mapParts(part, look);
    };
    look(schema);
    expect(seen).toBeGreaterThan(4);
    expect(refused).toEqual([]);
  });
});

describe('what editors underline, the loader refuses as well', () => {
  const procedure = {
    'a key that there is not': ['files:', 'file:'],
    'an option that there is not': ['timeout: 2m }', 'timeuot: 2m }'],
    'a kind that there is not': ['{ id: answers, http:', '{ id: answers, htttp:'],
    'an option of another place': ['{ id: installed, command:', '{ id: installed, absent: 3, command:'],
    'a duration without a unit': ['hold: "${parameters.hold}"', 'hold: 30'],
    'a text in place of a number': ['rate: 5', 'rate: often'],
    'a text in place of a list': ['files: [releasectl, artifact.sh]', 'files: releasectl'],
    'a name with capitals': ['id: install\n', 'id: Install\n'],
    'a number out of bounds': ['rate: 5', 'rate: 500'],
    'no format': ['gantry: 1\n', ''],
    'no description': [/^description: .*\n/m, ''],
    'no validation': [/^validation:\n(?: .*\n)+/m, ''],
    'a check without a name': ['{ id: home, http', '{ http'],
    'a step that does two things': [
      'title: Watch the new release under traffic',
      'title: Watch\n    gate: { role: service-owner }',
    ],
    'a step without undo': [/^ {4}undo:\n(?: {6}.*\n)+/m, ''],
    'a step without verify': [/^ {4}verify:\n(?: {6}- .*\n)+/m, ''],
    'checks and none at once': ['{ none: nothing measures it yet }', '{ none: nothing measures it yet, log: true }'],
  } as const;
  it.each(Object.entries(procedure))('in a procedure: %s', async (_, [from, to]) => {
    const { own, files } = await written();
    const file = join(own, files.procedure);
    const text = await readFile(file, 'utf8');
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
    const checked = await checkProcedure({
      folder: dirname(file),
      policy: join(own, files.policy),
      environment: null,
      service: 'hello',
      path: '/usr/bin:/bin',
      now: 0,
    });
    expect({ editor: underlined('procedure', changed).length > 0, loader: checked.faults.length > 0 }).toEqual({
      editor: true,
      loader: true,
    });
  });

  const policy = {
    'a key that there is not': ['evidence: {', 'evidance: {'],
    'a right that there is not': ['may: [submit-evidence, request]', 'may: [deploy]'],
    'a duration without a unit': ['expireAfter: 24h', 'expireAfter: 24'],
    'a subject that is none': ['subject: "key:alice"', 'subject: alice'],
    'nobody needed': ['minimum: 1', 'minimum: 0'],
    'a way that there is not': ['log: true', 'pigeon: true'],
    'an event that there is not': ['ended, page]', 'ended, pages]'],
    'no stakeholders': [/^ {4}stakeholders:\n(?: {6}.*\n)+/m, ''],
    'a text in place of an object': ['monitoring: { minimum: 10s }', 'monitoring: 10s'],
  } as const;
  it.each(Object.entries(policy))('in a policy: %s', async (_, [from, to]) => {
    const { own, files } = await written();
    const file = join(own, files.policy);
    const text = await readFile(file, 'utf8');
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
    const { faults } = await checkPolicy(file);
    expect({ editor: underlined('policy', changed).length > 0, loader: faults.length > 0 }).toEqual({
      editor: true,
      loader: true,
    });
  });

  it.each(['enviroment: production', 'service: Shop', 'change: { risk: huge }', 'parameters: [hold]'])(
    'in gantry.yaml: %s',
    async (text) => {
      const file = join(folder, 'gantry.yaml');
      await writeFile(file, text);
      expect(underlined('gantry', text)).not.toEqual([]);
      await expect(readProject(file)).rejects.toMatchObject({ code: 'malformed-yaml' });
    },
  );
});

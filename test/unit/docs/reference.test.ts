import { expect, it } from 'vitest';
import { type Field, isLeaf } from '../../../scripts/reference/fields.ts';
import { referenceFiles } from '../../../scripts/reference/files.ts';
import { commandExamples } from '../../../scripts/reference/pages/command-examples.ts';
import { projectSection, verbs } from '../../../scripts/reference/pages/command-line.ts';
import { describedApi, variantsOf } from '../../../scripts/reference/pages/http-api.ts';
import { journal } from '../../../scripts/reference/pages/journal.ts';
import { policySections } from '../../../scripts/reference/pages/policy.ts';
import { procedureSections } from '../../../scripts/reference/pages/procedure.ts';
import { record, recordParts } from '../../../scripts/reference/pages/record.ts';

const files = await referenceFiles();

it.each([...files.keys()])('%s is what the sources say: npm run reference writes it', async (file) => {
  await expect(files.get(file)).toMatchFileSnapshot(`../../../${file}`);
});

/** Where a field is described without what people need. */
function lacking(fields: readonly Field[], title: string): readonly string[] {
  return fields.flatMap((field) => {
    const lacks = [
      ...(field.meaning === '' ? ['a meaning: .meta(means(…)) in its schema'] : []),
      ...(field.example === undefined && isLeaf(field, fields) && !field.takes.includes('](#')
        ? ['an example, in the same place']
        : []),
    ];
    return lacks.map((what) => `${title}: ${field.path} lacks ${what}`);
  });
}

it.each([
  ['procedure', procedureSections],
  ['policy', policySections],
  ['gantry.yaml', () => [projectSection()]],
])('every field of a %s has a meaning, and one that holds no others an example', (_, sections) => {
  expect(sections().flatMap(({ fields }) => fields).length).toBeGreaterThan(5);
  expect(sections().flatMap(({ title, fields }) => lacking(fields, title))).toEqual([]);
});

it('whatever a route takes has a meaning and an example, and whatever it answers a meaning', async () => {
  const { routes, schemas } = await describedApi();
  expect(routes.length).toBeGreaterThan(30);
  const taken = routes.flatMap(({ name, sent, body }) => [...lacking(sent, name), ...lacking(body, name)]);
  const answered = [...schemas].flatMap(([name, schema]) =>
    variantsOf(schema).flatMap((fields) => lacking(fields, name).filter((one) => one.includes('meaning'))),
  );
  expect([...taken, ...answered]).toEqual([]);
});

it('every verb of the command line says what it is and shows a call, and each argument and option says what it is', async () => {
  const all = await verbs();
  expect(all.length).toBeGreaterThan(40);
  const silent = all.flatMap(({ name, says, takes }) => [
    ...(says === '' ? [name] : []),
    ...takes.flatMap((one) => (one.says === '' ? [`${name} ${one.written}`] : [])),
  ]);
  expect(silent).toEqual([]);
  // `commands.test.ts` gives each to the command itself.
  expect(all.flatMap(({ name }) => (commandExamples[name]?.startsWith(name) ? [] : [name]))).toEqual([]);
  expect(Object.keys(commandExamples)).toHaveLength(all.length);
});

it.each([
  ['entry of the journal', journal, {}],
  ['part of a record', record, recordParts],
])('every %s and each of its members has a meaning', (_, read, words) => {
  const { parts, types } = read();
  expect(parts.length).toBeGreaterThan(6);
  const silent = [
    ...parts.flatMap(({ name, meaning, members }) => [
      ...(meaning === '' && !Object.hasOwn(words, name) ? [name] : []),
      ...members.flatMap((one) => (one.meaning === '' ? [`${name}.${one.path}`] : [])),
    ]),
    ...types.flatMap(({ name, meaning, variants }) => [
      ...(meaning === '' ? [name] : []),
      ...variants.flat().flatMap((one) => (one.meaning === '' ? [`${name}.${one.path}`] : [])),
    ]),
  ];
  expect(silent).toEqual([]);
});

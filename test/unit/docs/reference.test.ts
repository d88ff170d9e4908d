import { expect, it } from 'vitest';
import { isLeafType } from '../../../scripts/reference/examples.ts';
import { type Field, isLeaf } from '../../../scripts/reference/fields.ts';
import { referenceFiles } from '../../../scripts/reference/files.ts';
import { forms, numberForm, textForm } from '../../../scripts/reference/formats.ts';
import { commandExamples } from '../../../scripts/reference/pages/command-examples.ts';
import { projectSection, verbs } from '../../../scripts/reference/pages/command-line.ts';
import { entryExamples } from '../../../scripts/reference/pages/entry-examples.ts';
import { describedApi, variantsOf } from '../../../scripts/reference/pages/http-api.ts';
import { journal } from '../../../scripts/reference/pages/journal.ts';
import { policySections } from '../../../scripts/reference/pages/policy.ts';
import { procedureSections } from '../../../scripts/reference/pages/procedure.ts';
import { modelRecords, record, recordParts } from '../../../scripts/reference/pages/record.ts';

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

/** Each text and number in a value, with the name of its member. */
function leavesOf(value: unknown, name = ''): readonly (readonly [name: string, leaf: string | number])[] {
  if (typeof value === 'string' || typeof value === 'number') return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((one) => leavesOf(one, name));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, one]) => (isData(key) ? [] : leavesOf(one, key)));
}

/** Members whose keys and values are what an adapter saw or a procedure says. */
const isData = (key: string) => ['observed', 'resolved', 'slot', 'summary', 'proof'].includes(key);

it.each([
  ['entries', () => Object.values(entryExamples)],
  ['records', modelRecords],
])('the bounds of %s hold for what Gantry has written', (_, values) => {
  const leaves = leavesOf(values());
  expect(leaves.length).toBeGreaterThan(200);
  const outside = leaves.flatMap(([name, leaf]) => {
    const form = typeof leaf === 'number' ? numberForm(name) : textForm(name);
    return form === undefined || forms[form]?.test(String(leaf)) ? [] : [`${name}: ${leaf} is no ${form}`];
  });
  expect([...new Set(outside)]).toEqual([]);
});

/** The rows of tables that have a column of examples, cell by cell. */
function rowsWithExamples(text: string): readonly (readonly string[])[] {
  return text.split('\n\n').flatMap((part) => {
    const [head = '', , ...rows] = part.split('\n').filter((line) => line.startsWith('| '));
    return head.endsWith('| example |') ? rows.map((row) => row.slice(2, -2).split(/(?<!\\) \| /)) : [];
  });
}

it('no field of any page lacks what it means, what it is, what its absence says, or an example', () => {
  const rows = [...files].flatMap(([file, text]) => rowsWithExamples(text).map((cells) => ({ file, cells })));
  expect(rows.length).toBeGreaterThan(1000);
  const lacking = rows.flatMap(({ file, cells }) => {
    const [path, , takes = '', , example] = cells;
    const isWhole = cells.length === 5 && cells.every((cell) => cell !== '') && (example !== '–' || !isLeafType(takes));
    return isWhole ? [] : [`${file}: ${path} (${takes})`];
  });
  expect([...new Set(lacking)]).toEqual([]);
});

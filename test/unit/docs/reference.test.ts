import { expect, it } from 'vitest';
import { type Field, isLeaf } from '../../../scripts/reference/fields.ts';
import { referenceFiles } from '../../../scripts/reference/files.ts';
import { policySections } from '../../../scripts/reference/pages/policy.ts';
import { procedureSections } from '../../../scripts/reference/pages/procedure.ts';

const files = await referenceFiles();

it.each([...files.keys()])('%s is what the sources say: npm run reference writes it', async (file) => {
  await expect(files.get(file)).toMatchFileSnapshot(`../../../${file}`);
});

/** Where a field is described without what people need. */
function lacking(fields: readonly Field[], title: string): readonly string[] {
  return fields.flatMap((field) => {
    const lacks = [
      ...(field.meaning.length < 5 ? ['a meaning: .meta(means(…)) in its schema'] : []),
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
])('every field of a %s has a meaning, and one that holds no others an example', (_, sections) => {
  expect(sections().length).toBeGreaterThan(2);
  expect(sections().flatMap(({ title, fields }) => lacking(fields, title))).toEqual([]);
});

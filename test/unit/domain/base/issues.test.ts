import { expect, it } from 'vitest';
import { z } from 'zod';
import { toIssues } from '../../../../src/domain/base/issues.ts';

const pointer = z.string().regex(/^\//, 'write a JSON pointer such as /release');

it.each([
  ['what is missing', z.object({ a: z.array(z.string()) }), {}, '/a: is missing: write a list'],
  ['a number for a text', z.object({ a: z.string() }), { a: 1 }, '/a: write a string, not a number: in quotes'],
  ['another kind', z.object({ a: z.array(z.string()) }), { a: { b: 1 } }, '/a: write a list, not an object'],
  ['nothing', z.object({ a: z.int() }), { a: null }, '/a: write a number, not nothing'],
  ['another value', z.object({ a: z.literal(1) }), { a: 2 }, '/a: write 1'],
  ['none of several', z.object({ a: z.enum(['x', 'y']) }), { a: 'z' }, '/a: write one of "x", "y"'],
  ['too few', z.object({ a: z.array(z.int()).min(1) }), { a: [] }, '/a: write at least 1 item'],
  ['too many', z.object({ a: z.array(z.int()).max(2) }), { a: [1, 2, 3] }, '/a: write at most 2 items'],
  ['too large a number', z.object({ a: z.int().max(5) }), { a: 6 }, '/a: write at most 5'],
  [
    'a key of another form',
    z.object({ a: z.record(pointer, z.json()) }),
    { a: { release: 1 } },
    '/a/release: the key "release": write a JSON pointer such as /release',
  ],
  ['what a schema says of its own', z.object({ a: z.string('name it') }), { a: 1 }, '/a: name it'],
])('answers with what to write in place of %s', (_, schema, value, answer) => {
  const { error } = schema.safeParse(value);
  const issues = error ? toIssues(error, 'malformed') : [];
  expect(issues.map((issue) => `${issue.pointer}: ${issue.detail}`)).toEqual([answer]);
});

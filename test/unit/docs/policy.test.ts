import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { personSchema, robotSchema } from '../../../src/domain/policy/people.ts';
import { environmentSchema, policyDocumentSchema } from '../../../src/domain/policy/policy.ts';

/** Fields that are taken today: the others are refused with `not-available-yet` whatever they hold. */
function available({ shape }: { readonly shape: Readonly<Record<string, z.ZodType>> }): readonly string[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const { error } = schema.safeParse(Symbol('nothing that a field takes'));
    const isLater = error?.issues.some((issue) => issue.code === 'custom' && issue.params?.['code'] !== undefined);
    return isLater ? [] : [name];
  });
}

it('the page about the policy has each field that there is', async () => {
  const page = await readFile(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
  const fields = [policyDocumentSchema, environmentSchema, personSchema, robotSchema].flatMap(available);
  expect(fields).toEqual(expect.arrayContaining(['people', 'approvals', 'roles', 'may', 'limits']));
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const missing = fields.filter((field) => !rows.some((row) => new RegExp(`^\\| \`[^\`]*\\b${field}\\b`).test(row)));
  expect(missing).toEqual([]);
});

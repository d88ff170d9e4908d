import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { errorTable } from '../../../src/domain/base/errors.ts';

it('explains every code of the error table as it is, and no other', async () => {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const written = rows.map(([, code, status, repeat, title, remedy]) => ({
    code: code?.replaceAll('`', ''),
    status: Number(status),
    retryable: repeat === 'yes',
    title,
    says: (remedy ?? '').length > 10,
  }));
  const known = Object.entries(errorTable).map(([code, kind]) => ({ code, ...kind, says: true }));
  expect(written).toEqual(known);
});

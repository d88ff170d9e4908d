import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { messageNames, mostTaken, phases, phaseTable } from '../../../src/domain/messages.ts';

async function rows(): Promise<readonly (readonly string[])[]> {
  const page = await readFile(new URL('../../../docs/messages.md', import.meta.url), 'utf8');
  const lines = page.split('\n').filter((line) => line.startsWith('| '));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the page of messages', () => {
  it('says of every message and phase what becomes of it', async () => {
    const table = (await rows()).filter(({ length }) => length > 3);
    const expected = messageNames.map((name) => [
      `\`${name}\``,
      ...phases.map((phase) => (phaseTable[name][phase] === 'accepted' ? '✓' : `\`${phaseTable[name][phase]}\``)),
    ]);
    expect(table.filter(([first]) => first?.startsWith('`'))).toEqual(expected);
    expect(table[0]).toEqual(['message', ...phases]);
  });

  it('says how many of each are taken', async () => {
    const table = (await rows()).filter((row) => row.length === 3 && row[0]?.startsWith('`'));
    const said = table.map(([name = '', each = '', all = '']) => [
      name.replaceAll('`', ''),
      { ofEach: Number.parseInt(each, 10), inAll: all === '–' ? Number.POSITIVE_INFINITY : Number(all) },
    ]);
    expect(Object.fromEntries(said)).toEqual(mostTaken);
  });
});

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { phases } from '../../../src/domain/base/phases.ts';
import { maxAccepted, messageNames } from '../../../src/domain/messages/messages.ts';
import { phaseTable } from '../../../src/domain/messages/phase-table.ts';
import { messageSchemas } from '../../../src/domain/messages/schemas.ts';

const page = new URL('../../../docs/messages.md', import.meta.url);

async function rows(): Promise<readonly (readonly string[])[]> {
  const lines = (await readFile(page, 'utf8')).split('\n').filter((line) => line.startsWith('| '));
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

  it('shows of every message a body that the API takes, and all members that such a body may have', async () => {
    const bodies = (await rows()).filter((row) => row.length === 2 && row[0]?.startsWith('`'));
    expect(bodies.map(([name = '']) => name.replaceAll('`', ''))).toEqual(messageNames);
    const [, section = ''] = (await readFile(page, 'utf8')).split('\n## What is sent\n');
    const [own = ''] = section.split('\n## ');
    for (const [i, name] of messageNames.entries()) {
      const schema = (messageSchemas[name] as typeof messageSchemas.abort).omit({ by: true, proof: true });
      const body = JSON.parse(bodies[i]?.[1]?.replaceAll('`', '') ?? '') as object;
      expect([name, schema.safeParse(body).error?.issues]).toEqual([name, undefined]);
      for (const member of Object.keys(schema.shape)) expect(own).toMatch(new RegExp(`\`${member}\`|"${member}"`));
    }
  });

  it('says how many of each are taken', async () => {
    const table = (await rows()).filter((row) => row.length === 3 && row[0]?.startsWith('`'));
    const said = table.map(([name = '', each = '', all = '']) => [
      name.replaceAll('`', ''),
      { ofEach: Number.parseInt(each, 10), inAll: all === '–' ? Number.POSITIVE_INFINITY : Number(all) },
    ]);
    expect(Object.fromEntries(said)).toEqual(maxAccepted);
  });
});

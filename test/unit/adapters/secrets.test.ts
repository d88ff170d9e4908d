import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogNotifier, openSecrets } from '../../../src/adapters/index.ts';

const value = 'p&ss "word"/ünïcode+=!*';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(folder, 'key'), `${value}\n`);
  await writeFile(join(folder, 'longer'), `${value} and more\n`);
  await writeFile(join(folder, 'short'), 'seven77\n');
  await writeFile(join(folder, 'huge'), 'x'.repeat(64 * 1024 + 1));
  await mkdir(join(folder, 'folder'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a secret', () => {
  it('is filled in by value or by path, and nothing else is', async () => {
    const reader = openSecrets(folder)();
    expect(await reader.expand('Bearer ${secret:key}, ${secret:key}')).toBe(`Bearer ${value}, ${value}`);
    expect(await reader.expand('${secret-file:key}')).toBe(join(folder, 'key'));
    expect(await reader.expand('${secret:../key} ${HOME} $${secret}')).toBe('${secret:../key} ${HOME} $${secret}');
  });

  it.each(['nowhere', 'short', 'huge', 'folder'])('that is not to be had is refused: %s', async (name) => {
    await expect(openSecrets(folder)().expand(`\${secret:${name}}`)).rejects.toMatchObject({ code: 'secret-missing' });
    await expect(openSecrets(null)().expand(`\${secret:${name}}`)).rejects.toMatchObject({ code: 'secret-missing' });
  });

  it('is masked in every form once it was read, by path too', async () => {
    const reader = openSecrets(folder)();
    expect(reader.mask(value)).toBe(value);
    await reader.expand('${secret-file:key} ${secret:longer}');
    const bytes = Buffer.from(value);
    const around = (before: string, after: string, encoding: 'base64' | 'base64url') =>
      Buffer.from(before + value + after).toString(encoding);
    for (const form of [
      value,
      JSON.stringify({ value }),
      JSON.stringify(JSON.stringify({ value })),
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase(),
      encodeURIComponent(value).replaceAll('%20', '+'),
      encodeURIComponent(value).replace('!', '%21').replace('*', '%2A'),
      new URLSearchParams({ value }).toString(),
      JSON.stringify(value).replace('ü', '\\u00fc').replace('ï', '\\u00ef'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...(['base64', 'base64url'] as const).flatMap((encoding) => [
        around('', '', encoding),
        around('u:', '', encoding),
        around('u', 'tail', encoding),
        around('abc', 'xy', encoding),
      ]),
    ]) {
      const masked = reader.mask(`before ${form} after`);
      expect(masked).toContain('[secret:key]');
      expect(masked).toMatch(/^before .* after$/);
      expect(masked).not.toContain('word');
      expect(masked.replaceAll('[secret:key]', '').length).toBeLessThan(45);
    }
    expect(reader.mask(`${value} and more`)).toBe('[secret:longer]');
  });
});

describe('the log notifier', () => {
  it('writes one harmless line for each stakeholder', async () => {
    const lines: string[] = [];
    const deliveries = await createLogNotifier((line) => lines.push(line))({
      deployment: 'shop.production.7',
      event: 'page',
      stakeholders: [
        { name: 'Shop team', log: true, on: ['page'] },
        { name: 'On call', log: true, on: ['page'] },
      ],
      subject: 'Page: \u001b[31mred',
      text: 'a\nb\r\u202Ec',
    });
    expect(deliveries).toMatchObject([
      { stakeholder: 'Shop team', delivered: true, how: 'log' },
      { stakeholder: 'On call' },
    ]);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSecrets } from '../../../src/adapters/index.ts';

const line = (of: string) => Buffer.from(of.repeat(6)).toString('base64');
const pem = `-----BEGIN KEY-----\n${line('first &')}\n${line('second+')}\nAA==\n-----END KEY-----\n`;
const value = 'p&ss "word"/ünïcode+=!*';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(folder, 'key'), `${value}\n`);
  await writeFile(join(folder, 'longer'), `${value} and more\n`);
  for (const own of ['message-key', 'attestation-key', 'oidc-client-secret', 'configuration-key', 'page-key'])
    await writeFile(join(folder, own), 'ab'.repeat(32));
  await writeFile(join(folder, 'pem'), pem);
  await writeFile(join(folder, 'short'), 'seven77\n');
  await writeFile(join(folder, 'blank'), `x${' '.repeat(20)}y`);
  await writeFile(join(folder, 'huge'), 'x'.repeat(64 * 1024 + 1));
  await mkdir(join(folder, 'folder'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a secret', () => {
  it('is filled in by value or by path, and nothing else is', async () => {
    const reader = openSecrets(folder)();
    expect(await reader.expand('Bearer ${secret:key}, ${secret:key}')).toBe(`Bearer ${value}, ${value}`);
    expect(await reader.expand('${secret-file:key}')).toBe(join(folder, 'key'));
    expect(await reader.expand('${secret:../key} ${HOME} ${secret}')).toBe('${secret:../key} ${HOME} ${secret}');
  });

  it('is not filled in where it was escaped', async () => {
    const reader = openSecrets(folder)();
    expect(await reader.expand('$${secret:key} $${secret-file:key} $$${secret:key} $${HOME} ${secret:key}')).toBe(
      `\${secret:key} \${secret-file:key} $\${secret:key} \${HOME} ${value}`,
    );
  });

  it('is not given by value where only its path may stand', async () => {
    const reader = openSecrets(folder)();
    expect(await reader.expand('${secret-file:key} $${secret:key}', 'secret-file')).toBe(
      `${join(folder, 'key')} \${secret:key}`,
    );
    await expect(reader.expand('${secret:key}', 'secret-file')).rejects.toMatchObject({ code: 'secret-missing' });
  });

  it.each([
    'message-key',
    'attestation-key',
    'oidc-client-secret',
    'configuration-key',
    'page-key',
    'nowhere',
    'short',
    'blank',
    'huge',
    'folder',
  ])('that is not to be had is refused: %s', async (name) => {
    await expect(openSecrets(folder)().expand(`\${secret:${name}}`)).rejects.toMatchObject({
      code: 'secret-missing',
    });
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
      JSON.stringify(value).replace('&', '\\u0026'),
      JSON.stringify(value).replace('/', '\\/'),
      JSON.stringify(value).replace('/', '\\/').replace('ü', '\\u00fc').replace('ï', '\\u00ef'),
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

describe('a secret that is printed on several lines', () => {
  const long = Array.from({ length: 40 }, (_, i) => `part-${i}`).join('/');
  const wrapped = (text: string, columns: number, end: string) =>
    (text.match(new RegExp(`.{1,${columns}}`, 'gs')) ?? []).join(end);
  const reader = async () => {
    await writeFile(join(folder, 'long'), long);
    const one = openSecrets(folder)();
    await one.expand('${secret:long} ${secret:pem}');
    return one;
  };

  it.each([
    [76, '\n'],
    [64, '\r\n'],
    [60, '\n    '],
  ])('is masked in base64 of %i columns', async (columns, end) => {
    for (const before of ['', 'u', 'us:']) {
      const text = wrapped(Buffer.from(`${before}${long}`).toString('base64'), columns, end);
      const masked = (await reader()).mask(`before ${text} after`);
      expect(masked).toMatch(/^before .{0,4}\[secret:long\].{0,4} after$/);
    }
  });

  it.each([
    ['as it is', pem],
    ['with CRLF', pem.replaceAll('\n', '\r\n')],
    ['indented', pem.replaceAll('\n', '\n    ')],
    ['as JSON', JSON.stringify({ pem })],
    ['with CRLF, as JSON', JSON.stringify(pem.replaceAll('\n', '\r\n'))],
    ['in pieces', pem.split('\n').reverse().join('\n| ')],
    ['in base64', wrapped(Buffer.from(pem).toString('base64'), 76, '\n')],
  ])('is masked %s', async (_how, text) => {
    const masked = (await reader()).mask(`before ${text} after`);
    expect(masked).toMatch(/^before [^]* after$/);
    for (const part of [line('first &'), line('second+'), 'KEY', ...(text.match(/\S{60,}/g) ?? [])])
      expect(masked).not.toContain(part);
  });

  it('takes no time for having many forms', async () => {
    await writeFile(
      join(folder, 'many'),
      Array.from({ length: 1_500 }, (_, i) => `a line with & and / no ${i}`).join('\n'),
    );
    const one = openSecrets(folder)();
    await one.expand('${secret:many}');
    const text = 'no secret is in here, whatever it says / & '.repeat(36_000);
    one.mask(''); // forms are made once
    const began = performance.now();
    expect(one.mask(text)).toBe(text);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

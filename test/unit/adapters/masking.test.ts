import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { masker } from '../../../src/adapters/masking/masker.ts';
import { capturedOutput, OutputTape } from '../../../src/adapters/process/captured-output.ts';

/** A secret, and one in a file that is no text, as Python's own libraries write them: see `secret-forms.py`. */
const { value, noText, written } = JSON.parse(
  readFileSync(new URL('../../fixtures/secret-forms.json', import.meta.url), 'utf8'),
) as { readonly value: string; readonly noText: string; readonly written: Readonly<Record<string, string>> };
const url = new URL('https://host/a');
url.username = value;
url.searchParams.set('q', value);
const forms = Object.entries({
  ...written,
  'as it is': value,
  encodeURI: encodeURI(value),
  encodeURIComponent: encodeURIComponent(value),
  URL: url.href,
  'JSON of JavaScript': JSON.stringify({ value }),
});

describe('a secret', () => {
  const mask = masker(
    new Map<string, string | Uint8Array>([
      ['key', value],
      ['file', Buffer.from(noText, 'hex')],
    ]),
  );

  it.each(forms)('is masked as others write it: %s', (how, form) => {
    const masked = mask(`before ${form} after`);
    expect(masked).toMatch(/^before [^]* after$/);
    expect(masked).toContain(how.startsWith('no text') ? '[secret:file]' : '[secret:key]');
    const rest = masked.replaceAll(/\[secret:(key|file)\]/g, '');
    expect(rest).not.toMatch(/word|code/);
    // What is left of base64 depends on what stands beside the secret.
    expect(rest.replace('before ', '').length).toBeLessThan(form.length - 10 > 60 ? 75 : 45);
  });

  it('is masked wherever the pieces that a program prints end', () => {
    for (const form of [value, written['base64, 1 beforetail'] ?? '', written['quote'] ?? '', written['json'] ?? '']) {
      const bytes = Buffer.from(`before ${form} after`);
      for (let cut = 1; cut < bytes.length; cut += 1) {
        const tape = new OutputTape();
        tape.take(bytes.subarray(0, cut));
        tape.take(bytes.subarray(cut));
        const { text } = capturedOutput(tape, new OutputTape(), mask);
        expect(text).toContain('[secret:key]');
        expect(text).not.toMatch(/word|code/);
      }
    }
  });

  it('hides nothing else: text without it stays as it is', () => {
    const text = 'p%26ss \\u0070 p&ss "word" and cGFzcw== + 100 % \\n / ü€😀 \ud800'.repeat(50);
    expect(mask(text)).toBe(text);
  });
});

describe('masking', () => {
  const mebi = 1024 * 1024;
  const steps = Array.from({ length: 100 }, (_, i) => `${'a'.repeat(8 + i)}b`).join('\n');
  it.each<readonly [string, string, string]>([
    ['a secret that repeats itself', 'a'.repeat(60_000), 'a'],
    ['one that almost stands everywhere', `${'a'.repeat(30_000)}b${'a'.repeat(30_000)}`, 'a'],
    ['many lines that begin alike', steps, 'a'],
    ['one that overlaps itself', 'ab'.repeat(30_000), 'ab'],
    ['escapes that never end', `${'%25'.repeat(5_000)}x`, '%25'],
    ['backslashes that never end', `${'\\\\'.repeat(5_000)}x`, '\\\\u0041+%41'],
  ])('takes time that grows with the text alone: %s', (_what, secret, repeated) => {
    const mask = masker(new Map([['key', secret]]));
    const took = (length: number) => {
      const text = repeated.repeat(Math.ceil(length / repeated.length));
      const began = process.cpuUsage();
      mask(text);
      const { user, system } = process.cpuUsage(began);
      return (user + system) / 1000;
    };
    took(mebi / 8);
    // Milliseconds of CPU; comparing byte by byte took minutes.
    expect(took(mebi)).toBeLessThan(5_000);
  });
});

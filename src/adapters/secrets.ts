import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SecretReader } from '../domain/adapters.ts';
import { GantryError } from '../domain/errors.ts';

const shortest = 8;
const longestBytes = 64 * 1024;
const reference = /\$\{(secret|secret-file):([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\}/g;

/** A folder with one file per secret; null: there are none. Each attempt gets a reader of its own. */
export function openSecrets(folder: string | null): () => SecretReader {
  return () => {
    const known = new Map<string, string>();
    let forms: readonly (readonly [string, string])[] = [];
    const valueOf = async (name: string): Promise<string> => {
      const value = known.get(name) ?? (await readSecret(folder, name));
      known.set(name, value);
      forms = [...known].flatMap(([of, secret]) => formsOf(secret).map((form) => [form, `[secret:${of}]`] as const));
      // The longest first: a part of one form may be a whole other one.
      forms = [...forms].sort(([a], [b]) => b.length - a.length);
      return value;
    };
    return {
      async expand(template) {
        let text = '';
        let end = 0;
        for (const match of template.matchAll(reference)) {
          const [whole, kind, name = ''] = match;
          const value = await valueOf(name);
          text += template.slice(end, match.index) + (kind === 'secret' ? value : resolve(folder ?? '', name));
          end = match.index + whole.length;
        }
        return text + template.slice(end);
      },
      mask: (text) => forms.reduce((masked, [form, name]) => masked.replaceAll(form, name), text),
    };
  };
}

async function readSecret(folder: string | null, name: string): Promise<string> {
  const missing = (why: string) => new GantryError('secret-missing', `Secret ${name} ${why}.`);
  if (folder === null) throw missing('is not to be had: GANTRY_SECRETS names no folder');
  const file = join(folder, name);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw missing('has no file in the folder of secrets');
  if (found.size > longestBytes) throw missing(`is larger than ${longestBytes} bytes`);
  const text = (await readFile(file, 'utf8').catch(() => '')).replace(/\r?\n$/, '');
  if (text.length < shortest) throw missing(`has fewer than ${shortest} characters, too few to be masked safely`);
  return text;
}

/** Every way in which a value may be printed, itself first. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const uris = [
    encodeURIComponent(value),
    // RFC 3986 and forms escape more than JavaScript does.
    encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    new URLSearchParams({ '': value }).toString().slice(1),
  ].flatMap((uri) => [uri, uri.replaceAll('%20', '+')]);
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1),
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ...uris,
    ...uris.map((uri) => uri.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...[0, 1, 2].flatMap((offset) => [base64Core(bytes, offset, 'base64'), base64Core(bytes, offset, 'base64url')]),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortest);
}

/** The characters of a base64 text that depend on the value alone when `offset` bytes stand before it. */
function base64Core(value: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), value]).toString(encoding);
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + value.length) * 8) / 6));
}

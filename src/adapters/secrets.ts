import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GantryError } from '../domain/base/errors.ts';
import type { Json } from '../domain/base/json.ts';
import type { SecretReader } from '../domain/kinds/adapter.ts';
import { utf8Of } from '../system/utf8.ts';
import { masker, soughtLength } from './masking/masker.ts';
import { shortestSecret } from './masking/shortest-secret.ts';

/** Files beside the secrets that are Gantry's own: the key that signs messages, the key that signs summaries, and the API's secret at the identity provider. */
export const messageKeyFile = 'message-key';
export const attestationKeyFile = 'attestation-key';
export const oidcSecretFile = 'oidc-client-secret';
/** Keys the digests of secret values of configurations. */
export const configurationKeyFile = 'configuration-key';
/** Signs the links by which pages are acknowledged; workers and API have the same. */
export const pageKeyFile = 'page-key';
const ownFiles: readonly string[] = [
  messageKeyFile,
  attestationKeyFile,
  oidcSecretFile,
  configurationKeyFile,
  pageKeyFile,
];

const maxBytes = 64 * 1024;
const token = /\$\$\{|\$\{(secret|secret-file):([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\}/g;

/** A folder with one file per secret; null: there are none. Each attempt gets a reader of its own. */
export function openSecrets(folder: string | null): () => SecretReader {
  return () => {
    const known = new Map<string, Buffer>();
    let mask: ((text: string) => string) | null = null;
    const valueOf = async (name: string): Promise<Buffer> => {
      const value = known.get(name) ?? (await readSecret(folder, name));
      known.set(name, value);
      mask = null;
      return value;
    };
    return {
      async expand(template, only, fileAt = (path) => Promise.resolve(path)) {
        let text = '';
        let end = 0;
        for (const match of template.matchAll(token)) {
          const [whole, kind, name = ''] = match;
          text += template.slice(end, match.index);
          end = match.index + whole.length;
          if (kind === undefined) {
            text += '${';
            continue;
          }
          if (only !== undefined && kind !== only)
            throw new GantryError(
              'secret-missing',
              `Secret ${name} is wanted by value where only \${${only}:…} may stand.`,
            );
          const value = await valueOf(name);
          text += kind === 'secret' ? textOf(name, value) : await fileAt(resolve(folder ?? '', name));
        }
        return text + template.slice(end);
      },
      mask(text) {
        mask ??= masker(known);
        return mask(text);
      },
    };
  };
}

/** The last step for a value without secrets: `$${` becomes `${` in every string. */
export function literal<T extends Json>(value: T): T {
  return literalOf(value) as T;
}

function literalOf(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('$${', '${');
  if (Array.isArray(value)) return value.map((item: Json) => literalOf(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, literalOf(member)]));
}

const missing = (name: string, why: string) => new GantryError('secret-missing', `Secret ${name} ${why}.`);

async function readSecret(folder: string | null, name: string): Promise<Buffer> {
  if (ownFiles.includes(name)) throw missing(name, "is Gantry's own and for no procedure; give the file another name");
  if (folder === null) throw missing(name, 'is not to be had: GANTRY_SECRETS names no folder');
  const file = join(folder, name);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw missing(name, 'has no file in the folder of secrets');
  if (found.size > maxBytes) throw missing(name, `is larger than ${maxBytes} bytes`);
  const bytes = withoutLastBreak(await readFile(file).catch(() => Buffer.alloc(0)));
  if (soughtLength(bytes) < shortestSecret)
    throw missing(name, `has fewer than ${shortestSecret} bytes beside white space, too few to be masked safely`);
  return bytes;
}

function withoutLastBreak(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

/** A file may hold anything; what is no text can stand in no header and no variable. */
function textOf(name: string, bytes: Buffer): string {
  const text = utf8Of(bytes, { keepMark: true });
  if (text === null) throw missing(name, `is no text in UTF-8: hand it over as a file, by \${secret-file:${name}}`);
  return text;
}

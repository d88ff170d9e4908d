import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type ErrorIssue, GantryError } from '../domain/base/errors.ts';
import { fieldsOf } from '../domain/base/fields.ts';
import { parseJson } from '../domain/base/json.ts';
import { toPointer } from '../domain/base/refuse.ts';
import { readText } from './yaml.ts';

/** Below the policy's folder: no way out of it, and nothing hidden. */
const relativePath = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
const isInline = (publicKey: string) => publicKey.trimStart().startsWith('-----BEGIN ');

/** A text in the policy that may name a file: the key of a signer, or the root that certificates are verified by. */
interface Place {
  readonly owner: Readonly<Record<string, unknown>>;
  readonly name: 'publicKey' | 'trustedRoot';
  readonly text: string;
  readonly pointer: string;
}

/** All of them in `environments.*.evidence`; a document of another shape is the schema's to refuse. */
function placesIn(document: unknown): readonly Place[] {
  return Object.entries(fieldsOf(fieldsOf(document)['environments'])).flatMap(([environment, rules]) => {
    const evidence = fieldsOf(fieldsOf(rules)['evidence']);
    const at = ['environments', environment, 'evidence'];
    const place = (owner: unknown, name: Place['name'], path: readonly (string | number)[]): readonly Place[] => {
      const text = fieldsOf(owner)[name];
      if (typeof text !== 'string') return [];
      return [{ owner: fieldsOf(owner), name, text, pointer: toPointer([...at, ...path, name]) }];
    };
    const { signers } = evidence;
    return [
      ...place(evidence, 'trustedRoot', []),
      ...(Array.isArray(signers) ? signers : []).flatMap((one: unknown, i) => place(one, 'publicKey', ['signers', i])),
    ];
  });
}

/** The texts of the files that a policy names, by path, and why those that cannot be read are not among them. */
export async function readSignerKeys(
  document: unknown,
  folder: string,
): Promise<{ readonly keys: ReadonlyMap<string, string>; readonly issues: readonly ErrorIssue[] }> {
  const keys = new Map<string, string>();
  const issues: ErrorIssue[] = [];
  for (const { name, text: path, pointer } of placesIn(document)) {
    if ((name === 'publicKey' && isInline(path)) || keys.has(path)) continue;
    const fault = (detail: string) => issues.push({ pointer, code: 'invalid-policy', detail });
    const what = name === 'publicKey' ? 'PEM, or a' : 'a';
    if (!relativePath.test(path)) fault(`write ${what} plain relative path below the folder of the policy`);
    else
      try {
        const text = await readText(join(folder, path), 'invalid-policy');
        const wrong = name === 'trustedRoot' ? await rootFault(text) : null;
        if (wrong === null) keys.set(path, text);
        else fault(`${path}: ${wrong}`);
      } catch (error) {
        fault(error instanceof GantryError ? error.message : `${path} cannot be read`);
      }
  }
  return { keys, issues };
}

/** What reads trusted roots is loaded by policies that name one. */
async function rootFault(text: string): Promise<string | null> {
  const { trustedRootFault } = await import('../system/sigstore.ts');
  return trustedRootFault(text);
}

/** The document with each key as the PEM and each root as the JSON that the schema reads, and what is wrong with the keys. */
export function withSignerKeys(
  document: unknown,
  keys: ReadonlyMap<string, string>,
): { readonly document: unknown; readonly issues: readonly ErrorIssue[] } {
  const places = new Map(placesIn(document).map((place) => [place.owner, place]));
  if (places.size === 0) return { document, issues: [] };
  const issues: ErrorIssue[] = [];
  const contentOf = ({ name, text, pointer }: Place) => {
    const content = keys.get(text) ?? text;
    if (name === 'trustedRoot') return keys.has(text) ? JSON.stringify(parseJson(content)) : text;
    const read = canonicalPem(content);
    if ('pem' in read) return read.pem;
    issues.push({ pointer, code: 'invalid-policy', detail: read.fault });
    return text;
  };
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (value === null || typeof value !== 'object') return value;
    const place = places.get(value as Place['owner']);
    const members = Object.entries(value).map(([key, member]) => [key, copy(member)]);
    return { ...Object.fromEntries(members), ...(place && { [place.name]: contentOf(place) }) };
  };
  return { document: copy(document), issues };
}

/** A key of a kind that can sign evidence, in the one form that the domain reads. */
function canonicalPem(text: string): { readonly pem: string } | { readonly fault: string } {
  // Node would derive the public key; but everybody who can read a private key can sign.
  if (/PRIVATE KEY/.test(text)) return { fault: 'this is a private key: name the public one, and replace the pair' };
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    return { fault: 'this is no public key in PEM' };
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type !== 'ed25519' && !(type === 'ec' && details?.namedCurve === 'prime256v1'))
    return {
      fault: `a key of type ${type}${details?.namedCurve ? ` (${details.namedCurve})` : ''} cannot sign evidence: use ed25519 or ECDSA P-256`,
    };
  return { pem: key.export({ type: 'spki', format: 'pem' }).toString() };
}

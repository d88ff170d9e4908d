import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type ErrorIssue, GantryError } from '../domain/base/errors.ts';
import { fieldsOf } from '../domain/base/fields.ts';
import { toPointer } from '../domain/base/refuse.ts';
import { readText } from './yaml.ts';

/** Below the policy's folder: no way out of it, and nothing hidden. */
const relativePath = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
const isInline = (publicKey: string) => publicKey.trimStart().startsWith('-----BEGIN ');

interface Place {
  readonly signer: Readonly<Record<string, unknown>>;
  readonly publicKey: string;
  readonly pointer: string;
}

/** Every `environments.*.evidence.signers.*.publicKey` that is a text; a document of another shape is the schema's to refuse. */
function placesIn(document: unknown): readonly Place[] {
  return Object.entries(fieldsOf(fieldsOf(document)['environments'])).flatMap(([environment, rules]) => {
    const { signers } = fieldsOf(fieldsOf(rules)['evidence']);
    return (Array.isArray(signers) ? signers : []).flatMap((signer: unknown, i) => {
      const { publicKey } = fieldsOf(signer);
      if (typeof publicKey !== 'string') return [];
      const pointer = toPointer(['environments', environment, 'evidence', 'signers', i, 'publicKey']);
      return [{ signer: signer as Place['signer'], publicKey, pointer }];
    });
  });
}

/** The texts of the key files that a policy names, by path, and why those that cannot be read are not among them. */
export async function readSignerKeys(
  document: unknown,
  folder: string,
): Promise<{ readonly keys: ReadonlyMap<string, string>; readonly issues: readonly ErrorIssue[] }> {
  const keys = new Map<string, string>();
  const issues: ErrorIssue[] = [];
  for (const { publicKey: path, pointer } of placesIn(document)) {
    if (isInline(path) || keys.has(path)) continue;
    const fault = (detail: string) => issues.push({ pointer, code: 'invalid-policy', detail });
    if (!relativePath.test(path)) fault('write PEM, or a plain relative path below the folder of the policy');
    else
      try {
        keys.set(path, await readText(join(folder, path), 'invalid-policy'));
      } catch (error) {
        fault(error instanceof GantryError ? error.message : `${path} cannot be read`);
      }
  }
  return { keys, issues };
}

/** The document with each key as the PEM that the schema reads, and what is wrong with those that are no such key. */
export function withSignerKeys(
  document: unknown,
  keys: ReadonlyMap<string, string>,
): { readonly document: unknown; readonly issues: readonly ErrorIssue[] } {
  const places = new Map(placesIn(document).map((place) => [place.signer, place]));
  if (places.size === 0) return { document, issues: [] };
  const issues: ErrorIssue[] = [];
  const pemOf = ({ publicKey, pointer }: Place) => {
    const read = canonicalPem(keys.get(publicKey) ?? publicKey);
    if ('pem' in read) return read.pem;
    issues.push({ pointer, code: 'invalid-policy', detail: read.fault });
    return publicKey;
  };
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (value === null || typeof value !== 'object') return value;
    const place = places.get(value as Place['signer']);
    const members = Object.entries(value).map(([key, member]) => [key, copy(member)]);
    return { ...Object.fromEntries(members), ...(place && { publicKey: pemOf(place) }) };
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

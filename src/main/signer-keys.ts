import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { GantryError } from '../domain/errors.ts';
import { refuse, toPointer } from '../domain/refuse.ts';
import { readText } from './load-yaml.ts';

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
  return entriesOf(memberOf(document, 'environments')).flatMap(([environment, rules]) => {
    const signers = memberOf(memberOf(rules, 'evidence'), 'signers');
    return entriesOf(Array.isArray(signers) ? signers : undefined).flatMap(([i, signer]) => {
      const publicKey = memberOf(signer, 'publicKey');
      if (typeof publicKey !== 'string') return [];
      const pointer = toPointer(['environments', environment, 'evidence', 'signers', i, 'publicKey']);
      return [{ signer: signer as Place['signer'], publicKey, pointer }];
    });
  });
}

/** The texts of the key files that a policy names, by path. Throws `invalid-policy` where one cannot be read. */
export async function readSignerKeys(document: unknown, folder: string): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const { publicKey: path, pointer } of placesIn(document)) {
    if (isInline(path) || keys.has(path)) continue;
    if (!relativePath.test(path)) fail(pointer, 'write PEM, or a plain relative path below the folder of the policy');
    const text = await readText(join(folder, path), 'invalid-policy').catch((error: unknown) =>
      fail(pointer, error instanceof GantryError ? error.message : `${path} cannot be read`),
    );
    keys.set(path, text);
  }
  return keys;
}

/** The document with each key as the PEM that the schema reads. Throws `invalid-policy` for what is no such key. */
export function withSignerKeys(document: unknown, keys: ReadonlyMap<string, string>): unknown {
  const places = new Map(placesIn(document).map((place) => [place.signer, place]));
  if (places.size === 0) return document;
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (value === null || typeof value !== 'object') return value;
    const place = places.get(value as Place['signer']);
    const members = Object.entries(value).map(([key, member]) => [key, copy(member)]);
    const pem = place && { publicKey: canonicalPem(keys.get(place.publicKey) ?? place.publicKey, place.pointer) };
    return { ...Object.fromEntries(members), ...pem };
  };
  return copy(document);
}

/** A key of a kind that can sign evidence, in the one form that the domain reads. */
function canonicalPem(text: string, pointer: string): string {
  // Node would derive the public key; but whoever can read a private one can sign.
  if (/PRIVATE KEY/.test(text)) fail(pointer, 'this is a private key: name the public one, and replace the pair');
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    return fail(pointer, 'this is no public key in PEM');
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type !== 'ed25519' && !(type === 'ec' && details?.namedCurve === 'prime256v1'))
    return fail(
      pointer,
      `a key of type ${type}${details?.namedCurve ? ` (${details.namedCurve})` : ''} cannot sign evidence: use ed25519 or ECDSA P-256`,
    );
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function fail(pointer: string, detail: string): never {
  return refuse([{ pointer, code: 'invalid-policy', detail }]);
}

function memberOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return value !== null && typeof value === 'object' ? Object.entries(value) : [];
}

import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { parseWith } from '../../../../src/domain/base/issues.ts';
import { type MessageName, messageNames } from '../../../../src/domain/messages/messages.ts';
import { readMessage } from '../../../../src/domain/messages/read.ts';
import { messageSchemas } from '../../../../src/domain/messages/schemas.ts';
import { readWarrant, warrantIn } from '../../../../src/domain/messages/warrant.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const proof = {
  nonce: '0'.repeat(32),
  sentBy: 'api',
  roles: ['service-owner'],
  issuedAt: '2026-11-23T08:12:40.000Z',
  expiresAt: '2026-11-23T08:22:40Z',
  signatures: [{ key: 'b'.repeat(16), signature: 'c'.repeat(128) }],
};
const whole = {
  by: 'key:bob',
  reason: 'it is time',
  statement: 'I looked at it',
  id: 'one.more:time',
  proof,
  planDigest: digest,
  gate: 'go',
  role: 'service-owner',
  for: 'handoff',
  step: 'switch',
  result: 'done',
  severity: 'minor',
};
type Key = keyof typeof whole;
const own: { readonly [name in MessageName]: readonly Key[] } = {
  approve: ['planDigest', 'gate', 'role'],
  reject: ['planDigest', 'gate', 'role'],
  withdraw: ['planDigest', 'gate', 'role'],
  abort: [],
  pause: [],
  resume: [],
  acknowledge: ['for', 'role'],
  'complete-step': ['step', 'result'],
  note: ['severity'],
};

/** Texts and things that some member takes, or nearly. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    0,
    true,
    '',
    ' ',
    'start',
    'Start',
    '-go',
    'readiness',
    'failed',
    'major',
    'bearer',
    'key:bob',
    'oidc:https://idp.example/|bob',
    'key:',
    `key:${'x'.repeat(251)}`,
    digest,
    digest.toUpperCase(),
    'x'.repeat(64),
    'x'.repeat(100),
    'x'.repeat(101),
    'x'.repeat(500),
    'x'.repeat(501),
    'nul \0',
    'half \uD800',
    '2026-02-30T00:00:00Z',
    '2026-11-23T08:12Z',
    '2026-11-23T08:12:40+01:00',
    '2026-11-23 08:12:40Z',
    'soon',
    [],
    {},
    [''],
    ['a', 'b'],
    { by: 'key:bob' },
    Array.from({ length: 21 }, () => 'role'),
    proof,
  ),
  fc.string(),
  fc.jsonValue(),
);
/** Where a document is spoilt: a member of its own, of its proof or of a signature, or one that nobody knows. */
const place = fc.constantFrom<readonly string[]>(
  ...Object.keys(whole).map((key) => [key]),
  ...Object.keys(proof).map((key) => ['proof', key]),
  ...['key', 'signature', 'more'].map((key) => ['proof', 'signatures', '0', key]),
  ['proof', 'more'],
  ['more'],
  ['__proto__'],
);
const spoilt = fc.record({
  name: fc.constantFrom(...messageNames),
  without: fc.subarray<Key>(['reason', 'id', 'proof', 'gate', 'role']),
  changes: fc.array(fc.tuple(place, odd), { maxLength: 2 }),
});

function changed(document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (document === null || typeof document !== 'object') return document;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(document) ? [...document] : { ...document };
  const before: unknown = Object.hasOwn(copy, key) ? (copy as Record<string, unknown>)[key] : undefined;
  Object.defineProperty(copy, key, {
    value: changed(before ?? {}, rest, value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

type Found = { readonly value: unknown } | { readonly code: string; readonly pointers: readonly string[] };
function found(read: () => unknown): Found {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return { code: error.code, pointers: error.issues.map(({ pointer }) => pointer) };
  }
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A schema reports all that is wrong, a reader the first thing that it finds. */
function isSame(byReader: Found, bySchema: Found, changes: number): boolean {
  if ('value' in bySchema || 'value' in byReader) return isDeepStrictEqual(asJson(byReader), asJson(bySchema));
  const members = (pointers: readonly string[]) => pointers.map((pointer) => pointer.split('/')[1]);
  const isThere = members(bySchema.pointers).includes(members(byReader.pointers)[0]);
  return byReader.code === 'malformed' && (isThere || changes > 1);
}

describe('a message that a workflow reads', () => {
  it.each(messageNames)('%s is what its schema makes of it', (name) => {
    const keys = ['by', 'reason', 'statement', 'id', 'proof', ...own[name]] as const;
    const raw = Object.fromEntries(keys.map((key) => [key, whole[key]]));
    expect(readMessage(name, raw)).toEqual(raw);
    expect(readMessage(name, raw)).toEqual(messageSchemas[name].parse(raw));
  });

  it('is taken or refused exactly as its schema takes or refuses it', () => {
    const property = fc.property(spoilt, ({ name, without, changes }) => {
      const keys = ['by', 'reason', 'statement', 'id', 'proof', ...own[name]].filter(
        (key) => !without.includes(key as Key),
      );
      const right: unknown = Object.fromEntries(keys.map((key) => [key, whole[key as Key]]));
      const raw = changes.reduce((document, [at, value]) => changed(document, at, value), right);
      const byReader = found(() => readMessage(name, raw));
      const bySchema = found(() => parseWith(messageSchemas[name], raw, 'malformed'));
      return isSame(byReader, bySchema, changes.length);
    });
    expect(() => fc.assert(property, { numRuns: 2_000 })).not.toThrow();
  });

  it.each([null, undefined, 'by', 7, [], [whole]])('is refused when it is %j', (raw) => {
    expect(found(() => readMessage('abort', raw))).toMatchObject({ code: 'malformed' });
  });
});

it('reads a warrant, and nothing that only looks like one', () => {
  const warrant = { runId: 'a-run', planDigest: digest, proof };
  expect(readWarrant(warrant)).toEqual(warrant);
  expect(warrantIn(warrant)).toEqual(warrant);
  for (const wrong of [
    null,
    'warrant',
    {},
    { ...warrant, runId: '' },
    { ...warrant, more: 1 },
    { runId: 'a', proof },
  ]) {
    expect(found(() => readWarrant(wrong))).toMatchObject({ code: 'malformed' });
    expect(warrantIn(wrong)).toBeNull();
  }
});

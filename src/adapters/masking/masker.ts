import { readingsOf, withoutBlanks } from './readings.ts';
import { inOne, type Sought, type Stretch, seeker } from './seek.ts';

/** How many bytes of a secret can be sought. */
export function soughtLength(secret: Uint8Array): number {
  return withoutBlanks(secret).length;
}

/**
 * Answers how to replace every form of every secret in a text: a text, or the bytes of a file. Forms that overlap are
 * masked as one, by the name of the longest.
 */
export function masker(secrets: ReadonlyMap<string, string | Uint8Array>): (text: string) => string {
  const seek = seeker([...secrets].flatMap(([name, value]) => soughtOf(Buffer.from(value), `[secret:${name}]`)));
  return (text) => {
    if (secrets.size === 0) return text;
    const found: Stretch[] = [];
    for (const { bytes, from, to, length } of readingsOf(text))
      for (const stretch of seek(bytes, length))
        found.push({ ...stretch, from: from[stretch.from] ?? 0, to: to[stretch.to - 1] ?? text.length });
    let masked = '';
    let end = 0;
    for (const { from, to, name } of inOne(found)) {
      masked += text.slice(end, from) + name;
      end = to;
    }
    return masked + text.slice(end);
  };
}

/**
 * What is looked for in each reading of a text: the secret; its lines, one of several may be printed by itself; and what
 * hex and base64 make of it, with anything before and after.
 */
function soughtOf(value: Buffer, name: string): readonly Sought[] {
  const lines = latin1(value).split('\n');
  // What is printed of bytes that are no UTF-8 reaches us with other characters in their place.
  const printed = Buffer.from(value.toString('utf8'));
  const hex = value.toString('hex');
  const texts = [
    hex,
    hex.toUpperCase(),
    ...(['base64', 'base64url'] as const).flatMap((encoding) => [
      value.toString(encoding),
      ...[0, 1, 2].map((offset) => base64Core(value, offset, encoding)),
    ]),
  ].map((text) => Buffer.from(text));
  const plain = [
    value,
    ...(printed.equals(value) ? [] : [printed]),
    ...(lines.length > 1 ? lines.map((line) => Buffer.from(line, 'latin1')) : []),
  ];
  const distinct = new Map([...plain.map(withoutBlanks), ...texts].map((bytes) => [latin1(bytes), bytes]));
  return [...distinct.values()].map((bytes) => ({ bytes, name }));
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** The characters of a base64 text that depend on the value alone when `offset` bytes stand before it. */
function base64Core(value: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), value]).toString(encoding);
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + value.length) * 8) / 6));
}

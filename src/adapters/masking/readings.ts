/**
 * A text as bytes of UTF-8 without white space, each with the piece of the text that it was read from (in UTF-16 code
 * units, `to` exclusive). Without white space, so that no wrapping or indentation hides anything.
 */
export interface Reading {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

const [percent, plus, backslash, space] = [0x25, 0x2b, 0x5c, 0x20];
const letterU = 0x75;
const letterX = 0x78;

const isBlank = (byte: number) => byte === space || (byte >= 9 && byte <= 13);

/**
 * Every way in which a text can be read, itself first: as URLs escape (each byte of it or only some, `+` for a space or
 * not), and as JSON and most languages do (`\uXXXX`, `\/`, `\xXX`), once or within one another. What is looked for is then
 * the same in all of them, whoever wrote it and whatever they chose to escape. Takes time that grows with the text alone.
 */
export function* readingsOf(text: string): Generator<Reading> {
  let escaped: Reading | null = plainly(text);
  for (let times = 0; escaped && times <= maxEscaped; times += 1) {
    yield escaped;
    if (has(escaped, percent)) yield unquoted(escaped, false);
    if (has(escaped, plus)) yield unquoted(escaped, true);
    escaped = has(escaped, backslash) ? unescaped(escaped) : null;
  }
}

/** JSON in a text of JSON in a text of JSON. */
const maxEscaped = 3;

const has = ({ bytes, length }: Reading, byte: number) => bytes.subarray(0, length).includes(byte);

/** A secret, or a part of one, as readings of a text have it. */
export function withoutBlanks(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte) => !isBlank(byte));
}

class Writing {
  length = 0;
  readonly bytes: Uint8Array;
  readonly from: Uint32Array;
  readonly to: Uint32Array;

  constructor(max: number) {
    this.bytes = new Uint8Array(max);
    this.from = new Uint32Array(max);
    this.to = new Uint32Array(max);
  }

  add(byte: number, from: number, to: number): void {
    if (isBlank(byte)) return;
    this.bytes[this.length] = byte;
    this.from[this.length] = from;
    this.to[this.length] = to;
    this.length += 1;
  }

  /** A character in UTF-8. Half a surrogate pair is U+FFFD, as everywhere. */
  addCharacter(codePoint: number, from: number, to: number): void {
    if (codePoint < 0x80) return this.add(codePoint, from, to);
    const character = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
    for (const byte of Buffer.from(String.fromCodePoint(character))) this.add(byte, from, to);
  }
}

function plainly(text: string): Reading {
  const read = new Writing(Buffer.byteLength(text));
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i) ?? 0;
    const next = i + (codePoint > 0xffff ? 2 : 1);
    read.addCharacter(codePoint, i, next);
    i = next;
  }
  return read;
}

/** `%XX` as the byte that it stands for and, where `plusIsSpace`, `+` as a space, so as nothing. */
function unquoted({ bytes, from, to, length }: Reading, plusIsSpace: boolean): Reading {
  const read = new Writing(length);
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === plus && plusIsSpace) continue;
    const code = byte === percent ? hexAt(bytes, i + 1, 2, length) : -1;
    const last = code < 0 ? i : i + 2;
    read.add(code < 0 ? byte : code, from[i] ?? 0, to[last] ?? 0);
    i = last;
  }
  return read;
}

function unescaped({ bytes, from, to, length }: Reading): Reading {
  const read = new Writing(length);
  for (let i = 0; i < length; i += 1) {
    const start = i;
    let byte = bytes[i] ?? 0;
    if (byte !== backslash || i + 1 >= length) {
      read.add(byte, from[i] ?? 0, to[i] ?? 0);
      continue;
    }
    i += 1;
    byte = bytes[i] ?? 0;
    const unit = byte === letterU ? hexAt(bytes, i + 1, 4, length) : -1;
    if (unit >= 0) {
      i += 4;
      const low = isHigh(unit) && bytes[i + 1] === backslash && bytes[i + 2] === letterU;
      const second = low ? hexAt(bytes, i + 3, 4, length) : -1;
      const isPair = second >= 0xdc00 && second <= 0xdfff;
      if (isPair) i += 6;
      const codePoint = isPair ? 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00) : unit;
      read.addCharacter(codePoint, from[start] ?? 0, to[i] ?? 0);
      continue;
    }
    const code = byte === letterX ? hexAt(bytes, i + 1, 2, length) : -1;
    if (code >= 0) i += 2;
    read.add(code >= 0 ? code : (controls.get(byte) ?? byte), from[start] ?? 0, to[i] ?? 0);
  }
  return read;
}

/** `\n` and its like are white space, all but `\b`. */
const controls: ReadonlyMap<number, number> = new Map([
  [0x62, 8],
  [0x66, 12],
  [0x6e, 10],
  [0x72, 13],
  [0x74, 9],
]);

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;

/** The number that so many hex digits write; -1: they are none. */
function hexAt(bytes: Uint8Array, at: number, digits: number, length: number): number {
  if (at + digits > length) return -1;
  let value = 0;
  for (let i = at; i < at + digits; i += 1) {
    const byte = bytes[i] ?? 0;
    const lower = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

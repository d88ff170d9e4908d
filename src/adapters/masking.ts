/** The fewest characters that are masked: what is shorter would hide half of every output. */
export const shortestMasked = 8;

/** Left out of texts and of what is sought in them, so that no wrapping or indentation hides anything. */
const blank = /\s+/g;

/** How many characters of a secret can be sought. */
export function soughtLength(secret: string): number {
  return secret.replace(blank, '').length;
}

interface Span {
  readonly from: number;
  to: number;
  longest: number;
  name: string;
}

/**
 * Answers how to replace every form of every secret in a text. The time it takes grows with the text, not with the
 * number of forms: a rolling hash of the first characters finds where one may begin (Rabin and Karp). Forms that
 * overlap are masked as one, by the name of the longest.
 */
export function masker(secrets: ReadonlyMap<string, string>): (text: string) => string {
  const byHash = new Map<number, { readonly form: string; readonly name: string }[]>();
  for (const [name, value] of secrets)
    for (const form of new Set(formsOf(value).map((one) => one.replace(blank, '')))) {
      if (form.length < shortestMasked) continue;
      const hash = hashOf(form);
      byHash.set(hash, [...(byHash.get(hash) ?? []), { form, name: `[secret:${name}]` }]);
    }
  return (text) => {
    if (byHash.size === 0) return text;
    const { dense, places } = withoutBlanks(text);
    const spans: Span[] = [];
    let hash = hashOf(dense);
    for (let i = 0; i + shortestMasked <= dense.length; i += 1) {
      for (const { form, name } of byHash.get(hash) ?? [])
        if (dense.startsWith(form, i)) addSpan(spans, i, form.length, name);
      const rest = Math.imul(hash - Math.imul(dense.charCodeAt(i), weightOfFirst), base);
      hash = (rest + dense.charCodeAt(i + shortestMasked)) | 0;
    }
    let masked = '';
    let end = 0;
    for (const { from, to, name } of spans) {
      masked += text.slice(end, places[from]) + name;
      end = (places[to - 1] ?? 0) + 1;
    }
    return masked + text.slice(end);
  };
}

function addSpan(spans: Span[], from: number, length: number, name: string): void {
  const last = spans.at(-1);
  if (!last || from >= last.to) {
    spans.push({ from, to: from + length, longest: length, name });
    return;
  }
  last.to = Math.max(last.to, from + length);
  if (length <= last.longest) return;
  last.longest = length;
  last.name = name;
}

const base = 0x01000193;
const weightOfFirst = Array.from({ length: shortestMasked - 1 }).reduce<number>((weight) => Math.imul(weight, base), 1);

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < shortestMasked; i += 1) hash = (Math.imul(hash, base) + text.charCodeAt(i)) | 0;
  return hash;
}

/** A text without its white space, and where each of its characters stood. */
function withoutBlanks(text: string): { readonly dense: string; readonly places: Uint32Array } {
  const places = new Uint32Array(text.length);
  let count = 0;
  const keep = (from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      places[count] = i;
      count += 1;
    }
  };
  let end = 0;
  for (const { index, 0: found } of text.matchAll(blank)) {
    keep(end, index);
    end = index + found.length;
  }
  keep(end, text.length);
  return { dense: text.replace(blank, ''), places };
}

/** Every way in which a value may be printed, itself first. One of several lines may be printed line by line. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const lines = value.split('\n').map((line) => line.replace(/\r$/, ''));
  return [
    ...writtenOf(value),
    ...(lines.length > 1 ? lines.flatMap(writtenOf) : []),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...[0, 1, 2].flatMap((offset) => [base64Core(bytes, offset, 'base64'), base64Core(bytes, offset, 'base64url')]),
  ];
}

/** A text as it is, as URLs write it, and as JSON does, in JSON once more too. */
function writtenOf(text: string): readonly string[] {
  const uris = [
    encodeURIComponent(text),
    // RFC 3986 and forms escape more than JavaScript does.
    encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    new URLSearchParams({ '': text }).toString().slice(1),
  ].flatMap((uri) => [uri, uri.replaceAll('%20', '+')]);
  const json = jsonOf(text);
  return [
    text,
    ...uris,
    ...uris.map((uri) => uri.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    ...json,
    ...json.map((one) => JSON.stringify(one).slice(1, -1)),
  ];
}

/** JSON writers differ in what they escape beside what they must. */
function jsonOf(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const unit = (char: string) => char.charCodeAt(0).toString(16).padStart(4, '0');
  const ascii = plain.replace(/[^\x20-\x7e]/g, (char) => `\\u${unit(char)}`);
  return [
    plain,
    ascii, // Python
    plain.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${unit(char)}`), // Go
    plain.replaceAll('/', '\\/'), // PHP, with and without its flag for Unicode
    ascii.replaceAll('/', '\\/'),
    plain
      .replaceAll('\\"', '\\u0022') // .NET
      .replace(/['&+<>`]|[^\x20-\x7e]/g, (char) => `\\u${unit(char).toUpperCase()}`),
  ];
}

/** The characters of a base64 text that depend on the value alone when `offset` bytes stand before it. */
function base64Core(value: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), value]).toString(encoding);
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + value.length) * 8) / 6));
}

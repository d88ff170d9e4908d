/**
 * Markdown that is safe to stand in one line or one table cell. Only the functions of this file make it: whatever a
 * person or a program wrote becomes text here, never structure.
 */
export interface Markdown {
  readonly markdown: string;
}

/** What a template or a cell takes: plain strings are free text and escaped, numbers stand as they are. */
export type Inline = string | number | Markdown;

const escape = String.fromCodePoint(0x1b);
const bell = String.fromCodePoint(0x07);

/** ECMA-48: control sequences, then strings (OSC, DCS, …) with their terminator, then two-character escapes. */
const escapeSequences = new RegExp(
  [
    `(?:${escape}\\[|\\u009b)[0-?]*[ -/]*[@-~]`,
    `(?:${escape}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^${bell}${escape}\\u009c]*(?:${bell}|${escape}\\\\|\\u009c)`,
    `${escape}[ -/]*[0-~]`,
  ].join('|'),
  'gu',
);

/**
 * One line that is safe for a terminal: no escape sequences, no bidirectional or invisible characters, white space as
 * single spaces, any other control character as U+FFFD.
 */
export function plainText(value: string): string {
  return (
    value
      .toWellFormed()
      .replace(escapeSequences, '')
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      // U+2800 is a Braille pattern without dots: as blank as a space.
      .replace(/[\s\u0085\u2800]+/gu, ' ')
      .replace(/\p{Cc}/gu, '\u{fffd}')
      .trim()
  );
}

function cut(value: string, maxLength: number): string {
  if (value.length <= maxLength) return value;
  // Never half of a surrogate pair.
  return `${value.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Entities, not backslashes: they hold in every renderer, in tables too, and leave no special characters in the text. */
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '|': '&#124;',
  '`': '&#96;',
  '[': '&#91;',
  ']': '&#93;',
  '\\': '&#92;',
  '*': '&#42;',
  _: '&#95;',
  '~': '&#126;',
  $: '&#36;',
};

/** Words that renderers make a link of by themselves, even after entities are decoded: only a code span stops them. */
const linksItself = /:\/\/|www\.|mailto:|xmpp:|@/i;

function escapeWord(word: string): string {
  if (linksItself.test(word)) return `\`${word.replace(/[`\\|]/g, (character) => encodeURIComponent(character))}\``;
  return word.replace(/[&<|`[\]\\*_~$]/g, (character) => entities[character] ?? '');
}

/** Free text in one line, at most `maxLength` characters: no heading, row, link, HTML or control sequence comes of it. */
export function text(value: string, maxLength = 500): Markdown {
  const words = cut(plainText(value), maxLength).split(' ').map(escapeWord);
  // A line that begins with these would be a heading, a list, a quotation or an underline.
  const safe = words.join(' ').replace(/^(?=[#+=>-])/, '\\');
  return { markdown: safe.replace(/^(\d+)([.)])(?= |$)/, '$1\\$2') };
}

/** A name, digest or command in a code span; what cannot stand in one is free text. */
export function code(value: string, maxLength = 160): Markdown {
  const plain = cut(plainText(value), maxLength);
  return plain === '' || /[`\\|]/.test(plain) ? text(plain, maxLength) : { markdown: `\`${plain}\`` };
}

/** Text in bold. */
export function bold(value: string): Markdown {
  return { markdown: `**${text(value).markdown}**` };
}

/** A link that shows where it leads, for http and https URLs without credentials; anything else stays text. */
export function link(url: string): Markdown {
  const plain = plainText(url);
  if (plain !== url || !URL.canParse(url)) return text(url);
  const parsed = new URL(url);
  if (!['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
    return text(url);
  const href = parsed.href
    .replace(/[|()<>[\]\\`*_~"'$\s]/g, (character) => `%${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`)
    .replaceAll('&', '&amp;');
  const shown = parsed.href.slice(parsed.protocol.length + 2).replace(/\/$/, '');
  return { markdown: `[${code(shown, 80).markdown}](${href})` };
}

const isMarkdown = (value: Inline): value is Markdown => typeof value === 'object';

/** An inline value as Markdown; strings are escaped. */
export function inline(value: Inline): Markdown {
  if (isMarkdown(value)) return value;
  return typeof value === 'number' ? { markdown: String(value) } : text(value);
}

/** A template whose own text is Markdown and whose strings are escaped: `` md`Rejected by ${name}` ``. */
export function md(parts: TemplateStringsArray, ...values: readonly Inline[]): Markdown {
  const filled = parts.map((part, i) => {
    const value = values[i];
    return value === undefined ? part : `${part}${inline(value).markdown}`;
  });
  return { markdown: filled.join('') };
}

/** Values in a row; what is empty or absent is left out. */
export function join(values: readonly (Inline | null)[], separator = ', '): Markdown {
  const present = values.flatMap((value) => (value === null ? [] : [inline(value).markdown]));
  return { markdown: present.filter((value) => value !== '').join(separator) };
}

/** Lines as they were printed, in a block that none of them can end. */
export function block(lines: readonly string[], maxLength = 300): string {
  const shown = lines.map((line) => cut(`${/^ */.exec(line)?.[0] ?? ''}${plainText(line)}`, maxLength));
  const ticks = shown.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(3, ...ticks.map((length) => length + 1)));
  return [`${fence}text`, ...shown, fence].join('\n');
}

/** A table; an empty cell shows a dash, so that an absence is seen. */
export function table(head: readonly string[], rows: readonly (readonly Inline[])[]): string {
  const line = (cells: readonly string[]) => `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`;
  const body = rows.map((row) => {
    if (row.length !== head.length) throw new RangeError('a row has as many cells as the head');
    return line(row.map((cell) => inline(cell).markdown || '–'));
  });
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...body].join('\n');
}

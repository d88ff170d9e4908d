import { formatDuration } from '../../base/duration.ts';
import { bold, code, type Inline, join, type Markdown, md, table, text } from '../../base/markdown.ts';
import type { Actor } from '../../journal/values.ts';

/** A time as every record writes it: UTC with milliseconds. */
export function time(iso: string): Markdown {
  const ms = Date.parse(iso);
  return text(Number.isNaN(ms) ? iso : new Date(ms).toISOString());
}

/** Times from and to, in a row. */
export function periods(all: readonly { readonly from: string; readonly to: string }[]): Markdown {
  return join(all.map(({ from, to }) => md`${time(from)} to ${time(to)}`));
}

/** A text with its digests shortened for tables: `sha256:9f2c…e41`. JSON has them whole. */
export function shortened(value: string): string {
  return value.replace(/(sha256:[0-9a-f]{4})[0-9a-f]{57}([0-9a-f]{3})(?![0-9a-f])/g, '$1…$2');
}

export function digest(value: string): Markdown {
  return code(shortened(value));
}

/** An action as one line. */
export function command(described: string): Markdown {
  return code(shortened(described), 700);
}

/** A short time in milliseconds, a longer one in units. */
export function span(ms: number): string {
  return Math.abs(ms) < 1000 ? `${ms} ms` : formatDuration(ms);
}

/** `20778` → `20,778`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 probe`, `2 probes`, `2 breaches`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A verdict; whatever is not good is in bold. */
export function verdict(value: string): Markdown {
  return value === 'passed' ? text(value) : bold(value.replaceAll('-', ' '));
}

/** Channel and identity. What the API did not vouch for is marked, with the rule that let it count. */
export function identity({ via, identity: known, verifiedAt }: Actor, unsigned: 'accept' | 'refuse'): Markdown {
  if (verifiedAt !== undefined)
    return md`${via}, verified: the store last vouched for the key at ${time(verifiedAt)}, and was silent then`;
  return known === 'verified'
    ? md`${via}, verified`
    : md`${via}, **asserted, not verified** (policy: unsigned ${unsigned})`;
}

export function person({ name, subject }: Actor): Markdown {
  return md`${name} (${subject})`;
}

/** A table with one row an item; nothing where there are no items. */
export function tableOf<Item>(
  head: readonly string[],
  items: readonly Item[],
  row: (item: Item, i: number) => readonly Inline[],
): readonly string[] {
  return items.length === 0 ? [] : [table(head, items.map(row))];
}

/** Values in a row, or a word where there are none. */
export function listed(values: readonly Inline[], none: string, separator = ', '): Markdown {
  return values.length === 0 ? text(none) : join(values, separator);
}

/** A paragraph of lines that belong together; absent ones are left out. */
export function paragraph(...lines: readonly (Inline | null)[]): string {
  return lines
    .flatMap((line) => (line === null ? [] : [typeof line === 'object' ? line.markdown : text(String(line)).markdown]))
    .filter((line) => line !== '')
    .join('\n');
}

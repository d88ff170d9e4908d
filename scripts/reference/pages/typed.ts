import { page, table } from '../markdown.ts';
import { type Member, type NamedType, Types } from '../types.ts';
import { meanings } from './meanings.ts';

/** A page about values that have types and no schema. */
export interface TypedPage {
  readonly parts: readonly { readonly name: string; readonly meaning: string; readonly members: readonly Member[] }[];
  readonly types: readonly NamedType[];
}

/** The members of a type, each with its own table, and every type that these name. */
export function typedPage(file: string, name: string): TypedPage {
  const types = new Types(file, meanings);
  const parts = types.membersOf(name);
  return { parts, types: types.linked() };
}

/** Its text: `words` for parts whose type says nothing of them. */
export function typedText(
  title: string,
  intro: readonly string[],
  { parts, types }: TypedPage,
  { heading, words = {} }: { readonly heading: string; readonly words?: Readonly<Record<string, string>> },
): string {
  return page(
    title,
    ...intro,
    '`a.b` is `b` in `a`, `a[]` each member of a list. Times are ISO 8601 in UTC.',
    `## ${heading}`,
    ...parts.map((part) => section(part.name, words[part.name] ?? part.meaning, [part.members])),
    '## Values',
    ...types.map(({ name, meaning, variants }) => section(name, meaning, variants)),
  );
}

function section(name: string, meaning: string, variants: readonly (readonly Member[])[]): string {
  const tables = variants.filter(({ length }) => length > 0).map(memberTable);
  return [`### ${name}`, meaning, ...tables].filter((part) => part !== '').join('\n\n');
}

function memberTable(members: readonly Member[]): string {
  const rows = members.map(({ path, meaning, takes, isOptional }) => [
    `\`${path}\``,
    meaning.replaceAll('<', '\\<'),
    takes,
    isOptional ? 'may be absent' : '',
  ]);
  return table(['member', 'meaning', 'is', ''], rows);
}

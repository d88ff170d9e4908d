import type { Examples } from '../examples.ts';
import { formLegend } from '../formats.ts';
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

/** What the text of a page is made of beside its types. */
interface Words {
  readonly heading: string;
  /** Of parts whose type says nothing of them. */
  readonly words?: Readonly<Record<string, string>>;
  /** The part itself in each of the models, by its name. */
  readonly whole: (name: string) => readonly object[];
  /** Whether it is shown as a whole, beside the example of each of its members. */
  readonly isShown: boolean;
  readonly examples: Examples;
}

/** Its text. */
export function typedText(
  title: string,
  intro: readonly string[],
  { parts, types }: TypedPage,
  { heading, words = {}, whole, isShown, examples }: Words,
): string {
  return page(
    title,
    ...intro,
    `\`a.b\` is \`b\` in \`a\`, \`a[]\` each member of a list. ${formLegend}`,
    'Only Gantry writes it, so nothing has a default: a member that is absent says nothing. `–` stands beside what its parts show, or the table that it links to.',
    `## ${heading}`,
    ...parts.map(({ name, meaning, members }) => {
      const own = whole(name);
      return section(name, words[name] ?? meaning, [
        memberTable(members, examples.of(members, own)),
        isShown ? `\`\`\`json\n${JSON.stringify(own[0])}\n\`\`\`` : '',
      ]);
    }),
    '## Values',
    ...types.map(({ name, meaning, variants }) =>
      section(
        name,
        meaning,
        variants.map((members) => memberTable(members, examples.of(members))),
      ),
    ),
  );
}

function section(name: string, meaning: string, parts: readonly string[]): string {
  return [`### ${name}`, meaning, ...parts].filter((part) => part !== '').join('\n\n');
}

export function memberTable(members: readonly Member[], shown: readonly string[]): string {
  if (members.length === 0) return '';
  const rows = members.map(({ path, meaning, takes, isOptional }, i) => [
    `\`${path}\``,
    meaning.replaceAll('<', '\\<'),
    takes,
    isOptional ? 'may be' : 'never',
    shown[i] ?? '–',
  ]);
  return table(['member', 'meaning', 'is', 'absent', 'example'], rows);
}

import { code, type Field } from './fields.ts';

/** A table whose cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Fields with meaning, type and bounds, what counts without them, and an example. */
export function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(({ path, meaning, takes, isNeeded, default: usual, example }) => [
    `\`${path}\``,
    meaning,
    takes,
    isNeeded ? 'needed' : usual === undefined ? '–' : code(usual),
    example === undefined ? '–' : code(example),
  ]);
  return table(['field', 'meaning', 'takes', 'absent', 'example'], rows);
}

/** A page with its parts, one below the other. */
export const page = (title: string, ...parts: readonly string[]) =>
  `${[`# ${title}`, generated, ...parts].join('\n\n')}\n`;

const generated = '<!-- Written by `npm run reference` from the sources: a change here is lost, and a test fails. -->';

/** Fields of one thing, under their heading. */
export interface Section {
  readonly title: string;
  readonly level?: number;
  readonly says: string;
  readonly fields: readonly Field[];
}

/** A section with its table. */
export function sectionText({ title, level = 2, says, fields }: Section): string {
  const parts = [`${'#'.repeat(level)} ${title}`, says, fields.length === 0 ? '' : fieldTable(fields)];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** How tables of fields are read. */
export const legend = [
  '`a.b` is `b` in `a`, `a[]` each member of a list, `a.<name>` each member under a name of your own.',
  'Under "absent" stands `needed` for what is refused without it, a value for what counts then, and `–` where nothing is asked for or the meaning says what counts. What has no bound beside it has none; what has `–` as its example is shown by its parts, or by the table that it links to.',
  'A duration is written `500ms`, `30s`, `15m`, `24h` or `7d`, at most `90d`; a name is 1 to 63 lower-case letters, digits and inner hyphens.',
].join(' ');

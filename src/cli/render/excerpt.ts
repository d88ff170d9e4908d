/** A line of a file with a caret under its column, both counted from 1, as compilers show where a fault is. */
export function excerpt(text: string, line: number, column: number): string {
  const shown = (text.split(/\r?\n/)[line - 1] ?? '').replaceAll('\t', ' ').slice(0, 200);
  const margin = String(line).length;
  return [`  ${line} | ${shown}`, `  ${' '.repeat(margin)} | ${' '.repeat(Math.min(column, 201) - 1)}^`].join('\n');
}

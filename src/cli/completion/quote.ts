/** A word as every shell of the family takes it literally. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** How a command is told apart while a shell walks along a line: ` evidence list`. */
export const placeOf = (path: readonly string[]) => path.map((word) => ` ${word}`).join('');

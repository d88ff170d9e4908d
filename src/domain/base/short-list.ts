/** The first names of a list, by default ten, and how many more there are: `a, b and 3 more`. Longer lists are not read. */
export function shortList(names: readonly string[], max = 10): string {
  const more = names.length - max;
  return `${names.slice(0, max).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

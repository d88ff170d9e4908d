const maxShown = 10;

/** The first ten of a list in words, and how many more there are: longer lists are not read. */
export function shortList(items: readonly string[]): string {
  const shown = items.slice(0, maxShown).join(', ');
  return items.length > maxShown ? `${shown} and ${items.length - maxShown} more` : shown;
}

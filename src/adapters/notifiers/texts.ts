import type { Notice } from '../../domain/notifiers.ts';

/** What somebody must do, in one line; null: nothing. */
export function wantedLine({ wanted }: Pick<Notice, 'wanted'>): string | null {
  if (wanted === null) return null;
  const until = wanted.until === null ? '' : `, until ${wanted.until}`;
  return `Wanted of ${wanted.who}: ${wanted.what}${until}.`;
}

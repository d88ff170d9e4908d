import type { JournalEntry } from '../journal/entries.ts';
import type { Wait } from '../journal/values.ts';
import type { Source } from './source.ts';

const forPeople: ReadonlySet<Wait['kind']> = new Set(['readiness', 'approval', 'gate', 'manual', 'pause', 'handoff']);

/** Milliseconds in which the deployment waited for people; waits that overlap count once. */
export function waitedForPeopleMs({ journal, last }: Pick<Source, 'journal' | 'last'>): number {
  const open = new Map<Wait['kind'], number>();
  let waited = 0;
  let since = 0;
  const close = (at: number) => {
    if (open.size === 0) waited += at - since;
  };
  for (const entry of journal) {
    const at = Date.parse(entry.at);
    for (const kind of endedBy(entry, open)) if (open.delete(kind)) close(at);
    if (entry.type !== 'waiting-started' || !forPeople.has(entry.wait.kind)) continue;
    if (open.size === 0) since = at;
    open.set(entry.wait.kind, at);
  }
  if (open.size > 0) waited += Date.parse(last.at) - since;
  return waited;
}

/** A new phase ends every wait of the one before. */
function endedBy(entry: JournalEntry, open: ReadonlyMap<Wait['kind'], number>): readonly Wait['kind'][] {
  if (entry.type === 'waiting-ended') return [entry.kind];
  return entry.type === 'phase-entered' || entry.type === 'ended' ? [...open.keys()] : [];
}

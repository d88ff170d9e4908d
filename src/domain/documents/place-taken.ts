/** What a record's file is known by: the id of its deployment and the time of its request. */
export type RecordOwner = readonly string[];

const headLength = 64 * 1024;
const lastEntry = /^Journal: \d+ entr(?:y|ies), the last is (\d+) /gm;

/** Why a record must not overwrite a file: it is another deployment's, or covers more entries. */
export function placeTakenBy(file: string, record: string, owner: RecordOwner): 'another' | 'newer' | null {
  const head = file.slice(0, headLength);
  if (!owner.every((word) => head.includes(word))) return 'another';
  return entriesIn(file) > entriesIn(record) ? 'newer' : null;
}

/** How many entries of the journal a record covers, by its own words. */
function entriesIn(record: string): number {
  return Number([...record.matchAll(lastEntry)].at(-1)?.[1] ?? 0);
}

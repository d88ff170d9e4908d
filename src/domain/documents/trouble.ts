import type { DocumentTrouble } from '../journal/document-troubles.ts';

const passing: ReadonlySet<DocumentTrouble> = new Set(['moved', 'locked', 'gone', 'hanging', 'failed']);

/** Whether another attempt may come to something. */
export function mayPass(trouble: DocumentTrouble): boolean {
  return passing.has(trouble);
}

/** What git's own words, in English, say of an attempt that failed. */
export function troubleOf(said: string): DocumentTrouble {
  const own = said.split('\n').filter((line) => !free.test(line));
  const [, found = 'failed'] = words.find(([pattern]) => pattern.test(own.join('\n'))) ?? [];
  return found;
}

/** What a hook or a server says in words of its own, which may be any. */
const free = /^remote: (?!error:|fatal:)/;

const words: readonly (readonly [RegExp, DocumentTrouble])[] = [
  [/couldn't find remote ref/i, 'no-branch'],
  [
    /authentication failed|could not read (username|password)|returned error: 40[13]|invalid username or|access denied|permission denied/i,
    'denied',
  ],
  [/hook declined|protected branch|prohibited|not allowed|refusing to update|denyCurrentBranch/i, 'refused'],
  [
    /\(fetch first\)|non-fast-forward|is at [0-9a-f]+ but expected|stale info|incorrect old value|reference already exists/i,
    'moved',
  ],
  [/cannot lock ref|unable to create '[^']*\.lock'|failed to lock|failed to update ref/i, 'locked'],
  // The remote has trouble of its own.
  [/unpacker error|unpack failed|no space left|internal server error/i, 'failed'],
  [/remote rejected/i, 'refused'],
  [/operation too slow|timed out/i, 'hanging'],
  [
    /does not (exist|appear to be)|not found|returned error: (404|410|5\d\d)|could not resolve|unable to access|connection|could not connect|early eof|hung up|no such/i,
    'gone',
  ],
];

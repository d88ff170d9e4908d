/** What keeps documents from being written; `docs/documents.md` says of each what becomes of it. */
export const documentTroubles = [
  'moved',
  'locked',
  'gone',
  'hanging',
  'failed',
  'refused',
  'denied',
  'no-branch',
  'unusable',
] as const;
export type DocumentTrouble = (typeof documentTroubles)[number];

/** Why documents could not be written; `docs/documents.md` says what happens then. */
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

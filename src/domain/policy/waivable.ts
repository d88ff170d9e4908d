/** What a policy may waive for an emergency; the five stages, identity, lock, digest and record never are. */
export const waivable = [
  'window',
  'evidence-age',
  'rehearsal-age',
  'quorum',
  'rollback-checks',
  'health-at-start',
] as const;
export type Waivable = (typeof waivable)[number];

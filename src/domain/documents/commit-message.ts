import { releasePattern } from '../base/release.ts';
import type { Serves } from './serves.ts';

/**
 * The message of a commit. It holds only names that match patterns: free text could close issues, skip pipelines or pass
 * for a trailer. The trailer identifies the deployment and the writing.
 */
export function commitMessage(said: {
  readonly service: string;
  readonly environment: string;
  readonly deployment: string;
  readonly writing: number;
  /** Null: only the record is written. */
  readonly serves: Serves | null;
}): string {
  const { service, environment, deployment, writing, serves } = said;
  return [
    `docs: ${serves ? `${service} in ${environment} ${servesWords(serves)}` : `record of ${deployment}`}`,
    '',
    `Written by Gantry for deployment ${deployment}.`,
    '',
    `Gantry-Deployment: ${deployment}`,
    `Gantry-Writing: ${writing}`,
    '',
  ].join('\n');
}

/** Anybody who reaches Temporal can send a release of any name: one that breaks the pattern is not quoted. */
const nameOf = (release: string) => (releasePattern.test(release) ? release : 'a release without a name');

function servesWords(serves: Serves): string {
  switch (serves.kind) {
    case 'release':
      return `serves ${nameOf(serves.live.release)}`;
    case 'nothing':
      return 'serves nothing';
    case 'unknown':
      return 'needs a person';
  }
}

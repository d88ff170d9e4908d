import { type Markdown, md } from '../../base/markdown.ts';
import { type Certification } from '../certification-section.ts';
import { digest, listed } from './words.ts';

/** What policy leaves open, beside the digest of the policy that does. */
export function notRequiredLine({ policyDigest, notRequired }: Certification): Markdown {
  return md`Not required by policy ${digest(policyDigest)}: ${listed(notRequired, 'nothing')}.`;
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const source = new URL('./service.mjs', import.meta.url);
const releasePattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/;

/** The artifact of a release: its digest covers everything that makes it behave as it does, the source and the name. */
export function artifactOf(release) {
  if (!releasePattern.test(release) || release.includes('..')) throw new Error(`${release} is no name of a release`);
  const digest = createHash('sha256').update(readFileSync(source)).update(`\n${release}`).digest('hex');
  return { uri: `shop:${release}`, digest: `sha256:${digest}` };
}

/** `shop:1.4.2` → `1.4.2`; undefined for anything that is no artifact of the shop. */
export function releaseOf(uri) {
  const release = typeof uri === 'string' && uri.startsWith('shop:') ? uri.slice('shop:'.length) : '';
  return releasePattern.test(release) && !release.includes('..') ? release : undefined;
}

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { digestOf } from '../base/canonical-json.ts';

/** What a link to a page stands for: its holder may acknowledge this one page, and received it by this one delivery. */
export interface PageLink {
  /** Or a target, where the page is about none. */
  readonly deployment: string;
  readonly page: string;
  readonly delivery: string;
}

const pattern = /^([a-z0-9.-]{1,160})~([a-z0-9-]{1,40})~([0-9a-f]{32})~([0-9a-f]{64})$/;

/** The token at the end of such a link. It is derived from the key whenever it is needed, and stored nowhere. */
export function pageToken(key: Uint8Array, { deployment, page, delivery }: PageLink): string {
  const signed = [deployment, page, delivery].join('~');
  return `${signed}~${bytesToHex(hmac(sha256, key, utf8ToBytes(`gantry page link ${signed}`)))}`;
}

/** What a token stands for; null where it was not made with this key. */
export function pageLinkOf(key: Uint8Array, token: string): PageLink | null {
  const [, deployment = '', page = '', delivery = ''] = pattern.exec(token) ?? [];
  const link = { deployment, page, delivery };
  // Digests are compared, so that the time it takes reveals nothing of the right token.
  return digestOf(pageToken(key, link)) === digestOf(token) ? link : null;
}

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { digestOf } from '../base/canonical-json.ts';

/** What a link to a page stands for: whoever holds it may acknowledge this one page, and has it from this one delivery. */
export interface PageLink {
  /** Or a target, where the page is about none. */
  readonly deployment: string;
  readonly page: string;
  readonly delivery: string;
}

const pattern = /^([a-z0-9.-]{1,160})~([a-z0-9-]{1,40})~([0-9a-f]{32})~([0-9a-f]{64})$/;

/** The word that such a link ends in. It is made anew from the key whenever it is needed, and kept nowhere. */
export function pageToken(key: Uint8Array, { deployment, page, delivery }: PageLink): string {
  const said = [deployment, page, delivery].join('~');
  return `${said}~${bytesToHex(hmac(sha256, key, utf8ToBytes(`gantry page link ${said}`)))}`;
}

/** What a word stands for; null where it was not made with this key. */
export function pageLinkOf(key: Uint8Array, token: string): PageLink | null {
  const [, deployment = '', page = '', delivery = ''] = pattern.exec(token) ?? [];
  const link = { deployment, page, delivery };
  // Of digests, so that the time it takes says nothing of the word that would have been right.
  return digestOf(pageToken(key, link)) === digestOf(token) ? link : null;
}

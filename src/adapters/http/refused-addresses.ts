import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { GantryError } from '../../domain/base/errors.ts';

/** Link-local and everything else that no service of ours listens on. Loopback and private networks are allowed. */
const refusedRanges = new Set([
  'linkLocal',
  'unspecified',
  'multicast',
  'broadcast',
  'rfc6052',
  'rfc6145',
  '6to4',
  'teredo',
]);
const blocks = (...written: readonly string[]) => written.map((block) => ipaddr.parseCIDR(block));
/** What addresses outside of those ranges stand for; the first that fits. */
const others = {
  loopback: blocks('::1/128'),
  /** Of Amazon, Google, Scaleway, Azure, Alibaba and Oracle. */
  metadata: blocks(
    'fd00:ec2::/32',
    'fd20:ce::/32',
    'fd00:42::42/128',
    '168.63.129.16/32',
    '100.100.100.200/32',
    '192.0.0.192/32',
  ),
  /** An address of IPv4 in the last 32 bits, in ways that the library does not know. */
  embedded: blocks('::/96', '64:ff9b:1::/48'),
};

const unspecified = 'is where a service listens, and nobody to connect to: write 127.0.0.1 for this machine';
const words: ReadonlyMap<string, string> = new Map([
  ['unspecified', unspecified],
  ['multicast', 'is of many machines'],
  ['broadcast', 'is of many machines'],
  ['linkLocal', 'is link-local, where clouds answer with their metadata'],
  ['metadata', 'is where a cloud answers with its metadata'],
]);

/** Why an address must not be connected to; null: it may be. */
function whyRefused(address: string): string | null {
  if (!ipaddr.isValid(address)) return 'is no address';
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  const range = parsed.range();
  const other = ipaddr.subnetMatch(parsed, others);
  if (!refusedRanges.has(range) && !['metadata', 'embedded'].includes(other)) return null;
  return words.get(range) ?? words.get(other) ?? 'stands for another address inside of it';
}

/** Whether an address must not be connected to. */
export function isRefused(address: string): boolean {
  return whyRefused(address) !== null;
}

/** How a check or an action reports it. */
export const addressRefused = 'address refused: link-local, metadata or unspecified';

const refusal = (host: string, why: string) => new GantryError('address-refused', `${host} ${why}`);

/** Throws `address-refused` for a host that is written as an address; names are evaluated when they are resolved. */
export function checkHost(host: string): void {
  const bare = host.replace(/^\[|\]$/g, '');
  const why = isIP(bare) === 0 ? null : whyRefused(bare);
  if (why !== null) throw refusal(bare, why);
}

/** Resolves a name and refuses it when any of its addresses is refused, so that what is evaluated is what is connected to. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    for (const { address } of addresses) {
      const why = whyRefused(address);
      if (why !== null) return callback(refusal(`${hostname} is ${address}, which`, why), '', 0);
    }
    const first = addresses[0];
    if (options.all) return callback(null, addresses);
    return first ? callback(null, first.address, first.family) : callback(refusal(hostname, 'has no address'), '', 0);
  });
};

import { fieldsOf } from '../base/fields.ts';
import type { Finding } from './sightings.ts';

/** What has been paged, by condition, and when it was seen last (milliseconds since the epoch). */
export type Known = Readonly<Record<string, number>>;

/** A condition that is not seen for so long, in milliseconds, is over: seen again, it is paged again. */
const forgottenMs = 5 * 60_000;

/** The most conditions that are remembered. */
const maxKnown = 500;

/** The most conditions that are paged one by one in a round; one more page counts the others. */
export const pagedAtOnce = 10;

const keyOf = ({ code, of, part = '' }: Finding) => [code, of, part].join(' ').trim();

/** The conditions that were not paged yet. */
export function unpaged(findings: readonly Finding[], known: Known): readonly Finding[] {
  return findings.filter((finding) => !Object.hasOwn(known, keyOf(finding)));
}

/** What is known after a round, in which the pages of `missed` reached nobody. */
export function knownAfter(known: Known, seen: readonly Finding[], missed: readonly Finding[], now: number): Known {
  const lost = new Set(missed.map(keyOf));
  const still = Object.entries(known).filter(([, at]) => now - at < forgottenMs);
  const fresh = seen.map((finding): [string, number] => [keyOf(finding), now]);
  const all = Object.entries(Object.fromEntries([...still, ...fresh])).filter(([key]) => !lost.has(key));
  return Object.fromEntries(all.sort(([, a], [, b]) => b - a).slice(0, maxKnown));
}

/** What an earlier round has paged, read from its result; empty where there is none. */
export function knownIn(raw: unknown): Known {
  const entries = Object.entries(fieldsOf(fieldsOf(raw)['known']));
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** `deployment/shop/production/7` → `shop/production`; a task queue is its own. */
export function targetOf({ of }: Finding): string {
  const [kind, service, environment] = of.split('/');
  return (kind === 'deployment' || kind === 'target') && service && environment ? `${service}/${environment}` : of;
}

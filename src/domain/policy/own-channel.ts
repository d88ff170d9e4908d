import { canonicalJson } from '../base/canonical-json.ts';
import type { Channel, Stakeholder } from '../kinds/notification.ts';
import { type Policy, rulesFor } from './policy.ts';

/**
 * The way to a stakeholder as the policy of this process has it now; null where it names none any more. The recipients
 * come with the plan, their addresses do not: addresses change while deployments run, and a forged
 * plan or activity must not have anything sent, least of all a secret, to an address of their own. What is about an
 * environment that the policy has goes to that one's people alone; otherwise every stakeholder of the policy may be notified.
 */
export function ownChannel(
  { environments }: Pick<Policy, 'environments'>,
  environment: string | null,
  stakeholder: Stakeholder,
  { kind, spec }: Channel,
): Channel | null {
  const own = environment === null ? undefined : rulesFor({ environments }, { environment });
  const named = (own ? [own] : Object.values(environments))
    .flatMap(({ stakeholders }) => stakeholders)
    .filter(({ name }) => name === stakeholder.name)
    .flatMap(({ channels }) => channels.filter((one) => one.kind === kind));
  const written = canonicalJson(spec);
  return named.find((one) => canonicalJson(one.spec) === written) ?? (own ? named[0] : undefined) ?? null;
}

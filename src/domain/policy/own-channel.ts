import { canonicalJson } from '../canonical-json.ts';
import type { Policy } from './policy.ts';
import type { Channel, Stakeholder } from './stakeholders.ts';

/**
 * The way to a stakeholder as the policy of this process has it now; null where it names none any more. Who is told
 * comes with the plan, where they are reached does not: addresses change while deployments run, and whoever forges a
 * plan or an activity must not have anything sent, least of all a secret, to an address of their own.
 */
export function ownChannel(
  { environments }: Pick<Policy, 'environments'>,
  environment: string | null,
  stakeholder: Stakeholder,
  { kind, spec }: Channel,
): Channel | null {
  const channelsIn = (name: string) =>
    (Object.hasOwn(environments, name) ? (environments[name]?.stakeholders ?? []) : [])
      .filter((one) => one.name === stakeholder.name)
      .flatMap(({ channels }) => channels.filter((one) => one.kind === kind));
  const written = canonicalJson(spec);
  const everywhere = Object.keys(environments).flatMap(channelsIn);
  const same = everywhere.find((one) => canonicalJson(one.spec) === written);
  return same ?? (environment === null ? undefined : channelsIn(environment)[0]) ?? null;
}

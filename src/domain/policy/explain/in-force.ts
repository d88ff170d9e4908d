import type { Policy } from '../policy.ts';
import { servesService } from '../robots.ts';
import { peopleOfService } from '../roles-for-service.ts';

/** What of a policy holds for a service, in an environment, or both: people with the roles that they have there. */
export function policyFor(
  policy: Policy,
  { service, environment }: { readonly service?: string | undefined; readonly environment?: string | undefined },
): Policy {
  const environments = environment === undefined ? policy.environments : only(policy.environments, environment);
  if (service === undefined) return { ...policy, environments };
  return {
    ...policy,
    people: [...peopleOfService(policy, service)],
    robots: policy.robots.filter((robot) => servesService(robot, service)),
    services: only(policy.services, service),
    environments: Object.fromEntries(
      Object.entries(environments).map(([name, { standard, ...rules }]) => [
        name,
        { ...rules, ...(standard && { standard: standard.filter((one) => one.service === service) }) },
      ]),
    ),
  };
}

function only<T>(all: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key === name));
}

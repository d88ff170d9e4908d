import { GantryError } from '../base/errors.ts';
import { type EnvironmentRules, type Policy, rulesFor } from '../policy/policy.ts';
import type { ProcedureDocument } from './procedure.ts';

/** What a procedure has in an environment: the values and slots of that one, or the slots of all where it has none. */
export function inEnvironment(procedure: ProcedureDocument, environment: string) {
  const { environments = {} } = procedure;
  const own = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  const slots = own?.slots ?? procedure.slots ?? {};
  return {
    /** What `${env.<name>}` means; null: the procedure names no environments. */
    values: own?.values ?? null,
    slots: Object.entries(slots).map(([name, keys]) => ({ name, keys: { name, ...keys } })),
  };
}

/** The rules of an environment; one that the policy does not name cannot be deployed to. Throws `unknown-environment`. */
export function rulesOfEnvironment(policy: Policy, environment: string): EnvironmentRules {
  const rules = rulesFor(policy, { environment });
  if (rules) return rules;
  throw new GantryError('unknown-environment', `The policy names no environment ${environment}.`, {
    pointer: '/environment',
  });
}

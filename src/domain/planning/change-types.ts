import { refuse } from '../base/refuse.ts';
import { excludedFrom } from '../deployment/excluded-approvers.ts';
import type { FrozenPolicy, Plan } from '../plan/plan.ts';
import { emergencyRules } from '../policy/emergency.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import { peopleOfService } from '../policy/roles-for-service.ts';
import { standingFor } from '../policy/standing-approvals.ts';
import type { PlanningInput } from './input.ts';

/** What decides on what a change may stand. */
export interface TypedChange
  extends Pick<Plan, 'service' | 'environment' | 'requester'>,
    Pick<PlanningInput, 'policy' | 'now'> {
  readonly procedure: Pick<Plan['procedure'], 'name' | 'digest'>;
  readonly change: Pick<Plan['change'], 'type' | 'authors' | 'onBehalfOf'>;
}

/**
 * What the type of a change makes of the environment's rules: a standard one stands on a standing approval, an emergency
 * is approved by a role of its own. Throws `policy-not-met` at `/change/type`.
 */
export function freezeChangeType(
  { service, environment, change, requester, procedure, policy, now }: TypedChange,
  { approvals, standard, emergency }: EnvironmentRules,
): Pick<FrozenPolicy, 'standing' | 'emergency'> & Pick<FrozenPolicy['approvals'], 'rules'> {
  const { rules, exclude } = approvals;
  const people = [...peopleOfService(policy, service)];
  switch (change.type) {
    case 'normal':
      return { rules, standing: null, emergency: null };
    case 'standard': {
      const excluded = excludedFrom({ requester, change, policy: { people, approvals: { exclude } } });
      const asked = { service, procedure: procedure.name, digest: procedure.digest, excluded, now };
      return { rules, standing: standingFor(asked, standard ?? [], rules, people), emergency: null };
    }
    case 'emergency': {
      const detail = `the policy takes no emergencies in ${environment}`;
      if (!emergency) return refuse([{ code: 'policy-not-met', pointer: '/change/type', detail }]);
      const { role, waives, review } = emergency;
      return {
        rules: emergencyRules(rules, emergency),
        standing: null,
        emergency: { role, waives, quorum: rules, reviewWithinMs: review.within, blocksNext: review.blocksNext },
      };
    }
  }
}

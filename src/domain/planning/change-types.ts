import { refuse } from '../base/refuse.ts';
import { excludedFrom } from '../deployment/approvals.ts';
import type { FrozenPolicy } from '../plan/plan.ts';
import type { EnvironmentRules } from '../policy/policy.ts';
import { emergencyRules } from '../policy/quorum.ts';
import { peopleOfService } from '../policy/roles.ts';
import { standingFor } from '../policy/standing.ts';
import type { PlanningInput } from './input.ts';

/** What decides what a change may stand on. */
export interface TypedChange extends Pick<PlanningInput, 'requester' | 'procedureDigest' | 'policy' | 'now'> {
  readonly service: string;
  readonly environment: string;
  /** The procedure's name. */
  readonly procedure: string;
  readonly change: Pick<PlanningInput['request']['change'], 'type' | 'authors' | 'onBehalfOf'>;
}

/**
 * What the type of a change makes of the environment's rules: a standard one stands on a standing approval, an emergency
 * is approved by a role of its own. Throws `policy-not-met` at `/change/type`.
 */
export function freezeChangeType(
  { service, environment, change, requester, procedure, procedureDigest, policy, now }: TypedChange,
  { approvals, standard, emergency }: EnvironmentRules,
): Pick<FrozenPolicy, 'standing' | 'emergency'> & Pick<FrozenPolicy['approvals'], 'rules'> {
  const { rules, exclude } = approvals;
  const people = [...peopleOfService(policy, service)];
  switch (change.type) {
    case 'normal':
      return { rules, standing: null, emergency: null };
    case 'standard': {
      const { authors = [], onBehalfOf = null } = change;
      const excluded = excludedFrom({
        requester,
        change: { authors, onBehalfOf },
        policy: { people, approvals: { exclude } },
      });
      const asked = { service, procedure, digest: procedureDigest, excluded, now };
      return { rules, standing: standingFor(asked, standard ?? [], rules, people), emergency: null };
    }
    case 'emergency': {
      if (!emergency)
        return refuse([
          {
            code: 'policy-not-met',
            pointer: '/change/type',
            detail: `the policy takes no emergencies in ${environment}`,
          },
        ]);
      const { role, waives, review } = emergency;
      return {
        rules: emergencyRules(rules, emergency),
        standing: null,
        emergency: { role, waives, quorum: rules, reviewWithinMs: review.within, blocksNext: review.blocksNext },
      };
    }
  }
}

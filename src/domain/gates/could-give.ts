import type { Stage } from '../base/stages.ts';
import type { Plan } from '../plan/plan.ts';
import { findPerson } from '../policy/find-person.ts';
import { whoMayFreeze } from '../policy/freeze-authority.ts';
import { type Freeze, freezeState } from '../policy/freezes.ts';
import { operatorRoles, type Policy, rulesFor } from '../policy/policy.ts';
import { servesService } from '../policy/roles.ts';
import type { WindowFinding } from '../policy/windows.ts';

/** Somebody who could give what a gate still lacks. */
export interface CouldGive {
  /** Of a signer the id of its key. */
  readonly subject: string;
  readonly name: string;
  /** The role it would count for, `signer`, or what a person or robot may do. */
  readonly role: string;
}

/**
 * Who could prove a stage: where the environment names signers, those whose signature counts for it, whoever submits it;
 * else the pipelines that submit evidence of this service.
 */
export function whoCouldProve({ service, policy }: Plan, stage: Stage): readonly CouldGive[] {
  const { signers } = policy.evidence;
  if (signers)
    return signers
      .filter(({ stages }) => stages.includes(stage))
      .map(({ keyId, name }) => ({ subject: keyId, name, role: 'signer' }));
  return policy.robots
    .filter((robot) => robot.may.includes('submit-evidence') && servesService(robot, service))
    .map(({ subject, name }) => ({ subject, name, role: 'submit-evidence' }));
}

/** Who could request a deployment of a service, a rehearsal as well as any other: people, and pipelines on behalf of one. */
export function whoCouldRequest({ people, robots, services }: Policy, service: string): readonly CouldGive[] {
  const requesters = Object.hasOwn(services, service) ? services[service]?.requesters : undefined;
  const asked = requesters?.map((name) => findPerson(people, name)?.subject);
  const may = people.filter(({ subject }) => asked === undefined || asked.includes(subject));
  const pipelines = robots.filter((robot) => robot.may.includes('request') && servesService(robot, service));
  return [...may, ...pipelines].map(({ subject, name }) => ({ subject, name, role: 'request' }));
}

/**
 * Who could lift the freezes that keep a window closed at `now` (milliseconds since the epoch), each person once. Those
 * that the policy itself names are lifted by nobody.
 */
export function whoCouldLift(
  policy: Policy,
  target: Pick<Plan, 'service' | 'environment'>,
  {
    freezes,
    window,
    now,
  }: { readonly freezes: readonly Freeze[]; readonly window: WindowFinding; readonly now: number },
): readonly CouldGive[] {
  const rules = rulesFor(policy, target);
  if (window.open || !rules) return [];
  const inTheWay = freezes.filter(
    (freeze) =>
      freezeState(freeze, now) === 'active' || (window.fault === 'no-runway' && freeze.from === window.closesAt),
  );
  const could = inTheWay.flatMap(({ scope }) =>
    whoMayFreeze(policy, scope).flatMap(({ subject, name, roles }) => {
      const role = operatorRoles(rules).find((one) => roles.includes(one));
      return role === undefined ? [] : [{ subject, name, role }];
    }),
  );
  return could.filter(({ subject }, i) => could.findIndex((other) => other.subject === subject) === i);
}

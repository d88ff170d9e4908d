import type { Plan } from '../plan/plan.ts';
import { findPerson } from '../policy/find-person.ts';
import { type Freeze, freezeState } from '../policy/freezes-by-people.ts';
import { operatorRoles, whoMayFreeze } from '../policy/operators.ts';
import { type Policy, rulesFor } from '../policy/policy.ts';
import { servesService } from '../policy/robots.ts';
import type { WindowFinding } from '../policy/windows-schema.ts';
import type { CouldGive } from './gate.ts';

// By the whole policy, whose schema workflows do not carry: only a preview is told of these.

/** Who could request a deployment of a service, a rehearsal as well as any other: people, and pipelines on behalf of one. */
export function whoCouldRequest({ people, robots, services }: Policy, service: string): readonly CouldGive[] {
  const requesters = Object.hasOwn(services, service) ? services[service]?.requesters : undefined;
  const may = people.filter((person) => requesters?.some((name) => findPerson(people, name) === person) ?? true);
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
    window: finding,
    now,
  }: { readonly freezes: readonly Freeze[]; readonly window: WindowFinding; readonly now: number },
): readonly CouldGive[] {
  const rules = rulesFor(policy, target);
  if (finding.open || !rules) return [];
  const inTheWay = freezes.filter(
    (freeze) =>
      freezeState(freeze, now) === 'active' || (finding.fault === 'no-runway' && freeze.from === finding.closesAt),
  );
  const could = inTheWay.flatMap(({ scope }) =>
    whoMayFreeze(policy, scope).flatMap(({ subject, name, roles }) => {
      const role = operatorRoles(rules).find((one) => roles.includes(one));
      return role === undefined ? [] : [{ subject, name, role }];
    }),
  );
  return could.filter(({ subject }, i) => could.findIndex((other) => other.subject === subject) === i);
}

import { callerSchema } from '../../contract/service.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { findRobot } from '../../domain/policy/robots.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { declare, reading } from '../schemas.ts';

/** The caller by the credential of the request. */
export function callerRoutes(app: RoutesApp, deps: ApiDeps): void {
  app.get(
    '/v1/caller',
    declare(reading, 'Who asks, and what the policy lets them do', { response: { 200: callerSchema } }),
    async ({ caller: { subject }, credential: { kind: by, id, scopes, expiresAt } }) => {
      const credential = { kind: by, id, scopes: scopes && [...scopes], expiresAt };
      const { policy } = await deps.policy.read();
      const person = findPerson(policy.people, subject);
      if (person) {
        const { name, roles } = person;
        return { subject: person.subject, name, kind: 'person' as const, roles, may: [], services: null, credential };
      }
      const robot = findRobot(policy.robots, subject);
      if (!robot) throw new GantryError('forbidden', `The policy knows no ${subject}.`);
      const { name, may, services = null } = robot;
      return { subject: robot.subject, name, kind: 'robot' as const, roles: [], may, services, credential };
    },
  );
}

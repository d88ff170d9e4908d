import { digestOfJson } from '../domain/canonical-json.ts';
import { GantryError } from '../domain/errors.ts';
import { judgeStages } from '../domain/evidence.ts';
import type { Plan } from '../domain/plan.ts';
import { findPerson, type Policy } from '../domain/policy.ts';
import type { Activities, JudgeResult } from '../domain/ports.ts';
import type { ActivityDeps } from './deps.ts';

/** Judges what only the store and the policy know: the five stages, and who has been removed since the plan was frozen. */
export function judgementActivities({ store, policy, now }: ActivityDeps): Pick<Activities, 'judge'> {
  return {
    async judge({ plan, planDigest }) {
      // Somebody may have started the workflow by hand: approvals bind to this digest, so it must be the plan's own.
      if (digestOfJson(plan) !== planDigest)
        throw new GantryError('plan-changed', `The plan does not have the digest ${planDigest}.`);
      await store.savePlan(planDigest, plan);
      const rows = await store.evidenceOf(plan.artifact.digest);
      const stages = judgeStages(rows, plan.artifact.digest, now(), plan.policy.evidence.maxAgeMs);
      return {
        stages: stages.map(({ evidence, ...finding }) => ({
          ...finding,
          digest: evidence?.digest ?? null,
          url: evidence?.url ?? null,
        })),
        removed: removedSince(plan, (await policy.read()).policy),
      };
    },
  };
}

function removedSince(plan: Plan, { people }: Policy): JudgeResult['removed'] {
  const removed = plan.policy.people.flatMap(({ subject, roles }): [string, readonly string[] | null][] => {
    const person = findPerson(people, subject);
    if (!person) return [[subject, null]];
    const lost = roles.filter((role) => !person.roles.includes(role));
    return lost.length === 0 ? [] : [[subject, lost]];
  });
  return Object.fromEntries(removed);
}

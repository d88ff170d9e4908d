import type { ErrorIssue } from '../base/errors.ts';
import { refuse } from '../base/refuse.ts';
import type { Plan } from '../plan/plan.ts';
import type { Environments } from '../policy/rehearsal-chain.ts';

/**
 * What keeps a plan from being rehearsed; a plan of a deployment is let through. Throws `policy-not-met` where no
 * environment is rehearsed in this one, for a procedure that names no environments, for an emergency, and for each step after which nothing could be rolled back.
 */
export function checkRehearsal(plan: Plan, environments: Environments): void {
  if (plan.mode !== 'rehearsal') return;
  const issues: ErrorIssue[] = [];
  const fault = (pointer: string, detail: string) => issues.push({ code: 'policy-not-met', pointer, detail });
  const where = rehearsedIn(environments);
  if (where.length === 0) fault('/mode', 'the policy asks for no rehearsal, so no environment is there for one');
  else if (!where.includes(plan.environment))
    fault('/mode', `no environment is rehearsed in ${plan.environment}: rehearse in ${where.join(' or ')}`);
  if (plan.env === undefined)
    fault(
      '/procedure',
      `it would move what its addresses name, wherever that is: name in the procedure what is ${plan.environment}’s own (environments.${plan.environment})`,
    );
  if (plan.change.type === 'emergency') fault('/change/type', 'a rehearsal is no emergency');
  plan.steps.forEach((step, i) => {
    if ((step.kind === 'action' || step.kind === 'manual') && step.undo.kind === 'irreversible')
      fault(`/procedure/steps/${i}`, `step ${step.id} cannot be undone, so nothing could be rolled back after it`);
  });
  if (issues.length > 0) refuse(issues);
}

function rehearsedIn(environments: Environments): readonly string[] {
  const named = Object.values(environments).flatMap(({ rehearsal }) => rehearsal?.environment ?? []);
  return [...new Set(named)];
}

import type { Plan } from './plan.ts';
import type { StakeholderEvent } from './policy/policy.ts';
import { isEmergency } from './policy/waivers.ts';
import type { DeploymentState } from './state.ts';
import { describeCause } from './status.ts';

/** What stakeholders hear, as a function of plan and state. */
export function notificationFor(
  plan: Plan,
  planDigest: string,
  state: DeploymentState,
  event: StakeholderEvent,
  what?: string,
): { readonly subject: string; readonly text: string } {
  const how = `${isEmergency(plan) ? 'EMERGENCY ' : ''}${plan.mode === 'rehearsal' ? 'rehearsal of ' : ''}`;
  const name = `${how}${plan.service} ${plan.release} to ${plan.environment} (${state.deployment})`;
  const why = state.cause ?? state.rolledBackBecause;
  const said = what === undefined ? '' : ` ${what}`;
  const saidOrWhy = what ?? (why ? `${describeCause(why)}.` : '');
  switch (event) {
    case 'requested':
      return {
        subject: `Requested: ${name}`,
        text: `${plan.change.summary}. Requested by ${plan.requester.name}. Reason: ${plan.change.reason}${said}`,
      };
    case 'approval-wanted':
      return {
        subject: `Approval wanted: ${name}`,
        text: `${plan.change.summary}. Approvals bind to plan ${planDigest}.${said}`,
      };
    case 'deployed':
      return {
        subject: `Deployed: ${name}`,
        text: what === undefined ? 'In monitoring.' : `In monitoring until ${what}.`,
      };
    case 'ended':
      return { subject: `Ended: ${name}`, text: saidOrWhy };
    case 'page':
      return { subject: `Page: ${name}`, text: saidOrWhy };
  }
}

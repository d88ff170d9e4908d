import { digestOfJson } from '../base/canonical-json.ts';
import { parseDeploymentId } from '../base/ids.ts';
import type { Outcome } from '../base/phases.ts';
import { pick } from '../base/pick.ts';
import type {
  Asked,
  Channel,
  Delivery,
  Facts,
  Notification,
  NotifyInput,
  Stakeholder,
  StakeholderEvent,
} from '../kinds/notification.ts';
import type { Link } from '../kinds/notifier.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import type { DeploymentState } from './state.ts';
import { describeCause } from './status.ts';

/** Who is notified of an event: who is to be notified of everything wanted is notified of approvals, too. */
export function hearersOf(stakeholders: readonly Stakeholder[], event: StakeholderEvent): readonly Stakeholder[] {
  return stakeholders.filter(({ on }) => on.includes(event) || (event === 'approval-wanted' && on.includes('wanted')));
}

/** The notification of an event, as a function of plan and state; its sender adds the time. */
export function notificationFor(
  plan: Plan,
  planDigest: string,
  state: DeploymentState,
  event: StakeholderEvent,
  what?: string | Asked,
  outcome: Outcome | null = state.outcome,
): Omit<Notification, 'at'> {
  const { deployment } = state;
  const asked = typeof what === 'object' ? what : null;
  const lines = linesOf(plan, planDigest, state, event, typeof what === 'object' ? what.text : what);
  const how = `${isEmergency(plan) ? 'EMERGENCY ' : ''}${plan.mode === 'rehearsal' ? 'rehearsal of ' : ''}`;
  return {
    id: notificationId(deployment, event, `${state.seq}`, lines),
    event,
    deployment,
    ...pick(plan, 'service', 'environment', 'release'),
    subject: `${titles[event]}: ${how}${plan.service} ${plan.release} to ${plan.environment} (${deployment})`,
    lines,
    wanted: asked?.wanted ?? wantedBy(plan, deployment, event, outcome),
    facts: factsOf(plan, planDigest, state, outcome),
  };
}

const titles: { readonly [event in StakeholderEvent]: string } = {
  requested: 'Requested',
  'approval-wanted': 'Approval wanted',
  wanted: 'Wanted',
  deployed: 'Deployed',
  ended: 'Ended',
  page: 'Page',
};

function linesOf(
  { change, requester }: Plan,
  planDigest: string,
  { cause, rolledBackBecause }: DeploymentState,
  event: StakeholderEvent,
  what: string | undefined,
): readonly string[] {
  const also = what === undefined ? [] : [what];
  switch (event) {
    case 'requested':
      return [`${change.summary}.`, `Requested by ${requester.name}.`, `Reason: ${change.reason}`];
    case 'approval-wanted':
      return [`${change.summary}.`, `Approvals bind to plan ${planDigest}.`, ...also];
    case 'wanted':
      return [`${change.summary}.`, ...also];
    case 'deployed':
      return [what === undefined ? 'In monitoring.' : `In monitoring until ${what}.`];
    case 'ended':
    case 'page': {
      const why = cause ?? rolledBackBecause;
      return what === undefined && why ? [`${describeCause(why)}.`] : also;
    }
  }
}

/** What an event asks people to do, where nothing more exact is known. */
function wantedBy({ policy }: Plan, deployment: string, event: StakeholderEvent, outcome: Outcome | null) {
  const operators = policy.operators.join(' or ');
  const approvers = policy.approvals.rules.map(({ role, minimum }) => `${minimum} ${role}`).join(', ');
  if (event === 'approval-wanted')
    return { who: approvers, what: `read the plan, then approve or reject ${deployment}`, until: null };
  if (event === 'page') return { who: operators, what: `look at ${deployment}`, until: null };
  if (event !== 'ended' || outcome !== 'needs-intervention') return null;
  return { who: operators, what: `look at ${deployment}, then resolve it`, until: null };
}

/** A page about a deployment or a target of which nothing but the name is known; `occurrence` distinguishes it from others. */
export function pageAbout(
  of: string,
  { subject, text, occurrence, at }: Readonly<Record<'subject' | 'text' | 'occurrence' | 'at', string>>,
): Notification {
  const lines = [text];
  return {
    id: notificationId(of, 'page', occurrence, lines),
    event: 'page',
    at,
    deployment: of,
    ...targetOf(of),
    release: null,
    subject,
    lines,
    wanted: { who: 'whoever is on call', what: `look at ${of}`, until: null },
    facts: null,
  };
}

/** Links to a deployment's status and record below the URL at which browsers reach the API; none where that is not known. */
export function linksOf(publicUrl: string | null, { deployment }: Notification): readonly Link[] {
  if (publicUrl === null || parseDeploymentId(deployment) === undefined) return [];
  const url = `${publicUrl}/v1/deployments/${deployment}`;
  return [
    { rel: 'deployment', title: 'Status', url },
    { rel: 'record', title: 'Record', url: `${url}/record` },
  ];
}

/** The link by which the recipient of a page acknowledges it. `token`: see `trust/page-link.ts`. */
export function acknowledgeLink(publicUrl: string, token: string): Link {
  return { rel: 'acknowledge', title: 'Acknowledge', url: `${publicUrl}/v1/pages/${token}` };
}

/** The id of a notification to one stakeholder through one channel, both as the plan has them: the same at each attempt. */
export function deliveryId(notification: string, stakeholder: string, { kind, spec }: Channel): string {
  return digestOfJson([notification, stakeholder, kind, spec]).slice('sha256:'.length, 'sha256:'.length + 32);
}

/** The deliveries of a notification that reached nobody, and whose trouble may pass: each is tried again. */
export function allMissed({ notification, to }: NotifyInput, summary: string): readonly Delivery[] {
  return to.flatMap(({ name, channels }) =>
    channels.map((channel) => ({
      id: deliveryId(notification.id, name, channel),
      stakeholder: name,
      channel: channel.kind,
      how: channel.kind,
      delivered: false,
      summary,
      again: { afterMs: null },
    })),
  );
}

/** Two notifications of one event at one place of the journal with the same lines are one. */
function notificationId(of: string, event: StakeholderEvent, occurrence: string, lines: readonly string[]): string {
  return `${of}/${event}/${occurrence}/${digestOfJson(lines).slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

function factsOf(plan: Plan, planDigest: string, state: DeploymentState, outcome: Outcome | null): Facts {
  const live = state.bindings?.live ?? null;
  return {
    phase: state.phase,
    outcome,
    planDigest,
    artifact: plan.artifact,
    requester: plan.requester.name,
    previous: live && { release: live.release, artifact: live.artifact },
  };
}

/** Service and environment of a deployment's id or a target's name; null where it is neither. */
function targetOf(of: string): Pick<Notification, 'service' | 'environment'> {
  const deployment = parseDeploymentId(of);
  if (deployment) return pick(deployment, 'service', 'environment');
  const [service = null, environment = null] = of.split('/');
  return environment === null ? { service: null, environment } : { service, environment };
}

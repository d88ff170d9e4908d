import { digestOfJson } from '../base/canonical-json.ts';
import { parseDeploymentId } from '../base/ids.ts';
import type { Outcome } from '../base/phases.ts';
import type {
  Asked,
  Channel,
  Delivery,
  Facts,
  Notification,
  NotifyInput,
  Stakeholder,
  StakeholderEvent,
  Wanted,
} from '../kinds/notification.ts';
import type { Link } from '../kinds/notifier.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import type { DeploymentState } from './state.ts';
import { describeCause } from './status.ts';

/** Who hears of an event: whoever hears of all that is wanted hears of approvals, too. */
export function hearersOf(stakeholders: readonly Stakeholder[], event: StakeholderEvent): readonly Stakeholder[] {
  return stakeholders.filter(({ on }) => on.includes(event) || (event === 'approval-wanted' && on.includes('wanted')));
}

/** What stakeholders hear, as a function of plan and state; whoever sends it says when. */
export function notificationFor(
  plan: Plan,
  planDigest: string,
  state: DeploymentState,
  event: StakeholderEvent,
  what?: string | Asked,
  outcome: Outcome | null = state.outcome,
): Omit<Notification, 'at'> {
  const { deployment } = state;
  const { service, environment, release } = plan;
  const why = state.cause ?? state.rolledBackBecause;
  const because = why ? [`${describeCause(why)}.`] : [];
  const asked = typeof what === 'object' ? what : null;
  const words = typeof what === 'object' ? what.text : what;
  const { title, lines, wanted } = textsOf(plan, planDigest, state, event, { what: words, because, outcome });
  const how = `${isEmergency(plan) ? 'EMERGENCY ' : ''}${plan.mode === 'rehearsal' ? 'rehearsal of ' : ''}`;
  const subject = `${title}: ${how}${service} ${release} to ${environment} (${deployment})`;
  return {
    id: notificationId(deployment, event, `${state.seq}`, lines),
    event,
    deployment,
    service,
    environment,
    release,
    subject,
    lines,
    wanted: asked?.wanted ?? wanted,
    facts: factsOf(plan, planDigest, state, outcome),
  };
}

/** A page about a deployment, or a target, of which nothing but the name is known; `occurrence` tells it from another. */
export function pageAbout(
  of: string,
  said: { readonly subject: string; readonly text: string; readonly occurrence: string; readonly at: string },
): Notification {
  const { subject, text, occurrence, at } = said;
  const { service, environment } = targetOf(of);
  const lines = [text];
  return {
    id: notificationId(of, 'page', occurrence, lines),
    event: 'page',
    at,
    deployment: of,
    service,
    environment,
    release: null,
    subject,
    lines,
    wanted: { who: 'whoever is on call', what: `look at ${of}`, until: null },
    facts: null,
  };
}

/** Where a person can look, by the address at which browsers reach the API; none where nobody has said it. */
export function linksOf(publicUrl: string | null, { deployment }: Notification): readonly Link[] {
  if (publicUrl === null || parseDeploymentId(deployment) === undefined) return [];
  const url = `${publicUrl}/v1/deployments/${deployment}`;
  return [
    { rel: 'deployment', title: 'Status', url },
    { rel: 'record', title: 'Record', url: `${url}/record` },
  ];
}

/** Where whoever gets a page acknowledges it. `token`: see `trust/page-link.ts`. */
export function acknowledgeLink(publicUrl: string, token: string): Link {
  return { rel: 'acknowledge', title: 'Acknowledge', url: `${publicUrl}/v1/pages/${token}` };
}

/** The id of a notification on one way to one stakeholder, both as the plan has them: the same at each attempt. */
export function deliveryId(notification: string, stakeholder: string, { kind, spec }: Channel): string {
  return digestOfJson([notification, stakeholder, kind, spec]).slice('sha256:'.length, 'sha256:'.length + 32);
}

/** Nobody was reached, and nobody can say whether another attempt would: it is tried again. */
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

/** Two notifications of one event at one place of the journal that say the same are one. */
function notificationId(of: string, event: StakeholderEvent, occurrence: string, lines: readonly string[]): string {
  return `${of}/${event}/${occurrence}/${digestOfJson(lines).slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

interface Said {
  readonly what: string | undefined;
  readonly because: readonly string[];
  readonly outcome: Outcome | null;
}
interface Texts {
  readonly title: string;
  readonly lines: readonly string[];
  readonly wanted: Wanted | null;
}

function textsOf(
  plan: Plan,
  planDigest: string,
  { deployment }: DeploymentState,
  event: StakeholderEvent,
  { what, because, outcome }: Said,
): Texts {
  const { change, policy } = plan;
  const saidOrWhy = what === undefined ? because : [what];
  const also = what === undefined ? [] : [what];
  const operators = policy.operators.join(' or ');
  switch (event) {
    case 'requested':
      return {
        title: 'Requested',
        lines: [`${change.summary}.`, `Requested by ${plan.requester.name}.`, `Reason: ${change.reason}`],
        wanted: null,
      };
    case 'approval-wanted':
      return {
        title: 'Approval wanted',
        lines: [`${change.summary}.`, `Approvals bind to plan ${planDigest}.`, ...also],
        wanted: {
          who: policy.approvals.rules.map(({ role, minimum }) => `${minimum} ${role}`).join(', '),
          what: `read the plan, then approve or reject ${deployment}`,
          until: null,
        },
      };
    case 'wanted':
      return { title: 'Wanted', lines: [`${change.summary}.`, ...also], wanted: null };
    case 'deployed':
      return {
        title: 'Deployed',
        lines: [what === undefined ? 'In monitoring.' : `In monitoring until ${what}.`],
        wanted: null,
      };
    case 'ended':
      return {
        title: 'Ended',
        lines: saidOrWhy,
        wanted:
          outcome === 'needs-intervention'
            ? { who: operators, what: `look at ${deployment}, then resolve it`, until: null }
            : null,
      };
    case 'page':
      return {
        title: 'Page',
        lines: saidOrWhy,
        wanted: { who: operators, what: `look at ${deployment}`, until: null },
      };
  }
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
  const [service = null, environment = null] = of.split('/');
  return (
    parseDeploymentId(of) ?? (environment === null ? { service: null, environment: null } : { service, environment })
  );
}

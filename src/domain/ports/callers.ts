import {
  deliveryWorkflowId,
  deploymentOfWorkflow,
  exportWorkflowId,
  isDeploymentOf,
  isDocumentsOf,
  isWorkflowOf,
  pageWorkflowId,
  parseDeploymentId,
  type TargetName,
  targetWorkflowId,
} from '../base/ids.ts';
import { deliveryId } from '../deployment/notification-words.ts';
import type { NotifyInput } from '../kinds/notification.ts';
import type { DeliverInput, PageName } from './notification.ts';
import type { PublishInput } from './publishing.ts';
import type { RunIdentity } from './run-identity.ts';

/**
 * Whether a workflow, by its id, may ask for an activity with this input. Anybody who reaches Temporal can ask any worker
 * for anything: activities of a deployment or a target are carried out for its own workflow only.
 */
export type CallerRule<Input> = (input: Input, caller: string) => boolean;

/** The deployment that an activity is about. */
export interface OfDeployment {
  readonly deployment: string;
}

/** The activity itself verifies input and caller by the seal, and raises an alarm. */
export const whomItIsSealedFor: CallerRule<unknown> = () => true;

export const theDeployment: CallerRule<OfDeployment> = ({ deployment }, caller) => isWorkflowOf(deployment, caller);
export const anyDeployment: CallerRule<unknown> = (_, caller) => deploymentOfWorkflow(caller) !== null;
export const aDeploymentOfTheTarget: CallerRule<TargetName> = (target, caller) =>
  isDeploymentOf(deploymentOfWorkflow(caller) ?? '', target);

export const theTarget: CallerRule<TargetName> = ({ service, environment }, caller) =>
  caller === targetWorkflowId(service, environment);
export const theTargetByItsName: CallerRule<{ readonly target: string }> = ({ target }, caller) =>
  caller === `target/${target}`;
export const theTargetOfTheDeployment: CallerRule<OfDeployment> = ({ deployment }, caller) => {
  const name = parseDeploymentId(deployment);
  return name !== undefined && theTarget(name, caller);
};
export const theTargetOfTheWorkflow: CallerRule<{ readonly workflowId: string }> = ({ workflowId }, caller) =>
  theTargetOfTheDeployment({ deployment: deploymentOfWorkflow(workflowId) ?? '' }, caller);

/** The deployment, and the end that it publishes is its own. */
export const whoseRecordItIs: CallerRule<PublishInput> = ({ deployment, closing }, caller) =>
  isWorkflowOf(deployment, caller) && (closing === null || closing.row.id === deployment);

export const whoExportsTheRecord: CallerRule<OfDeployment> = ({ deployment }, caller) => {
  const name = parseDeploymentId(deployment);
  return name !== undefined && caller === exportWorkflowId(name.service, name.environment, name.number);
};

/** The deployment, and what it has left to do. */
export const whoseDocumentsTheyAre: CallerRule<{ readonly runIdentity: RunIdentity }> = (
  { runIdentity: { deployment } },
  caller,
) => isWorkflowOf(deployment, caller) || isDocumentsOf(deployment, caller);

/**
 * Notifications about a deployment are sent by itself, its target, its late documents and its pages; those about a target
 * by that one and its pages.
 */
export const whoMayTellOfIt: CallerRule<NotifyInput> = (
  { notification: { deployment, service, environment } },
  caller,
) => {
  const name = parseDeploymentId(deployment);
  const isOwn = name ? name.service === service && name.environment === environment : true;
  const target = service !== null && environment !== null ? targetWorkflowId(service, environment) : null;
  return (
    isOwn &&
    (caller === target ||
      isWorkflowOf(deployment, caller) ||
      isDocumentsOf(deployment, caller) ||
      caller.startsWith(`page/${deployment}/`))
  );
};

/** The workflow of the one delivery. */
export const theDelivery: CallerRule<DeliverInput> = ({ notification, to }, caller) => {
  const [channel] = to.channels;
  const id = channel && deliveryId(notification.id, to.name, channel);
  return id !== undefined && to.channels.length === 1 && caller === deliveryWorkflowId(id);
};

export const thePage: CallerRule<PageName> = ({ deployment, page }, caller) =>
  caller === pageWorkflowId(deployment, page);

/** Runs of Temporal's schedule, which names each of them after the time that it is for. */
export const supervision: CallerRule<unknown> = (_, caller) => /^supervision(-|$)/.test(caller);
